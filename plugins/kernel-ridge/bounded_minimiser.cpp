#include "bounded_minimiser.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ansatz::kernel_ridge {
namespace {

constexpr std::size_t most_pairs = 10;

double dot(const double* a, const double* b, std::size_t n) { return std::inner_product(a, a + n, b, 0.0); }

}  // namespace

void BoundedMinimiser::start(Vector x, Vector lower, Vector upper, const Function& f) {
  x_ = std::move(x);
  lower_ = std::move(lower);
  upper_ = std::move(upper);
  moves_.clear();
  changes_.clear();
  gradient_.assign(x_.size(), 0.0);
  value_ = f(x_, gradient_);
}

bool BoundedMinimiser::held(std::size_t i) const {
  return (x_[i] <= lower_[i] && gradient_[i] > 0) || (x_[i] >= upper_[i] && gradient_[i] < 0);
}

double BoundedMinimiser::gradient_norm() const {
  double norm = 0;
  for (std::size_t i = 0; i < x_.size(); ++i) {
    if (!held(i)) norm = std::max(norm, std::abs(gradient_[i]));
  }
  return norm;
}

// The two loops of L-BFGS on the variables that may move.
BoundedMinimiser::Vector BoundedMinimiser::direction() const {
  const std::size_t n = x_.size(), pairs = moves_.size() / n;
  Vector d(n), shares(pairs);
  for (std::size_t i = 0; i < n; ++i) d[i] = held(i) ? 0 : -gradient_[i];
  const double size = std::sqrt(dot(d.data(), d.data(), n));
  for (std::size_t p = pairs; p-- > 0;) {
    const double *s = moves_.data() + p * n, *y = changes_.data() + p * n;
    shares[p] = dot(s, d.data(), n) / dot(s, y, n);
    for (std::size_t i = 0; i < n; ++i) d[i] -= shares[p] * y[i];
  }
  // The first step is at most one unit long.
  double scale = 1 / std::max(1.0, size);
  if (pairs > 0) {
    const double *s = moves_.data() + (pairs - 1) * n, *y = changes_.data() + (pairs - 1) * n;
    scale = dot(s, y, n) / dot(y, y, n);
  }
  for (double& value : d) value *= scale;
  for (std::size_t p = 0; p < pairs; ++p) {
    const double *s = moves_.data() + p * n, *y = changes_.data() + p * n;
    const double back = dot(y, d.data(), n) / dot(s, y, n);
    for (std::size_t i = 0; i < n; ++i) d[i] += (shares[p] - back) * s[i];
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (held(i)) d[i] = 0;
  }
  return d;
}

bool BoundedMinimiser::step(const Function& f, double tolerance) {
  const std::size_t n = x_.size();
  if (!(gradient_norm() > tolerance * (std::abs(value_) + 1))) return false;
  Vector d = direction();
  if (!(dot(d.data(), gradient_.data(), n) < 0)) {
    moves_.clear();
    changes_.clear();
    d = direction();
  }
  constexpr double enough = 1e-4;
  Vector next(n), gradient(n);
  double length = 1;
  for (int attempt = 0; attempt < 40; ++attempt, length /= 2) {
    double slope = 0;
    for (std::size_t i = 0; i < n; ++i) {
      next[i] = std::clamp(x_[i] + length * d[i], lower_[i], upper_[i]);
      slope += gradient_[i] * (next[i] - x_[i]);
    }
    const double value = f(next, gradient);
    if (!(value <= value_ + enough * slope)) continue;
    if (next == x_) return false;
    Vector move(n), change(n);
    for (std::size_t i = 0; i < n; ++i) {
      move[i] = next[i] - x_[i];
      change[i] = gradient[i] - gradient_[i];
    }
    const double curvature = dot(move.data(), change.data(), n);
    if (curvature > 1e-12 * dot(change.data(), change.data(), n)) {
      moves_.insert(moves_.end(), move.begin(), move.end());
      changes_.insert(changes_.end(), change.begin(), change.end());
      if (moves_.size() > most_pairs * n) {
        moves_.erase(moves_.begin(), moves_.begin() + static_cast<std::ptrdiff_t>(n));
        changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(n));
      }
    }
    x_ = next;
    gradient_ = gradient;
    value_ = value;
    return true;
  }
  return false;
}

}  // namespace ansatz::kernel_ridge
