// sin and cos.  Included after a lanes_*.hpp, once for each instruction set.
#pragma once

#include "kernel_exp.hpp"

namespace {

// x = q pi/2 + r, |r.high| <= pi/4 and a little; `rounded` holds q in its low bits.
struct Angle {
  Vec rounded;
  Pair r;
};

// For |x| < 2^28: Cody and Waite with fused products, which keep every bit of the first two parts.
inline Angle reduce_angle(Vec x) {
  const Vec rounded = fma(x, constant(kTwoOverPi), constant(kRounder));
  const Vec q = rounded - constant(kRounder);
  const Vec first = minus_fma(q, constant(kHalfPi[0]), x);  // exact
  const Pair second = exact_product(q, constant(kHalfPi[1]));
  const Pair sum = exact_sum(first, negate(second.high));
  return {rounded, quick_sum(sum.high, minus_fma(q, constant(kHalfPi[2]), sum.low - second.low))};
}

// One large number, 2^28 <= |x| < inf: x times 2/pi modulo 4 in integers (Payne and Hanek 1983).  Returns the
// quadrant and leaves the rest, times pi/2, in high + low.
inline uint64_t reduce_large_angle(double x, double& high, double& low) {
  __extension__ typedef unsigned __int128 uint128;
  const uint64_t all = __builtin_bit_cast(uint64_t, x);
  const int exponent = static_cast<int>(all >> 52 & 0x7ff) - 1075;  // |x| = mantissa 2^exponent
  const uint64_t mantissa = (all & 0x000fffffffffffffU) | 0x0010000000000000U;
  // 192 bits of 2/pi, the first of weight 2^(1 - exponent): those before it give multiples of 4.
  const int start = exponent - 2 + 64;
  uint64_t window[3];
  for (int i = 0; i < 3; ++i) {
    const int word = start / 64 + i;
    const int shift = start % 64;
    window[i] = kTwoOverPiBits[word] << shift;
    if (shift > 0) window[i] |= kTwoOverPiBits[word + 1] >> (64 - shift);
  }
  // The product modulo 2^192 without its lowest word: two integer bits, then the fraction.
  const uint128 p0 = static_cast<uint128>(mantissa) * window[2];
  const uint128 p1 = static_cast<uint128>(mantissa) * window[1] + static_cast<uint64_t>(p0 >> 64);
  const uint64_t p2 = mantissa * window[0] + static_cast<uint64_t>(p1 >> 64);
  uint128 fraction = static_cast<uint128>(p2) << 64 | static_cast<uint64_t>(p1);
  uint64_t quadrant = static_cast<uint64_t>(fraction >> 126);
  fraction <<= 2;
  const bool up = (fraction >> 127) != 0;  // to the nearest quadrant: the rest is in [-1/2, 1/2)
  if (up) {
    quadrant += 1;
    fraction = -fraction;
  }
  // As two doubles.  No f64 comes closer to a multiple of pi/2 than 2^-61, so the upper half is not 0.
  const int zeros = __builtin_clzll(static_cast<uint64_t>(fraction >> 64));
  fraction <<= zeros;
  const double unit = __builtin_bit_cast(double, static_cast<uint64_t>(1023 - zeros) << 52);
  const double a = static_cast<double>(static_cast<uint64_t>(fraction >> 75)) * 0x1p-53 * unit;
  const double b =
      static_cast<double>(static_cast<uint64_t>(fraction >> 22) & 0x1fffffffffffffU) * 0x1p-106 * unit;
  const double p = a * kHalfPi[0];
  const double rest = __builtin_fma(a, kHalfPi[0], -p) + __builtin_fma(a, kHalfPi[1], b * kHalfPi[0]);
  const bool negative = up != (all >> 63 != 0);
  high = p + rest;
  low = rest - (high - p);
  if (negative) {
    high = -high;
    low = -low;
  }
  return all >> 63 != 0 ? 0 - quadrant : quadrant;
}

inline Vec sine(Pair r) {
  const Vec z = r.high * r.high;
  const Vec cubic = r.high * z * polynomial(kSin, z);
  return r.high + fma(r.low, fma(constant(-0.5), z, constant(1)), cubic);
}
inline Vec cosine(Pair r) {
  const Vec z = r.high * r.high;
  const Pair one = quick_sum(constant(1), constant(-0.5) * z);
  const Vec lost = fma_minus(r.high, r.high, z);
  const Vec fourth = z * z * polynomial(kCos, z);
  return one.high + (one.low + (fourth - fma(r.high, r.low, constant(0.5) * lost)));
}

// sin(x + offset pi/2).
template <int offset>
inline Vec sine_at(Vec x) {
  const Mask large = not_less(absolute(x), constant(0x1p28));
  Angle a = reduce_angle(select(large, constant(0), x));
  if (any(large)) {
    double from[kLanes], rounded[kLanes], high[kLanes], low[kLanes];
    x.store(from);
    a.rounded.store(rounded);
    a.r.high.store(high);
    a.r.low.store(low);
    for (size_t i = 0; i < kLanes; ++i) {
      if (__builtin_fabs(from[i]) < 0x1p28) continue;
      if (!(__builtin_fabs(from[i]) < __builtin_inf())) {
        high[i] = low[i] = from[i] - from[i];  // NaN
        continue;
      }
      rounded[i] = kRounder + static_cast<double>(reduce_large_angle(from[i], high[i], low[i]) & 3);
    }
    a = {Vec::load(rounded), {Vec::load(high), Vec::load(low)}};
  }
  const Ints quadrant = bits(a.rounded) + Ints::set(offset);
  const Mask odd = equal(quadrant & Ints::set(1), Ints::set(1));
  const Vec y = select(odd, cosine(a.r), sine(a.r));
  return from_bits(bits(y) ^ shift_left<62>(quadrant & Ints::set(2)));
}

struct Sin {
  static Vec full(Vec x) { return select(absolute(x) < constant(0x1p-27), x, sine_at<0>(x)); }
  static Vec brief(Vec x) { return full(x); }
};
struct Cos {
  static Vec full(Vec x) { return sine_at<1>(x); }
  static Vec brief(Vec x) { return full(x); }
};

}  // namespace
