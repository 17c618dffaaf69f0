#include "spectral_path.hpp"

#include <ansatz/num/error.hpp>
#include <ansatz/num/executor.hpp>
#include <ansatz/num/gram.hpp>
#include <ansatz/num/lapack_eigen.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace ansatz::kernel_ridge {

SpectralPath::SpectralPath(std::size_t n, double* k, std::vector<double> weights, std::size_t targets,
                           const double* y, bool intercept)
    : n_{n},
      targets_{targets},
      intercept_{intercept},
      weights_{std::move(weights)},
      y_{y, y + targets * n},
      means_(targets),
      k_{k} {
  const double total = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  std::vector<double> root(n);
  for (std::size_t i = 0; i < n; ++i) root[i] = std::sqrt(weights_[i]);
  double trace = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) k[i * n + j] *= root[i] * root[j];
    trace += std::abs(k[i * n + i]);
  }
  if (intercept) {
    // P K P with P = I - s s'/|s|^2, and s itself with a value above all others, so that it comes first.
    std::vector<double>& along = mean_kernel_;  // K s / |s|^2
    along.resize(n);
    double both = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        along[i] += k[i * n + j] * root[j] / total;
        if (j < i) along[j] += k[i * n + j] * root[i] / total;
      }
    }
    for (std::size_t i = 0; i < n; ++i) both += along[i] * root[i] / total;
    const double above = 2 * trace + 1;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        k[i * n + j] += (both + above / total) * root[i] * root[j] - along[i] * root[j] - root[i] * along[j];
      }
    }
  }
  values_ = lapack_eigen(n, k);
  if (intercept) {
    values_.erase(values_.begin());
    k_ += n;
  }
  projections_.resize(values_.size() * targets);
  for (std::size_t t = 0; t < targets; ++t) {
    double* own = y_.data() + t * n;
    if (intercept) {
      for (std::size_t i = 0; i < n; ++i) means_[t] += weights_[i] / total * own[i];
    }
    for (std::size_t i = 0; i < n; ++i) own[i] = root[i] * (own[i] - means_[t]);
    for (std::size_t j = 0; j < values_.size(); ++j) {
      projections_[j * targets + t] = std::inner_product(own, own + n, k_ + j * n, 0.0);
    }
  }
}

PathPoint SpectralPath::at(double penalty, const std::vector<std::uint64_t>& folds) const {
  const double count = static_cast<double>(n_);
  PathPoint point{.penalty = penalty};
  std::vector<double> q(n_), a(targets_ * n_);  // Q_ii / w_i, and a / w^1/2
  double log_determinant = 0;
  for (std::size_t j = 0; j < values_.size(); ++j) {
    const double inverse = 1 / (values_[j] + penalty);
    if (!(inverse > 0)) {
      throw NumericalError("kernel-ridge.path: K + penalty I is not positive definite at penalty " +
                           std::to_string(penalty) + ": an eigenvalue of K is " + std::to_string(values_[j]));
    }
    log_determinant -= std::log(inverse);
    const double* u = k_ + j * n_;
    for (std::size_t i = 0; i < n_; ++i) q[i] += inverse * u[i] * u[i];
    for (std::size_t t = 0; t < targets_; ++t) {
      const double share = inverse * projections_[j * targets_ + t];
      double* own = a.data() + t * n_;
      for (std::size_t i = 0; i < n_; ++i) own[i] += share * u[i];
      point.lml -= projections_[j * targets_ + t] * share / 2;
    }
  }
  // The determinant of G is that of W^1/2 G W^1/2 over that of W; of the contrasts of G, times 1'W 1 / n once
  // more.
  double log_weights = 0, total = 0;
  for (const double w : weights_) log_weights += std::log(w), total += w;
  if (intercept_) log_determinant += std::log(total / count);
  point.lml -=
      static_cast<double>(targets_) / 2 *
      (log_determinant - log_weights + static_cast<double>(values_.size()) * std::log(2 * std::numbers::pi));
  // n - df, without its cancellation where the rows are nearly interpolated.
  const double left = penalty * std::accumulate(q.begin(), q.end(), 0.0);
  point.df = count - left;
  double squares = 0;
  for (std::size_t t = 0; t < targets_; ++t) {
    for (std::size_t i = 0; i < n_; ++i) {
      const double scaled = a[t * n_ + i], residual = penalty * scaled,
                   without = q[i] > 0 ? scaled / q[i] : 0;
      squares += residual * residual;
      point.loo += without * without;
    }
  }
  const double elements = count * static_cast<double>(targets_), free = left / count;
  point.train = squares / elements;
  point.loo /= elements;
  point.gcv = point.train / (free * free);
  if (!folds.empty()) point.cv = fold_error(penalty, a, folds);
  return point;
}

// e_F = Q_FF^-1 a_F, in the scaled form: the block of Q~ is sum_j u_j u_j' / (s_j + penalty).
double SpectralPath::fold_error(double penalty, const std::vector<double>& a,
                                const std::vector<std::uint64_t>& folds) const {
  std::uint64_t count = 0;
  for (const std::uint64_t fold : folds) count = fold == no_fold ? count : std::max(count, fold + 1);
  double squares = 0;
  std::size_t left_out = 0;
  for (std::uint64_t fold = 0; fold < count; ++fold) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < n_; ++i) {
      if (folds[i] == fold) rows.push_back(i);
    }
    const std::size_t size = rows.size();
    left_out += size;
    std::vector<double> block(size * size), u(values_.size() * size), e(targets_ * size),
        inverse(values_.size());
    for (std::size_t j = 0; j < values_.size(); ++j) {
      inverse[j] = 1 / (values_[j] + penalty);
      for (std::size_t i = 0; i < size; ++i) u[j * size + i] = k_[j * n_ + rows[i]];
    }
    SerialExecutor serial;  // points of the path are what runs side by side
    add_gram(values_.size(), size, u.data(), size, inverse.data(), block.data(), size, serial);
    for (std::size_t t = 0; t < targets_; ++t) {
      for (std::size_t i = 0; i < size; ++i) e[t * size + i] = a[t * n_ + rows[i]];
    }
    const auto order = static_cast<lapack_int>(size);
    // The lower triangle by rows is the upper one by columns; right-hand sides are columns.
    detail::check_lapack(
        "dposv", LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', order, static_cast<lapack_int>(targets_), block.data(),
                               order, e.data(), order));
    for (const double value : e) squares += value * value;
  }
  return squares / static_cast<double>(left_out * targets_);
}

void SpectralPath::solution(double penalty, std::vector<double>& coefficients,
                            std::vector<double>& intercept) const {
  coefficients.assign(targets_ * n_, 0.0);
  for (std::size_t j = 0; j < values_.size(); ++j) {
    for (std::size_t t = 0; t < targets_; ++t) {
      const double share = projections_[j * targets_ + t] / (values_[j] + penalty);
      for (std::size_t i = 0; i < n_; ++i) coefficients[t * n_ + i] += share * k_[j * n_ + i];
    }
  }
  intercept = means_;
  for (std::size_t t = 0; t < targets_; ++t) {
    double* own = coefficients.data() + t * n_;
    // b is the weighted mean of y - K a.
    if (intercept_) intercept[t] -= std::inner_product(own, own + n_, mean_kernel_.begin(), 0.0);
    for (std::size_t i = 0; i < n_; ++i) own[i] *= std::sqrt(weights_[i]);
  }
}

}  // namespace ansatz::kernel_ridge
