#include "graded.hpp"

#include <ansatz/num/dormand_prince.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace ansatz::hopfield {
namespace {

constexpr double shortest_step = 1e-10;

// The error of rk45 is measured against how far the step goes, so that it falls with the distance from a fixed point
// and the end is not left in the noise of a fixed tolerance.  Returns the error over what is allowed.
double runge_kutta(const GradedNetwork& network, double accuracy, const Flight& flight, double step,
                   Eigen::VectorXd& next) {
  const auto size = static_cast<std::size_t>(flight.u.size());
  const auto derivative = [&](std::span<const double> u, std::span<double> du) {
    const Eigen::VectorXd at = Eigen::Map<const Eigen::VectorXd>(u.data(), flight.u.size());
    Eigen::Map<Eigen::VectorXd>(du.data(), flight.u.size()) = network.field(network.outputs(at)) - at;
  };
  next.resize(flight.u.size());
  const double error =
      DormandPrince{size}.step(derivative, step, 1, {flight.u.data(), size}, {next.data(), size});
  const double length = (next - flight.u).cwiseAbs().maxCoeff();
  return error / std::max(accuracy * std::min(1.0, length), 1e-15);
}

}  // namespace

GradedNetwork::GradedNetwork(const Network& network, double gain, std::span<const double> drive)
    : network_{network}, gain_{gain}, shift_(static_cast<Eigen::Index>(network.neurons())) {
  for (std::uint64_t i = 0; i < network.neurons(); ++i) {
    shift_(static_cast<Eigen::Index>(i)) = (drive.empty() ? 0 : drive[i]) - network.threshold(i);
  }
  if (network.packed()) signs_ = as_signs(network);
}

Eigen::VectorXd GradedNetwork::outputs(const Eigen::VectorXd& u) const {
  return u.unaryExpr([this](double one) { return std::tanh(gain_ * one); });
}

Eigen::VectorXd GradedNetwork::potentials(const Eigen::VectorXd& v) const {
  static constexpr double most = 1 - std::numeric_limits<double>::epsilon() / 2;
  return v.unaryExpr([this](double one) { return std::atanh(std::clamp(one, -most, most)) / gain_; });
}

Eigen::VectorXd GradedNetwork::field(const Eigen::VectorXd& v) const {
  Eigen::VectorXd sum;
  if (network_.packed()) {
    const Eigen::VectorXd overlaps = signs_ * v;
    sum.noalias() = signs_.transpose() * overlaps;
    if (!network_.self) sum -= static_cast<double>(network_.patterns()) * v;
  } else {
    sum.noalias() = network_.weights * v;
  }
  return network_.unit * sum + shift_;
}

double GradedNetwork::energy(const Eigen::VectorXd& v, const Eigen::VectorXd& field, double& rounding) const {
  double sum = 0, size = 0;
  for (Eigen::Index i = 0; i < v.size(); ++i) {
    // V artanh V + 1/2 log(1 - V^2), also at -1 and 1.
    const auto side = [](double x) { return x <= -1 ? 0 : 0.5 * (1 + x) * std::log1p(x); };
    const double entropy = (side(v(i)) + side(-v(i))) / gain_;
    const double bilinear = -0.5 * v(i) * (field(i) + shift_(i));  // field is WV + shift
    sum += bilinear + entropy;
    size += std::abs(bilinear) + std::abs(entropy);
  }
  rounding = 1e-14 * size;
  return sum;
}

double GradedNetwork::residual(const Eigen::VectorXd& v, const Eigen::VectorXd& field) const {
  return (v - outputs(field)).cwiseAbs().maxCoeff();
}

void look(const GradedNetwork& network, Flight& flight) {
  const Eigen::VectorXd v = network.outputs(flight.u), field = network.field(v);
  double rounding = 0;
  flight.energy = network.energy(v, field, rounding);
  flight.residual = network.residual(v, field);
}

void advance(const GradedNetwork& network, const Integrator& integrator, bool symmetric, Flight& flight) {
  const bool euler = integrator.method == Method::euler;
  Eigen::VectorXd slope;
  if (euler) slope = network.field(network.outputs(flight.u)) - flight.u;
  Eigen::VectorXd next;
  for (double step = flight.next; step >= shortest_step;) {
    double error = 0;
    if (euler) {
      next = flight.u + step * slope;
    } else {
      error = runge_kutta(network, integrator.accuracy, flight, step, next);
    }
    // Of a fifth order method with an error of the fourth; never more than fivefold either way.
    const double factor = error > 0 ? std::clamp(0.9 * std::pow(error, -0.2), 0.2, 5.0) : 5;
    if (!(error <= 1)) {
      step *= std::isfinite(error) ? factor : 0.2;
      continue;
    }
    const Eigen::VectorXd v = network.outputs(next), field = network.field(v);
    double rounding = 0;
    const double energy = network.energy(v, field, rounding);
    if (!std::isfinite(energy) || (symmetric && energy > flight.energy + rounding)) {
      step *= 0.5;
      continue;
    }
    flight.u = next;
    flight.time += step;
    flight.energy = energy;
    flight.residual = network.residual(v, field);
    flight.next = euler ? std::min(2 * step, integrator.step_size) : step * factor;
    return;
  }
  std::ostringstream text;
  text << "hopfield.graded.retrieve: at time " << flight.time << " (over time_constant) no step down to "
       << shortest_step << " keeps the energy, which is " << flight.energy
       << ", from rising; the residual there is " << flight.residual
       << ": take a lower gain, or a larger `arrived` if that is near enough";
  throw NumericalError(text.str());
}

}  // namespace ansatz::hopfield
