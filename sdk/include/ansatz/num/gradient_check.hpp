// Is a gradient right?  Compares it with central differences.
//
//   const GradientCheck check = check_gradient(
//       [&](std::span<const double> w) { return loss(w); },
//       [&](std::span<const double> w) { return loss_gradient(w); },   // anything with size() and []
//       weights);
//   INFO(check.text());
//   CHECK(check.error < 1e-9);
//
// Each difference takes four values of f, at x +- h and x +- 2h with h = eps^(1/5) max(1, |x|): the error of
// the formula is h^4 f'''''/30, that of rounding about eps |f| / h, so some 1e-12 for smooth f of order one
// that varies over lengths of max(1, |x|) (Abramowitz and Stegun 1964, 25.3.6).  Keep f away from kinks by
// more than 2h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "ansatz/num/error.hpp"

namespace ansatz {

struct GradientCheck {
  // Largest |given - difference| / max(|given|, |difference|, s) with s a thousandth of the largest element
  // of both: elements far below the others are lost in the rounding of f.  Infinite if anything is not
  // finite; 0 for an empty gradient.
  double error = 0;
  std::size_t index = 0;  // where; `given` and `difference` are the elements there
  double given = 0, difference = 0;

  [[nodiscard]] std::string text() const {
    return "element " + std::to_string(index) + ": gradient " + std::to_string(given) + ", difference " +
           std::to_string(difference) + ", relative error " + std::to_string(error);
  }
};

// Fourth-order central difference of f in element i; x is put back.
template <class Function>
double central_difference(Function& f, std::vector<double>& x, std::size_t i) {
  const double kept = x[i];
  const double h = 0x1p-10 * std::max(1.0, std::fabs(kept));  // about eps^(1/5)
  const auto at = [&](double step) {
    x[i] = kept + step;
    return static_cast<double>(f(std::span<const double>{x}));
  };
  const double near = at(h) - at(-h);
  const double far = at(2 * h) - at(-2 * h);
  x[i] = kept;
  return (8 * near - far) / (12 * h);
}

// Throws BadArgument if gradient(x) is not as long as x.
template <class Function, class Gradient>
GradientCheck check_gradient(Function&& f, Gradient&& gradient, std::span<const double> x) {
  const auto given = gradient(x);
  const auto size = static_cast<std::size_t>(given.size());
  if (size != x.size()) {
    throw BadArgument("check_gradient: the gradient must have " + std::to_string(x.size()) +
                      " elements as x, got " + std::to_string(size));
  }
  std::vector<double> point{x.begin(), x.end()};
  std::vector<double> difference(size);
  double largest = 0;
  for (std::size_t i = 0; i < size; ++i) {
    difference[i] = central_difference(f, point, i);
    largest = std::max({largest, std::fabs(static_cast<double>(given[i])), std::fabs(difference[i])});
  }
  GradientCheck worst;
  for (std::size_t i = 0; i < size; ++i) {
    const double g = static_cast<double>(given[i]);
    const double scale = std::max({std::fabs(g), std::fabs(difference[i]), 1e-3 * largest});
    double error = scale > 0 ? std::fabs(g - difference[i]) / scale : 0;
    if (!std::isfinite(g) || !std::isfinite(difference[i])) error = std::numeric_limits<double>::infinity();
    if (i == 0 || error > worst.error) worst = {error, i, g, difference[i]};
  }
  return worst;
}

}  // namespace ansatz
