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

// Chance of k heads in n throws of a coin.
double binomial(std::uint64_t n, std::uint64_t k) {
  const auto total = static_cast<double>(n), heads = static_cast<double>(k);
  return std::exp(std::lgamma(total + 1) - std::lgamma(heads + 1) - std::lgamma(total - heads + 1) -
                  total * std::log(2.0));
}

// Of at most k: from the largest term down, or the complement.
double binomial_up_to(std::uint64_t n, std::uint64_t k) {
  if (k >= n) return 1;
  if (2 * k >= n) return 1 - binomial_up_to(n, n - k - 1);
  double term = binomial(n, k), sum = 0;
  for (std::uint64_t j = k; term > sum * 1e-18; --j) {
    sum += term;
    if (j == 0) break;
    term *= static_cast<double>(j) / static_cast<double>(n - j + 1);
  }
  return sum;
}

}  // namespace

double critical_load() {
  const double root = root_of_load(critical_y());
  return root * root / 2;
}

double zero_temperature_overlap(double load) {
  return load <= 0 ? 1 : std::erf(zero_temperature_argument(load));
}

double zero_temperature_argument(double load) {
  double low = critical_y();
  const double root = std::sqrt(2 * load);
  if (root > root_of_load(low)) return 0;
  double high = std::max(2 * low, 1 / root);  // erf(y)/y <= 1/y: the load there is too small
  for (int i = 0; i < 200 && low < high; ++i) {
    const double y = 0.5 * (low + high);
    (root_of_load(y) > root ? low : high) = y;
  }
  return 0.5 * (low + high);
}

double first_step_error(double load) { return load <= 0 ? 0 : 0.5 * std::erfc(1 / std::sqrt(2 * load)); }

double margin_load(double kappa) {
  const double phi = std::exp(-kappa * kappa / 2) / std::sqrt(2 * std::acos(-1.0));
  const double cumulative = 0.5 * std::erfc(-kappa / std::sqrt(2.0));
  return 1 / ((1 + kappa * kappa) * cumulative + kappa * phi);
}

Flip first_step(std::uint64_t n, std::uint64_t p) {
  if (p < 2 || n < 2) return {0, 0};
  // The sum 2B - M of M signs, B binomial, is below -(n - 1), or equal to it.
  const std::uint64_t trials = (p - 1) * (n - 1), limit = trials >= n - 1 ? trials - (n - 1) : 0;
  const double tie = limit % 2 == 0 ? binomial(trials, limit / 2) : 0;
  const std::uint64_t below = (limit + 1) / 2;  // B < below
  return {below == 0 ? 0 : binomial_up_to(trials, below - 1), tie};
}

double separable_share(std::uint64_t p, std::uint64_t m) {
  if (p <= m) return 1;
  return m == 0 ? 0 : binomial_up_to(p - 1, m - 1);
}

double log_minima(std::uint64_t n) {
  const auto size = static_cast<double>(n);
  const auto log_phi = [](double x) {
    if (x > -30) return std::log(0.5 * std::erfc(-x / std::sqrt(2.0)));
    return -x * x / 2 - std::log(-x * std::sqrt(2 * std::acos(-1.0)));
  };
  const auto log_weight = [&](double z) { return size * log_phi(z / std::sqrt(size - 2)) - z * z / 2; };
  // The weight is log-concave with a width of about 1 around a peak between 0 and sqrt(n).
  double low = 0, high = std::sqrt(size) + 2;
  for (int i = 0; i < 200; ++i) {
    const double a = low + (high - low) / 3, b = high - (high - low) / 3;
    (log_weight(a) < log_weight(b) ? low : high) = log_weight(a) < log_weight(b) ? a : b;
  }
  const double peak = log_weight(low);
  constexpr int points = 400;
  constexpr double end = 10;
  double sum = 0;
  for (int k = -points; k <= points; ++k) sum += std::exp(log_weight(low + end * k / points) - peak);
  return size * std::log(2.0) + peak + std::log(sum * end / points / std::sqrt(2 * std::acos(-1.0)));
}

}  // namespace ansatz::hopfield
