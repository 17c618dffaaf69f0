#include "lagrangian.hpp"

#include <algorithm>
#include <cmath>

namespace ansatz::modern_hopfield {
namespace {

Eigen::Map<const Eigen::VectorXd> as_vector(std::span<const double> x) {
  return {x.data(), static_cast<Eigen::Index>(x.size())};
}

double whole_power(double x, std::int64_t power) {
  double result = 1;
  for (; power > 0; power /= 2, x *= x) result *= power % 2 != 0 ? x : 1;
  return result;
}

}  // namespace

LagrangianNetwork::LagrangianNetwork(const Matrix<double>& patterns, const LagrangianOptions& options,
                                     std::span<const double> input)
    : patterns_{patterns}, options_{options}, input_{input} {}

void LagrangianNetwork::visible_activity(std::span<const double> v, Eigen::VectorXd& g) const {
  g = as_vector(v);
  if (options_.kind == Kind::A) {
    for (double& x : g) x = x > 0 ? 1 : x < 0 ? -1 : 0;
  } else if (options_.kind == Kind::C) {
    const double norm = g.stableNorm();
    if (norm > 0) g /= norm;
  }
}

double LagrangianNetwork::hidden_activity(const Eigen::VectorXd& h, Eigen::VectorXd& f) const {
  f.resize(h.size());
  double sum = 0;
  if (options_.kind == Kind::B) {
    const double most = h.maxCoeff();
    for (Eigen::Index i = 0; i < h.size(); ++i) sum += f[i] = std::exp(options_.beta * (h[i] - most));
    f /= sum;
    return most + std::log(sum) / options_.beta;
  }
  for (Eigen::Index i = 0; i < h.size(); ++i) {
    const double below = h[i] > 0 ? whole_power(h[i], options_.power - 1) : 0;
    f[i] = static_cast<double>(options_.power) * below;
    sum += below * h[i];
  }
  return sum;
}

void LagrangianNetwork::settle(std::span<const double> v, std::span<double> h) const {
  Eigen::VectorXd g;
  visible_activity(v, g);
  Eigen::Map<Eigen::VectorXd>(h.data(), static_cast<Eigen::Index>(h.size())) = patterns_ * g;
}

Eigen::VectorXd LagrangianNetwork::hidden_of(std::span<const double> y, const Eigen::VectorXd& g) const {
  if (options_.tau_hidden > 0) return as_vector(y.subspan(visible()));
  return patterns_ * g;
}

void LagrangianNetwork::derivative(std::span<const double> y, std::span<double> dy) const {
  const std::span<const double> v = y.first(visible());
  Eigen::VectorXd g, f;
  visible_activity(v, g);
  const Eigen::VectorXd h = hidden_of(y, g);
  hidden_activity(h, f);
  Eigen::VectorXd force = patterns_.transpose() * f - as_vector(v);
  if (!input_.empty()) force += as_vector(input_);
  Eigen::Map<Eigen::VectorXd>(dy.data(), force.size()) = force / options_.tau_visible;
  if (options_.tau_hidden == 0) return;
  Eigen::Map<Eigen::VectorXd>(dy.data() + visible(), h.size()) = (patterns_ * g - h) / options_.tau_hidden;
}

LagrangianNetwork::Energy LagrangianNetwork::energy(std::span<const double> y) const {
  const std::span<const double> v = y.first(visible());
  Eigen::VectorXd g, f;
  visible_activity(v, g);
  const Eigen::VectorXd h = hidden_of(y, g);
  const double l_h = hidden_activity(h, f);
  // v.g - L_v is |v|^2 / 2 for B and 0 for the others, whose Lagrangians are proportional to v.
  const double own = options_.kind == Kind::B ? 0.5 * g.squaredNorm() : 0;
  const double given = input_.empty() ? 0 : as_vector(input_).dot(g), hidden = h.dot(f),
               between = (patterns_ * g).dot(f);
  return {own - given + (hidden - l_h) - between,
          own + std::abs(given) + std::abs(hidden) + std::abs(l_h) + std::abs(between)};
}

}  // namespace ansatz::modern_hopfield
