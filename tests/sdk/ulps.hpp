// Errors in units of the last place, against the C library's long double: 11 bits more than f64, so the
// reference itself is right to about a thousandth of a unit.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using Wide = long double;
static_assert(std::numeric_limits<Wide>::digits >= 64);

// |got - exact| in units of the last place that the correctly rounded T has.  Infinities and NaN of the
// reference, and overflow, must be met exactly: anything else counts as infinitely wrong.
template <class T>
double ulps(T got, Wide exact) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(exact)) return std::isnan(got) ? 0 : wrong;
  const T rounded = static_cast<T>(exact);
  if (std::isnan(got)) return wrong;
  if (std::isinf(got) || std::isinf(rounded)) return got == rounded ? 0 : wrong;
  if (rounded == 0 && got == 0) return std::signbit(got) == (std::signbit(exact)) ? 0 : wrong;
  int exponent = 0;
  std::frexp(exact, &exponent);
  constexpr int digits = std::numeric_limits<T>::digits;
  const int unit = std::max(exponent - digits, std::numeric_limits<T>::min_exponent - digits);
  return static_cast<double>(std::fabs(std::ldexp(static_cast<Wide>(got) - exact, -unit)));
}

// Deterministic test arguments; not our own generator.
class Sequence {
 public:
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33) ^ (state_ << 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_ = 42;
};

// `count` numbers spread evenly over [low, high], and as many with all bits random (any magnitude).
template <class T>
std::vector<T> samples(double low, double high, std::size_t count) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  Sequence random;
  std::vector<T> x;
  while (x.size() < count) {
    x.push_back(static_cast<T>(low + (high - low) * random.uniform()));
    const T any = std::bit_cast<T>(static_cast<Bits>(random.next() >> 3 ^ random.next() << 20));
    if (any >= static_cast<T>(low) && any <= static_cast<T>(high)) x.push_back(any);
  }
  return x;
}
