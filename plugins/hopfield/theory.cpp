#include "theory.hpp"

#include <algorithm>
#include <cmath>

namespace ansatz::hopfield {
namespace {

const double two_over_root_pi = 2 / std::sqrt(std::acos(-1.0));

double root_of_load(double y) { return std::erf(y) / y - two_over_root_pi * std::exp(-y * y); }

// The y of the largest load: d/dy = (2/sqrt(pi)) e^(-y^2) (1/y + 2y) - erf(y)/y^2 vanishes, by bisection.
double critical_y() {
  double low = 1, high = 3;
  for (int i = 0; i < 100; ++i) {
    const double y = 0.5 * (low + high);
    const double slope = two_over_root_pi * std::exp(-y * y) * (1 / y + 2 * y) - std::erf(y) / (y * y);
    (slope > 0 ? low : high) = y;
  }
  return 0.5 * (low + high);
}

}  // namespace

double critical_load() {
  const double root = root_of_load(critical_y());
  return root * root / 2;
}

double zero_temperature_overlap(double load) {
  if (load <= 0) return 1;
  double low = critical_y();
  const double root = std::sqrt(2 * load);
  if (root > root_of_load(low)) return 0;
  double high = std::max(2 * low, 1 / root);  // erf(y)/y <= 1/y: the load there is too small
  for (int i = 0; i < 200 && low < high; ++i) {
    const double y = 0.5 * (low + high);
    (root_of_load(y) > root ? low : high) = y;
  }
  return std::erf(0.5 * (low + high));
}

double first_step_error(double load) { return load <= 0 ? 0 : 0.5 * std::erfc(1 / std::sqrt(2 * load)); }

MeanField mean_field(double load, double temperature) {
  const double b = 1 / temperature;
  const double density = 1 / std::sqrt(2 * std::acos(-1.0));
  MeanField state{1, 1, 1};
  for (int iteration = 0; iteration < 5000; ++iteration) {
    const double width = std::sqrt(load * state.r);
    double m = 0, q = 0;
    // The trapezoid rule on a smooth integrand that vanishes at both ends converges faster than any power.
    constexpr int points = 600;
    constexpr double end = 9;
    for (int k = -points; k <= points; ++k) {
      const double z = end * k / points;
      const double t = std::tanh(b * (state.overlap + width * z));
      const double weight = density * std::exp(-z * z / 2) * end / points;
      m += weight * t;
      q += weight * t * t;
    }
    const double stiff = 1 - b * (1 - q);
    const double r = q / (stiff * stiff);
    const double change = std::max(std::abs(m - state.overlap), std::abs(q - state.q));
    state = {m, q, 0.5 * (r + state.r)};
    if (change < 1e-14) break;
  }
  return state;
}

double margin_load(double kappa) {
  const double phi = std::exp(-kappa * kappa / 2) / std::sqrt(2 * std::acos(-1.0));
  const double cumulative = 0.5 * std::erfc(-kappa / std::sqrt(2.0));
  return 1 / ((1 + kappa * kappa) * cumulative + kappa * phi);
}

}  // namespace ansatz::hopfield
