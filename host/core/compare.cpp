#include "core/compare.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/dims.hpp"

namespace ansatz::host {
namespace {

// Numbers in order as integers in order: those below zero count down (the IEEE 754 layout).
template <class Bits, class Real>
std::uint64_t distance(Real a, Real b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : UINT64_MAX;
  constexpr Bits sign = Bits{1} << (8 * sizeof(Bits) - 1);
  const auto ordered = [](Real x) -> Bits {
    const Bits bits = std::bit_cast<Bits>(x);
    return (bits & sign) != 0 ? sign - (bits - sign) : sign + bits;
  };
  const Bits x = ordered(a), y = ordered(b);
  return x > y ? x - y : y - x;
}

double absolute(double a, double b) {
  if (std::isnan(a) && std::isnan(b)) return 0;
  if (a == b) return 0;
  const double d = std::abs(a - b);
  return std::isnan(d) ? std::numeric_limits<double>::infinity() : d;
}

void add(ArrayDifference& d, double a, double b, std::uint64_t ulp) {
  const double distance = absolute(a, b), larger = std::max(std::abs(a), std::abs(b));
  d.max_absolute = std::max(d.max_absolute, distance);
  if (distance > 0)
    d.max_relative = std::max(d.max_relative, std::isfinite(distance) ? distance / larger : distance);
  d.max_ulp = std::max(d.max_ulp, ulp);
}

void compare_element(ArrayDifference& d, const Array& a, const Array& b, std::uint64_t i) {
  switch (a.type) {
    case ElementType::f64: {
      const double x = a.as<double>()[i], y = b.as<double>()[i];
      return add(d, x, y, ulp_distance(x, y));
    }
    case ElementType::f32: {
      const float x = a.as<float>()[i], y = b.as<float>()[i];
      return add(d, x, y, ulp_distance(x, y));
    }
    case ElementType::i64: {
      const std::int64_t x = a.as<std::int64_t>()[i], y = b.as<std::int64_t>()[i];
      const std::uint64_t apart = x > y ? static_cast<std::uint64_t>(x) - static_cast<std::uint64_t>(y)
                                        : static_cast<std::uint64_t>(y) - static_cast<std::uint64_t>(x);
      return add(d, static_cast<double>(x), static_cast<double>(y), apart);
    }
    case ElementType::text: return;
    default: {
      const double x = a.number(i), y = b.number(i);
      return add(d, x, y, static_cast<std::uint64_t>(std::abs(x - y)));
    }
  }
}

std::string kind_text(const Array& array) {
  return fmt::format("{} {}", name_of(array.type), shape_text(array.shape));
}

std::string words(const ArrayDifference& d, const Array& a) {
  if (d.bitwise) return "bitwise equal";
  const std::string share = fmt::format("{} of {} differ", d.differing, d.elements);
  if (a.type == ElementType::text) return fmt::format("{}, the first at {}", share, d.first);
  const bool real = a.type == ElementType::f64 || a.type == ElementType::f32;
  return fmt::format("{}: at most {:.3g} absolute, {:.3g} relative{}", share, d.max_absolute, d.max_relative,
                     !real                     ? ""
                     : d.max_ulp == UINT64_MAX ? ", a NaN against a number"
                                               : fmt::format(", {} ulp", d.max_ulp));
}

}  // namespace

std::uint64_t ulp_distance(double a, double b) { return distance<std::uint64_t>(a, b); }
std::uint64_t ulp_distance(float a, float b) { return distance<std::uint32_t>(a, b); }

ArrayDifference compare(const Array& a, const Array& b) {
  ArrayDifference d;
  d.elements = a.count();
  if (a.type != b.type || a.shape != b.shape) {
    d.comparable = d.bitwise = false;
    d.differing = d.elements;
    d.text = fmt::format("{} -> {}", kind_text(a), kind_text(b));
    return d;
  }
  const std::size_t width = a.element_bytes(), other_width = b.element_bytes();
  for (std::uint64_t i = 0; i < d.elements; ++i) {
    const bool same = a.type == ElementType::text
                          ? a.text(i) == b.text(i)
                          : width == other_width &&
                                std::memcmp(a.data.data() + i * width, b.data.data() + i * width, width) == 0;
    if (same) continue;
    if (d.bitwise) d.first = i;
    d.bitwise = false;
    ++d.differing;
    compare_element(d, a, b, i);
  }
  d.text = words(d, a);
  return d;
}

}  // namespace ansatz::host
