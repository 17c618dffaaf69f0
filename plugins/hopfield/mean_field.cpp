#include "mean_field.hpp"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <utility>

#include "theory.hpp"

namespace ansatz::hopfield {
namespace {

const double pi = std::acos(-1.0);

// Means over a normal z of powers of t = tanh(s(x + z)).
struct Moments {
  double t = 0, t2 = 0, t3 = 0, t4 = 0;
};

// The trapezoid rule on a smooth integrand that vanishes at both ends converges faster than any power; tanh has
// poles at a distance of pi / 2s: errors of exp(-4 pi^2).
Moments moments(double s, double x) {
  Moments mean;
  constexpr double end = 9;
  const int points = static_cast<int>(std::ceil(end * std::max(4.0, 4 * s)));
  for (int k = -points; k <= points; ++k) {
    const double z = end * k / points;
    const double t = std::tanh(s * (x + z));
    const double weight = std::exp(-z * z / 2) / std::sqrt(2 * pi) * end / points;
    mean.t += weight * t;
    mean.t2 += weight * t * t;
    mean.t3 += weight * t * t * t;
    mean.t4 += weight * t * t * t * t;
  }
  return mean;
}

// Every retrieval state is given by x = m / sqrt(load r) > 0 and s = b sqrt(load r): then m and q are means, and
struct Branch {
  double load, temperature, overlap, q;
};
Branch branch(double s, double x) {
  const Moments mean = moments(s, x);
  const double width = mean.t / x;  // sqrt(load r)
  const double b = s / width, stiff = 1 - b * (1 - mean.t2);
  return {stiff > 0 ? width * width * stiff * stiff / mean.t2 : 0, 1 / b, mean.t, mean.t2};
}

// The root of a function that falls from `above`, its value at low, to `below` at high, through zero; by false
// position, the end that stays weighed down (Illinois; Dowell, Jarratt 1971).
template <class F>
double root_between(double low, double above, double high, double below, double tolerance, const F& f) {
  double at = high;
  for (int i = 0; i < 100; ++i) {
    const double next = (low * below - high * above) / (below - above), value = f(next);
    const bool settled = std::abs(next - at) < tolerance || value == 0;
    at = next;
    if (settled) break;
    if (value > 0) {
      low = next, above = value, below *= 0.5;
    } else {
      high = next, below = value, above *= 0.5;
    }
  }
  return at;
}

// At a temperature below 1, with x given: <tanh s(x + z)> / (s x) falls with s from 1 and is below 1 / (s x).
Branch at_temperature(double temperature, double x) {
  const auto excess = [&](double at) {
    const double s = std::exp(at);
    return std::log(moments(s, x).t / (s * x * temperature));
  };
  const double low = -12, high = -std::log(temperature * x),
               log_s = root_between(low, excess(low), high, excess(high), 1e-15, excess);
  return branch(std::exp(log_s), x);
}

// The x of the largest load at a temperature, by Brent's search in log x: the load rises to it and falls after it,
// between 0.8 and 8 at every temperature (it is near 2).
std::pair<double, double> largest_load(double temperature) {
  const auto less = [&](double log_x) { return -at_temperature(temperature, std::exp(log_x)).load; };
  constexpr int bits = 16;  // of log x: the load there is flat
  const auto [log_x, load] = boost::math::tools::brent_find_minima(less, std::log(0.8), std::log(8.0), bits);
  return {std::exp(log_x), -load};
}

}  // namespace

MeanField retrieval_state(double load, double temperature) {
  if (temperature == 0) {
    const double m = zero_temperature_overlap(load);
    if (m == 0) return {0, 0, 0};
    const double width = m / zero_temperature_argument(load) / std::sqrt(2.0);
    return {m, 1, width * width / load};
  }
  if (temperature >= 1) return {0, 0, 0};
  const auto [peak, most] = largest_load(temperature);
  if (load > most) return {0, 0, 0};
  // Beyond the peak the load falls with x, on the branch of larger m.
  double low = std::log(peak), high = low + 1;
  while (at_temperature(temperature, std::exp(high)).load > load) high += 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (at_temperature(temperature, std::exp(middle)).load > load ? low : high) = middle;
  }
  const Branch found = at_temperature(temperature, std::exp(0.5 * (low + high)));
  const double stiff = 1 - (1 - found.q) / temperature;
  return {found.overlap, found.q, found.q / (stiff * stiff)};
}

MeanField glass_state(double load, double temperature) {
  if (temperature == 0) {  // q = 1, b(1 - q) -> sqrt(2 / (pi load r))
    const double root = 1 + std::sqrt(2 / (pi * load));
    return {0, 1, root * root};
  }
  if (temperature >= glass_temperature(load)) return {0, 0, 0};
  // With s = b sqrt(load r): q = <tanh^2 sz>, and s T = sqrt(load q) / (1 - b(1 - q)).  The right side over s falls
  // from its value at s -> 0, above T, to 0; where 1 - b(1 - q) <= 0 it counts as above.
  const auto excess = [&](double s) {
    const double q = moments(s, 0).t2, stiff = 1 - (1 - q) / temperature;
    return stiff <= 0 || std::sqrt(load * q) / stiff > s * temperature;
  };
  double low = -18, high = std::log((1 + std::sqrt(load)) * 4 / temperature + 8);
  for (int i = 0; i < 100; ++i) (excess(std::exp(0.5 * (low + high))) ? low : high) = 0.5 * (low + high);
  const double q = moments(std::exp(0.5 * (low + high)), 0).t2, stiff = 1 - (1 - q) / temperature;
  return {0, q, q / (stiff * stiff)};
}

double spinodal(double load) {
  if (load >= critical_load()) return 0;
  constexpr double coldest = 0.02;
  // The largest load falls from the critical one at 0 to 0 at 1; linear below what is computed.  The colder, the longer
  // it takes: once for all loads.
  static const double cold = largest_load(coldest).second;
  if (cold <= load) return coldest * (critical_load() - load) / (critical_load() - cold);
  return root_between(coldest, cold - load, 1, -load, 1e-10,
                      [load](double temperature) { return largest_load(temperature).second - load; });
}

double glass_temperature(double load) { return 1 + std::sqrt(load); }

}  // namespace ansatz::hopfield
