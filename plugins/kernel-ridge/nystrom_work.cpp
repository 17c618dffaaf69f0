#include "nystrom_work.hpp"

#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/error.hpp>
#include <ansatz/num/gram.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

// How many rows the preconditioner is made from: 16 a centre leave it near the matrix in every direction,
// whatever the penalty; no more than cost as much as a few steps.  Below two a centre they are not worth it: 0.
std::size_t sample_size(std::size_t rows, std::size_t centres, std::size_t columns) {
  const double n = static_cast<double>(rows), m = static_cast<double>(centres),
               affordable = 4 * n * (static_cast<double>(columns) / 8 + 32) / m;
  const auto size = static_cast<std::size_t>(std::min({n, 16 * m, affordable}));
  return size < 2 * centres ? 0 : size;
}

// Kernel values are known to epsilon: below that, f32 directions of K_MM are noise in K_nM, whatever the factor
// says.
template <class T>
double least_jitter(const KernelPoints<double>& centres) {
  double mean = 0;
  for (std::size_t i = 0; i < centres.size(); ++i)
    mean += centres.diagonal(i) / static_cast<double>(centres.size());
  return std::is_same_v<T, float> ? static_cast<double>(std::numeric_limits<T>::epsilon()) * mean : 0.0;
}

}  // namespace

Vector transposed(std::size_t rows, std::size_t columns, const double* x, std::size_t stride) {
  Vector y(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) y[j * rows + i] = x[i * stride + j];
  }
  return y;
}

template <class T>
NystromWork<T>::NystromWork(Session& session, const KernelPoints<T>& centres, const Rows& rows,
                            const Training& training, const CgOptions& options, Executor& executor)
    : stream_{session, "x"},
      penalty_{training.penalty},
      exact_{centres.kernel(), rows},
      kernel_{exact_, least_jitter<T>(exact_), static_cast<double>(std::numeric_limits<T>::epsilon()),
              executor},
      gram_(centres.size() * kernel_.stride()),
      k_{centres, stream_.size(),
         CrossOperator<T>::bytes(stream_.size(), centres.size()) + 2 * CentreFactor::bytes(centres.size()) <=
             options.memory} {
  const std::size_t m = kernel_.size(), stride = kernel_.stride();
  double* a = gram_.data();
  std::fill_n(a, m * stride, 0.0);
  estimate_gram(session, training, executor);
  for (std::size_t i = 0; i < m; ++i) a[i * stride + i] += penalty_;
  if (cholesky(m, a, stride, executor)) {
    throw NumericalError(
        "kernel-ridge.fit: the preconditioner of nystrom does not factor; raise the penalty, or take fewer "
        "centres");
  }
}

template <class T>
void NystromWork<T>::estimate_gram(Session& session, const Training& training, Executor& executor) {
  const std::size_t m = kernel_.size(), n = training.chosen.size(),
                    size = sample_size(n, m, exact_.columns());
  const double total = std::accumulate(training.weights.begin(), training.weights.end(), 0.0);
  if (size == 0) {  // from the centres themselves
    add_triangular_gram(m, kernel_.data(), kernel_.stride(), total / static_cast<double>(m), gram_.data(),
                        kernel_.stride(), executor);
    return;
  }
  std::vector<std::uint64_t> sample = session.rng("sample").choice(n, size), places;
  std::ranges::sort(sample);
  double own = 0;
  for (const std::uint64_t i : sample) own += training.weights[i], places.push_back(training.chosen[i]);
  const Points rows = stream_.gather(places);
  constexpr std::size_t block = 1920;
  LargeBuffer<double> phi(std::min(size, block) * m);
  for (std::size_t first = 0; first < size; first += block) {
    const std::size_t count = std::min(block, size - first);
    std::vector<std::uint64_t> part(count);
    std::iota(part.begin(), part.end(), first);
    const Points some = rows.subset(part);
    kernel_.features(some.rows(), phi.data(), executor);
    Vector weights(count);
    for (std::size_t i = 0; i < count; ++i) weights[i] = total / own * training.weights[sample[first + i]];
    add_gram(count, m, phi.data(), m, weights.data(), gram_.data(), kernel_.stride(), executor);
  }
}

template <class T>
void NystromWork<T>::solve_gram(std::size_t count, double* x, Executor& executor) const {
  solve_lower(centres(), gram_.data(), kernel_.stride(), count, x, executor);
}

template <class T>
void NystromWork<T>::solve_gram_transposed(std::size_t count, double* x, Executor& executor) const {
  solve_lower_transposed(centres(), gram_.data(), kernel_.stride(), count, x, executor);
}

template <class T>
double NystromWork<T>::gram_norm(const double* x) const {
  double sum = 0;
  for (std::size_t i = 0; i < centres(); ++i) {
    const double* row = gram_.data() + i * kernel_.stride();
    const double value = std::inner_product(row, row + i + 1, x, 0.0);
    sum += value * value;
  }
  return std::sqrt(sum);
}

template <class T>
NormalEquations<T>::NormalEquations(NystromWork<T>& work, const Vector& weights, const Vector& mean_kernel,
                                    const std::vector<std::uint64_t>& held)
    : work_{work}, weights_{weights}, mean_kernel_{mean_kernel}, held_{held}, place_(weights.size(), 0) {
  for (std::size_t i = 0; i < held.size(); ++i) place_[held[i]] = i + 1;
}

template <class T>
void NormalEquations<T>::apply(std::size_t count, const double* x, double* y, Executor& executor) const {
  const std::size_t m = work_.centres(), all = size();
  Vector half(m * count), v, sums(m * count);
  for (std::size_t c = 0; c < count; ++c) std::copy_n(x + c * all, m, half.data() + c * m);
  work_.solve_gram_transposed(count, half.data(), executor);
  v = half;
  work_.kernel().solve_transposed(count, v.data(), executor);
  Vector mean(count);
  if (!mean_kernel_.empty()) {
    for (std::size_t c = 0; c < count; ++c)
      mean[c] = std::inner_product(mean_kernel_.begin(), mean_kernel_.end(), v.data() + c * m, 0.0);
  }
  const Vector by_centre = transposed(count, m, v.data(), m);
  CrossOperator<T>& k = work_.k();
  k.start(count, by_centre.data());
  const auto change = [&](std::size_t row, double* u) {
    for (std::size_t c = 0; c < count; ++c) {
      u[c] -= mean[c];
      if (place_[row] != 0) y[c * all + m + place_[row] - 1] = u[c];
      u[c] *= weights_[row];
    }
  };
  const double total = static_cast<double>(work_.stream().size());
  work_.stream().each([&](std::size_t first, const Rows& rows) {
    k.block(first, rows, change, sums.data(), executor);
    executor.progress(static_cast<double>(first + row_count(rows)) / total);
  });
  k.finish();
  Vector result = transposed(m, count, sums.data(), count);
  work_.kernel().solve(count, result.data(), executor);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] += work_.penalty() * half[i];
  work_.solve_gram(count, result.data(), executor);
  for (std::size_t c = 0; c < count; ++c) std::copy_n(result.data() + c * m, m, y + c * all);
}

template class NystromWork<double>;
template class NystromWork<float>;
template class NormalEquations<double>;
template class NormalEquations<float>;

}  // namespace ansatz::kernel_ridge
