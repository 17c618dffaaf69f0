#include "spectral.hpp"

#include <ansatz/num/error.hpp>
#include <ansatz/num/parallel.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::kernel_pca {
namespace {

using Vector = std::vector<double>;

Vector product(Gram& gram, const Vector& v, Executor& executor) {
  Vector y(v.size());
  gram.multiply(1, v.data(), y.data(), executor);
  return y;
}

double dot(std::size_t n, const double* a, const double* b) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

void check_degrees(const Vector& degrees, const std::string& kernel) {
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    if (degrees[i] > 0) continue;
    throw BadArgument("kernel-pca.fit: row " + std::to_string(i) + " has degree " +
                      std::to_string(degrees[i]) + " with the kernel " + kernel +
                      "; laplacian and diffusion need kernel values that sum to more than 0 in every row.  "
                      "Use a kernel without negative values, such as gaussian");
  }
}

Spectral graph(Operator kind, double alpha, Gram& gram, const std::string& kernel, Executor& executor) {
  const std::size_t n = gram.size();
  Spectral result;
  Vector degrees = product(gram, Vector(n, 1.0), executor);
  check_degrees(degrees, kernel);
  for (std::size_t i = 0; i < n; ++i) {
    if (degrees[i] <= gram.diagonal(i) * (1 + 1e-12)) ++result.isolated;
  }
  result.weights.assign(n, 1.0);
  if (kind == Operator::diffusion && alpha > 0) {
    for (std::size_t i = 0; i < n; ++i) result.weights[i] = std::pow(degrees[i], -alpha);
    degrees = product(gram, result.weights, executor);
    for (std::size_t i = 0; i < n; ++i) degrees[i] *= result.weights[i];
    check_degrees(degrees, kernel);
  }
  double total = 0;
  for (const double degree : degrees) total += degree;
  for (std::size_t i = 0; i < n; ++i) {
    result.scale.push_back(result.weights[i] / std::sqrt(degrees[i]));
    result.direction.push_back(std::sqrt(degrees[i] / total));
    result.trace += gram.diagonal(i) * result.scale[i] * result.scale[i];
  }
  result.trace -= 1;  // of the constant function
  return result;
}

}  // namespace

Spectral Spectral::of(Operator kind, double alpha, Gram& gram, const std::string& kernel,
                      Executor& executor) {
  const std::size_t n = gram.size();
  Spectral result;
  double trace = 0;
  for (std::size_t i = 0; i < n; ++i) trace += gram.diagonal(i);
  if (is_graph(kind)) {
    result = graph(kind, alpha, gram, kernel, executor);
  } else {
    result.trace = trace;
    if (kind == Operator::centred) {
      result.direction.assign(n, 1 / std::sqrt(static_cast<double>(n)));
      result.row_means = product(gram, Vector(n, 1 / static_cast<double>(n)), executor);
      for (const double mean : result.row_means) result.mean += mean / static_cast<double>(n);
      result.trace -= static_cast<double>(n) * result.mean;
    }
  }
  result.kind = kind;
  if (kind == Operator::centred &&
      !(result.trace >
        8 * static_cast<double>(n) * std::numeric_limits<double>::epsilon() * std::abs(trace))) {
    throw BadArgument("kernel-pca.fit: the centred kernel is zero: " +
                      (n == 1 ? std::string{"there is one row"}
                              : "all " + std::to_string(n) + " rows are alike for the kernel " + kernel) +
                      "; principal components need rows that differ");
  }
  return result;
}

void Spectral::state(Archive& archive) {
  archive("kind", kind);
  archive("scale", scale);  // the next four only for some kinds
  archive("direction", direction);
  archive("row_means", row_means);
  archive("weights", weights);
  archive("trace", trace);
  archive("mean", mean);
  archive("isolated", isolated);
}

void SpectralOperator::apply(std::size_t count, const double* x, double* y, Executor& executor) const {
  const std::size_t n = size();
  const Vector &u = spectral_.direction, &s = spectral_.scale;
  Vector v(n * count), image(n * count);
  executor.run(count, [&](std::uint64_t c, std::uint32_t) {
    const double* from = x + c * n;
    const double along = u.empty() ? 0 : dot(n, u.data(), from);
    for (std::size_t i = 0; i < n; ++i) {
      const double value = u.empty() ? from[i] : from[i] - along * u[i];
      v[i * count + c] = s.empty() ? value : s[i] * value;
    }
  });
  gram_.multiply(count, v.data(), image.data(), executor);
  executor.run(count, [&](std::uint64_t c, std::uint32_t) {
    double* to = y + c * n;
    for (std::size_t i = 0; i < n; ++i) to[i] = (s.empty() ? 1 : s[i]) * image[i * count + c];
    if (u.empty()) return;
    const double along = dot(n, u.data(), to);
    for (std::size_t i = 0; i < n; ++i) to[i] -= along * u[i];
  });
}

void fill(const Spectral& spectral, const Gram& gram, double* a, Executor& executor) {
  const std::size_t n = gram.size();
  const Vector &u = spectral.direction, &s = spectral.scale;
  gram.fill(a, executor);
  if (!s.empty()) {
    for_each_block(executor, n, 64, [&](Block rows, std::uint32_t) {
      for (std::size_t i = rows.first; i < rows.last; ++i) {
        for (std::size_t j = 0; j <= i; ++j) a[i * n + j] *= s[i] * s[j];
      }
    });
  }
  if (u.empty()) return;
  // A - u v' - v u' + (u'v) u u' with v = A u, from the lower triangle.
  Vector v(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double* row = a + i * n;
    double sum = row[i] * u[i];
    for (std::size_t j = 0; j < i; ++j) {
      sum += row[j] * u[j];
      v[j] += row[j] * u[i];
    }
    v[i] += sum;
  }
  const double bend = dot(n, u.data(), v.data());
  for_each_block(executor, n, 64, [&](Block rows, std::uint32_t) {
    for (std::size_t i = rows.first; i < rows.last; ++i) {
      for (std::size_t j = 0; j <= i; ++j) a[i * n + j] += bend * u[i] * u[j] - u[i] * v[j] - v[i] * u[j];
    }
  });
}

}  // namespace ansatz::kernel_pca
