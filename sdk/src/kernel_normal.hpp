// erf, erfc and the quantile of the normal distribution.  Included after a lanes_*.hpp, once for each
// instruction set.
#pragma once

#include "kernel_log.hpp"

namespace {

// erf(x) for |x| <= 1.
inline Vec small_erf(Vec x) { return fma(x, polynomial(kErf, x * x), x); }

// erfc(x) for 0.24 <= x: e^(-x^2) (1 + p(t)) / (1 + 2x), every part as a pair.
inline Vec large_erfc(Vec x) {
  x = min(constant(28), x);
  const Vec t = quotient(x - constant(3), x + constant(3));
  const Pair top = quick_sum(constant(1), polynomial(kErfc, t));
  const Pair bottom = exact_sum(constant(1), x + x);
  const Pair g = divide(top, bottom);
  const Pair square = exact_product(x, x);
  const Scaled e = scaled_exp({negate(square.high), negate(square.low)});
  const Pair product = exact_product(e.e.high, g.high);
  const Vec low = fma(e.e.high, g.low, fma(e.e.low, g.high, product.low));
  // product is in (0.01, 1.5): times 8 to suit scale().
  return scale(constant(8) * (product.high + low), e.k - constant(3));
}

struct Erf {
  static Vec full(Vec x) {
    const Vec a = absolute(x);
    const Mask large = not_less(a, constant(1));
    Vec y = small_erf(x);
    if (any(large)) {
      const Vec far = constant(1) - large_erfc(max(constant(1), a));
      y = select(large, with_sign_of(far, x), y);
    }
    return select(x == x, y, x);
  }
  static Vec brief(Vec x) {
    const Vec a = clamp(x, -4, 4);
    return a * polynomial(kErfShort, fma(a * a, constant(0.125), constant(-1)));
  }
};

struct Erfc {
  static Vec full(Vec x) {
    const Vec a = absolute(x);
    const Vec far = large_erfc(max(constant(0.25), a));
    const Vec y = select(x < constant(0), constant(2) - far, far);
    return select(x == x, select(a < constant(0.25), constant(1) - small_erf(x), y), x);
  }
  static Vec brief(Vec x) { return full(x); }
};

// Wichura 1988, algorithm AS 241, PPND16: numerators and denominators of the centre, the tails and the far
// tails.
constexpr double kQuantileCentre[2][8] = {
    {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
    {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
     3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3}};
constexpr double kQuantileTail[2][8] = {
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2,
     7.74545014278341407640e-4},
    {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9}};
constexpr double kQuantileFar[2][8] = {
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
     2.01033439929228813265e-7},
    {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15}};

inline Vec ratio(const double (&c)[2][8], Vec r) {
  return quotient(polynomial(c[0], r), polynomial(c[1], r));
}

// The quantile at p, with q = p - 1/2 and tail = min(p, 1 - p), 0 < tail.
inline Vec quantile(Vec q, Vec tail) {
  const Mask outside = constant(0.425) < absolute(q);
  Vec z = q * ratio(kQuantileCentre, minus_fma(q, q, constant(0.180625)));
  if (any(outside)) {
    const Split s = split_any(tail);
    const Vec r = sqrt(negate(log_sum(s.k, s.m - constant(1), constant(0))));
    Vec y = ratio(kQuantileTail, r - constant(1.6));
    const Mask far = outside & (constant(5) < r);
    if (any(far)) y = select(far, ratio(kQuantileFar, r - constant(5)), y);
    z = select(outside, with_sign_of(y, q), z);
  }
  return z;
}

struct NormalQuantile {
  static Vec full(Vec p) {
    const Vec tail = min(p, constant(1) - p);
    const Mask inside = (constant(0) < p) & (p < constant(1));
    const Vec q = p - constant(0.5);
    Vec z = quantile(select(inside, q, constant(0)), select(inside, tail, constant(0.5)));
    z = select(inside, z, constant(__builtin_nan("")));
    return select(tail == constant(0), with_sign_of(constant(__builtin_inf()), q), z);
  }
  static Vec brief(Vec p) { return full(p); }
};

// Ten rounds of Philox4x32 on kLanes blocks.  The words stand in 64-bit lanes; their upper halves may hold
// anything, since products take the lower halves only.
inline void philox_blocks(Ints (&c)[4], uint64_t key) {
  const Ints first_factor = Ints::set(0xD2511F53);
  const Ints second_factor = Ints::set(0xCD9E8D57);
  uint32_t k0 = static_cast<uint32_t>(key);
  uint32_t k1 = static_cast<uint32_t>(key >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const Ints first = multiply_32(first_factor, c[0]);
    const Ints second = multiply_32(second_factor, c[2]);
    c[0] = shift_right<32>(second) ^ c[1] ^ Ints::set(k0);
    c[2] = shift_right<32>(first) ^ c[3] ^ Ints::set(k1);
    c[1] = second;
    c[3] = first;
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
}

inline Ints join(Ints low, Ints high) { return (low & Ints::set(0xffffffffU)) | shift_left<32>(high); }

inline void philox(uint64_t key, uint64_t index, uint64_t first, size_t blocks, uint64_t* draws) {
  uint64_t rest[2 * kLanes];
  for (size_t i = 0; i < blocks; i += kLanes) {
    const Ints counter = Ints::count_from(first + i);
    Ints c[4] = {counter, shift_right<32>(counter), Ints::set(index), Ints::set(index >> 32)};
    philox_blocks(c, key);
    const bool whole = blocks - i >= kLanes;
    store_pairs(whole ? draws + 2 * i : rest, join(c[0], c[1]), join(c[2], c[3]));
    if (whole) continue;
    for (size_t j = 0; j < 2 * (blocks - i); ++j) draws[2 * i + j] = rest[j];
  }
}

// Both maps are exact: 53 (or 24) bits times a power of two, and (k + 1/2) 2^-52.
template <int dropped>
inline Vec fraction_of(Ints draw) {
  const Ints k = shift_right<dropped>(draw);
  const Vec low = from_bits((k & Ints::set(0xffffffffU)) | bits(constant(0x1p52)));
  const Vec high = from_bits(shift_right<32>(k) | bits(constant(0x1p84)));
  return ((high - constant(0x1p84 + 0x1p52)) + low) * constant(dropped == 11 ? 0x1p-53 : 0x1p-24);
}
inline Vec normal_of(Ints draw) {
  const Vec one_to_two = from_bits(shift_right<12>(draw) | bits(constant(1)));
  const Vec p = one_to_two - constant(1 - 0x1p-53);
  return quantile(p - constant(0.5), min(p, constant(1) - p));
}

}  // namespace
