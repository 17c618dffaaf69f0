#include "variance.hpp"

#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ansatz::kernel_ridge {

ExactVariance::ExactVariance(const Kernel& kernel, const Rows& training, const std::vector<double>& weights,
                             double penalty, bool intercept, Executor& executor)
    : points_{kernel, training},
      stride_{matrix_stride<double>(points_.size())},
      factor_(points_.size() * stride_, Pages::plain) {
  const std::size_t n = points_.size();
  points_.gram(factor_.data(), stride_, executor);
  for (std::size_t i = 0; i < n; ++i) factor_.data()[i * stride_ + i] += penalty / weights[i];
  if (cholesky(n, factor_.data(), stride_, executor)) {
    throw NumericalError(
        "kernel-ridge: K + penalty I is not positive definite in f64, so that there is no variance; fit with "
        "a larger penalty");
  }
  if (!intercept) return;
  ones_.assign(n, 1.0);
  solve_lower(n, factor_.data(), stride_, 1, ones_.data(), executor);
  precision_of_mean_ = std::inner_product(ones_.begin(), ones_.end(), ones_.begin(), 0.0);
}

std::vector<double> ExactVariance::at(const Rows& rows, Executor& executor) const {
  const std::size_t n = points_.size(), q = row_count(rows);
  const KernelPoints<double> queries{points_.kernel(), rows};
  LargeBuffer<double> k(q * n);
  points_.cross(rows, k.data(), n, executor);
  solve_lower_rows(n, factor_.data(), stride_, q, k.data(), executor);
  std::vector<double> variance(q);
  for (std::size_t i = 0; i < q; ++i) {
    const double* own = k.data() + i * n;
    double value = queries.diagonal(i) - std::inner_product(own, own + n, own, 0.0);
    if (!ones_.empty()) {
      const double rest = 1 - std::inner_product(own, own + n, ones_.begin(), 0.0);
      value += rest * rest / precision_of_mean_;
    }
    variance[i] = std::max(0.0, value);  // rounding
  }
  return variance;
}

NystromVariance::NystromVariance(const Kernel& kernel, const Rows& centres, double jitter,
                                 const FeaturePosterior& posterior, double penalty, bool intercept,
                                 Executor& executor)
    : points_{kernel, centres},
      centres_{points_, jitter, std::numeric_limits<double>::epsilon(), executor},
      posterior_{posterior},
      penalty_{penalty},
      constant_{intercept ? 1 / posterior.total : 0.0} {}

std::vector<double> NystromVariance::at(const Rows& rows, Executor& executor) const {
  const std::size_t m = points_.size(), q = row_count(rows);
  const KernelPoints<double> queries{points_.kernel(), rows};
  LargeBuffer<double> phi(q * m);
  centres_.features(rows, phi.data(), executor);
  std::vector<double> variance(q);
  for (std::size_t i = 0; i < q; ++i) {
    double* own = phi.data() + i * m;
    variance[i] =
        std::max(0.0, queries.diagonal(i) - std::inner_product(own, own + m, own, 0.0));  // rounding
    for (std::size_t j = 0; j < m; ++j) own[j] -= posterior_.mean[j];
  }
  solve_lower_rows(m, posterior_.factor.data(), m, q, phi.data(), executor);
  for (std::size_t i = 0; i < q; ++i) {
    const double* own = phi.data() + i * m;
    variance[i] += penalty_ * (std::inner_product(own, own + m, own, 0.0) + constant_);
  }
  return variance;
}

}  // namespace ansatz::kernel_ridge
