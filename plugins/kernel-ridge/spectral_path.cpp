#include "spectral_path.hpp"

#include <ansatz/num/error.hpp>
#include <ansatz/num/lapack_eigen.hpp>
#include <ansatz/num/large_buffer.hpp>
#include <ansatz/num/multiply.hpp>
#include <ansatz/num/parallel.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "fold_series.hpp"

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

void SpectralPath::check(double penalty) const {
  if (values_.back() + penalty > 0) return;
  throw NumericalError("kernel-ridge.path: K + penalty I is not positive definite at penalty " +
                       std::to_string(penalty) + ": an eigenvalue of K is " + std::to_string(values_.back()));
}

std::vector<PathPoint> SpectralPath::points(const std::vector<double>& penalties, const Folds& folds,
                                            Executor& executor) const {
  constexpr std::size_t at_once = 64;  // penalties whose vectors exist at the same time
  std::vector<PathPoint> points;
  for (const double penalty : penalties) {
    check(penalty);
    points.push_back({.penalty = penalty});
  }
  for (std::size_t first = 0; first < points.size(); first += at_once) {
    fill(std::span{points}.subspan(first, std::min(at_once, points.size() - first)), executor);
  }
  if (!folds.empty()) leave_out(points, folds, executor);
  return points;
}

void SpectralPath::fill(std::span<PathPoint> points, Executor& executor) const {
  const std::size_t count = points.size(), values = values_.size();
  const double rows = static_cast<double>(n_), targets = static_cast<double>(targets_);
  std::vector<double> inverse(values * count), q(n_ * count);  // Q_ii / w_i, a column a penalty
  for (std::size_t j = 0; j < values; ++j) {
    for (std::size_t p = 0; p < count; ++p) inverse[j * count + p] = 1 / (values_[j] + points[p].penalty);
  }
  constexpr std::size_t block = 240;
  LargeBuffer<double> squares(std::min(block, values) * n_);
  for (std::size_t first = 0; first < values; first += block) {
    const std::size_t size = std::min(block, values - first);
    for_each_block(executor, size, 16, [&](Block part, std::uint32_t) {
      const double* u = k_ + first * n_;
      for (std::size_t e = part.first * n_; e < part.last * n_; ++e) squares.data()[e] = u[e] * u[e];
    });
    add_product({n_, size, squares.data(), 1, n_}, count, inverse.data() + first * count, q.data(), executor);
  }
  std::vector<double> left(count);  // n - df, without its cancellation where the rows are nearly interpolated
  for (std::size_t i = 0; i < n_; ++i) {
    for (std::size_t p = 0; p < count; ++p) left[p] += points[p].penalty * q[i * count + p];
  }
  std::vector<double> shares(values * count), a(n_ * count);  // a / w^1/2
  for (std::size_t t = 0; t < targets_; ++t) {
    for (std::size_t j = 0; j < values; ++j) {
      const double projection = projections_[j * targets_ + t];
      for (std::size_t p = 0; p < count; ++p) {
        shares[j * count + p] = inverse[j * count + p] * projection;
        points[p].lml -= projection * shares[j * count + p] / 2;
      }
    }
    std::ranges::fill(a, 0.0);
    add_product({n_, values, k_, 1, n_}, count, shares.data(), a.data(), executor);
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t p = 0; p < count; ++p) {
        const double scaled = a[i * count + p], own = q[i * count + p], without = own > 0 ? scaled / own : 0;
        points[p].train += scaled * scaled;
        points[p].loo += without * without;
      }
    }
  }
  // The determinant of G is that of W^1/2 G W^1/2 over that of W; of the contrasts of G, times 1'W 1 / n once
  // more.
  double log_weights = 0, total = 0;
  for (const double w : weights_) log_weights += std::log(w), total += w;
  for (std::size_t p = 0; p < count; ++p) {
    PathPoint& point = points[p];
    double log_determinant = intercept_ ? std::log(total / rows) : 0;
    for (std::size_t j = 0; j < values; ++j) log_determinant -= std::log(inverse[j * count + p]);
    point.lml -=
        targets / 2 *
        (log_determinant - log_weights + static_cast<double>(values) * std::log(2 * std::numbers::pi));
    const double free = left[p] / rows;
    point.df = rows - left[p];
    point.train *= point.penalty * point.penalty / (rows * targets);
    point.loo /= rows * targets;
    point.gcv = point.train / (free * free);
  }
}

void SpectralPath::leave_out(std::vector<PathPoint>& points, const Folds& folds, Executor& executor) const {
  std::vector<double> penalties;
  for (const PathPoint& point : points) penalties.push_back(point.penalty);
  std::vector<std::vector<double>> squares(folds.size());
  for_each(executor, folds.size(), [&](std::uint64_t fold, std::uint32_t) {
    const std::vector<std::size_t>& rows = folds[fold];
    std::vector<double> u(values_.size() * rows.size());
    for (std::size_t j = 0; j < values_.size(); ++j) {
      for (std::size_t i = 0; i < rows.size(); ++i) u[j * rows.size() + i] = k_[j * n_ + rows[i]];
    }
    squares[fold] = fold_squares({rows.size(), targets_, values_, u, projections_}, penalties);
  });
  std::size_t left_out = 0;
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    left_out += folds[fold].size();
    for (std::size_t p = 0; p < points.size(); ++p) points[p].cv += squares[fold][p];
  }
  for (PathPoint& point : points) point.cv /= static_cast<double>(left_out * targets_);
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
