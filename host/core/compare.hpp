// How two arrays differ, in the three measures that people ask for: absolute, relative, and units in the last
// place.
#pragma once

#include <cstdint>
#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

struct ArrayDifference {
  bool comparable = true;  // of one type and shape; else `text` says what differs
  bool bitwise = true;     // every element is the same bits, and the shape too
  std::uint64_t elements = 0, differing = 0;
  std::uint64_t first = 0;    // index of the first element that differs
  double max_absolute = 0;    // |a - b|; infinity where one is not finite
  double max_relative = 0;    // |a - b| / max(|a|, |b|)
  std::uint64_t max_ulp = 0;  // representable numbers between the two, of reals; |a - b| of integers
  std::string
      text;  // "bitwise equal", "3 of 10 differ: at most 1.2e-16 absolute, ...", "f64 3 x 4 -> f64 3 x 5"
};

// Reals are compared in their own precision; two NaN are 0 ulp apart.  Texts differ or do not.
[[nodiscard]] ArrayDifference compare(const Array& a, const Array& b);

// How many representable numbers lie from one to the other; the greatest number if exactly one is NaN.
[[nodiscard]] std::uint64_t ulp_distance(double a, double b);
[[nodiscard]] std::uint64_t ulp_distance(float a, float b);

}  // namespace ansatz::host
