#include "ansatz/num/random_features.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "ansatz/num/check.hpp"
#include "ansatz/num/error.hpp"
#include "ansatz/num/parallel.hpp"
#include "ansatz/num/vector_math.hpp"

namespace ansatz {
namespace {

constexpr std::uint64_t rows_a_task = 64;

double dot(std::size_t n, const double* a, const double* b) {
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) sum += a[k] * b[k];
  return sum;
}

// Degrees of freedom of Student's t; 0 for normal frequencies.
int degrees_of_freedom(const Kernel& kernel) {
  if (kernel.function == KernelFunction::matern) return static_cast<int>(std::lround(2 * kernel.smoothness));
  return kernel.function == KernelFunction::laplacian ? 1 : 0;
}

// Rows orthogonal, each as long as before: Gram and Schmidt, twice for orthogonality to rounding.
void make_orthogonal(std::size_t rows, std::size_t columns, double* w, Rng& random) {
  std::vector<double> length(rows);
  for (std::size_t i = 0; i < rows; ++i)
    length[i] = std::sqrt(dot(columns, w + i * columns, w + i * columns));
  for (std::size_t i = 0; i < rows; ++i) {
    double* own = w + i * columns;
    double size = 0;
    while (!(size > 1e-8 * length[i])) {
      for (int pass = 0; pass < 2; ++pass) {
        for (std::size_t j = 0; j < i; ++j) {
          const double* other = w + j * columns;
          const double along = dot(columns, other, own) / dot(columns, other, other);
          for (std::size_t k = 0; k < columns; ++k) own[k] -= along * other[k];
        }
      }
      size = std::sqrt(dot(columns, own, own));
      if (!(size > 1e-8 * length[i])) random.fill_normal(std::span{own, columns});  // in the others' span
    }
    for (std::size_t k = 0; k < columns; ++k) own[k] *= length[i] / size;
  }
}

}  // namespace

bool has_random_features(const Kernel& kernel) {
  return kernel.function == KernelFunction::gaussian || kernel.function == KernelFunction::matern ||
         kernel.function == KernelFunction::laplacian;
}

std::vector<double> random_frequencies(const Kernel& kernel, std::size_t columns, std::size_t count,
                                       bool orthogonal, Rng random) {
  if (!has_random_features(kernel)) {
    throw BadArgument("random features are not known for the kernel " + kernel.name() +
                      "; kernels that have them: gaussian, laplacian, matern");
  }
  check_at_least("random_frequencies", "columns", static_cast<std::int64_t>(columns), 1);
  check_at_least("random_frequencies", "count", static_cast<std::int64_t>(count), 1);
  if (kernel.length.size() != 1) {
    check_same("random_frequencies", "lengths", static_cast<std::int64_t>(kernel.length.size()), "columns",
               static_cast<std::int64_t>(columns));
  }
  std::vector<double> w(count * columns);
  random.fill_normal(w);
  if (kernel.function == KernelFunction::laplacian && kernel.norm == KernelNorm::l1) {
    for (double& frequency : w) frequency /= random.normal();  // a ratio of normals is Cauchy
  } else {
    if (orthogonal) {
      for (std::size_t first = 0; first < count; first += columns) {
        make_orthogonal(std::min(columns, count - first), columns, w.data() + first * columns, random);
      }
    }
    // A normal vector over the root of an independent chi-squared over its degrees of freedom.
    if (const int freedom = degrees_of_freedom(kernel); freedom > 0) {
      for (std::size_t i = 0; i < count; ++i) {
        double square = 0;
        for (int draw = 0; draw < freedom; ++draw) square += std::pow(random.normal(), 2);
        const double stretch = std::sqrt(freedom / square);
        for (std::size_t k = 0; k < columns; ++k) w[i * columns + k] *= stretch;
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < columns; ++k)
      w[i * columns + k] /= kernel.length[kernel.length.size() == 1 ? 0 : k];
  }
  return w;
}

RandomFeatures::RandomFeatures(const double* frequencies, std::size_t count, std::size_t columns,
                               double amplitude)
    : frequencies_{Kernel{.function = KernelFunction::linear}, RowsOf<double>{frequencies, count, columns}},
      factor_{std::sqrt(amplitude / static_cast<double>(count))} {}

void RandomFeatures::apply(const Rows& rows, double* f, Executor& executor) const {
  const std::size_t count = frequencies_.size(), all = row_count(rows);
  frequencies_.cross(rows, f, size(), executor);
  for_each_block(executor, all, rows_a_task, [&](Block part, std::uint32_t) {
    for (std::size_t i = part.first; i < part.last; ++i) {
      const std::span<double> phase{f + i * size(), count}, sine{f + i * size() + count, count};
      vec::sin(phase, sine);
      vec::cos(phase, phase);
      for (double& value : std::span{f + i * size(), size()}) value *= factor_;
    }
  });
}

}  // namespace ansatz
