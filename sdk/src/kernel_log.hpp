// log, log1p, softplus and powers.  Included after a lanes_*.hpp, once for each instruction set.
#pragma once

#include "kernel_exp.hpp"

namespace {

// x = m 2^k with m in [sqrt(1/2), sqrt(2)), for normal positive x.
struct Split {
  Vec m, k;
};
inline Split split(Vec x) {
  constexpr uint64_t root_half = 0x3fe6a09e00000000U;
  constexpr uint64_t one = 0x3ff0000000000000U;
  const Ints shifted = bits(x) + Ints::set(one - root_half);
  // The exponent field becomes a double by way of the low bits of 2^52.
  const Vec biased = from_bits(shift_right<52>(shifted) | Ints::set(0x4330000000000000U));
  const Ints fraction = shifted & Ints::set(0x000fffffffffffffU);
  return {from_bits(fraction + Ints::set(root_half)), biased - constant(0x1p52 + 1023)};
}
// The same for subnormal x too.
inline Split split_any(Vec x) {
  const Mask tiny = x < constant(0x1p-1022);
  Split s = split(select(tiny, x * constant(0x1p54), x));
  s.k = select(tiny, s.k - constant(54), s.k);
  return s;
}

// k ln 2 + log(1 + f) + c, |c| a rounding error of 1 + f: the arrangement of fdlibm's e_log.c (Sun 1993).
inline Vec log_sum(Vec k, Vec f, Vec c) {
  const Vec s = quotient(f, constant(2) + f);
  const Vec z = s * s;
  const Vec half_square = constant(0.5) * f * f;
  const Vec inner = fma(s, fma(z, polynomial(kLog, z), half_square), fma(k, constant(kLn2Short[1]), c));
  const Vec lower = half_square - inner;
  // k ln 2 is exact in its first part, and |f| <= |k ln 2| unless k = 0.
  const Pair upper = quick_sum(k * constant(kLn2Short[0]), f);
  return upper.high + (upper.low - lower);
}
inline Vec log_sum_short(Vec k, Vec f) {
  const Vec s = f * rough_inverse(constant(2) + f);
  const Vec z = s * s;
  return fma(k, constant(kLn2[0]), s * fma(z, polynomial(kLogShort, z), constant(2)));
}

// What log gives outside (0, inf).
inline Vec log_special(Vec x, Vec y) {
  y = select(x == constant(0), constant(-__builtin_inf()), y);
  y = select(x < constant(0), constant(__builtin_nan("")), y);
  return select(not_less(x, constant(__builtin_inf())), x, y);  // inf and NaN
}

struct Log {
  static Vec full(Vec x) {
    const Split s = split_any(x);
    return log_special(x, log_sum(s.k, s.m - constant(1), constant(0)));
  }
  static Vec brief(Vec x) {  // an f32 is never subnormal as f64
    const Split s = split(x);
    return log_special(x, log_sum_short(s.k, s.m - constant(1)));
  }
};

// log(1 + x + low), |low| a rounding error of x, x > -1.
inline Vec log1p_sum(Vec x, Vec low) {
  const Pair u = exact_sum(constant(1), x);
  const Split s = split(u.high);
  const Mask near = s.k == constant(0);
  const Vec c = select(near, low, u.low + low);
  // Beyond 2^100 the correction is nothing; the inverse needs the range of f32.
  const Vec correction = c * rough_inverse(min(constant(0x1p100), u.high));
  return log_sum(s.k, select(near, x, s.m - constant(1)), correction);
}

struct Log1p {
  static Vec full(Vec x) {
    const Vec y = select(absolute(x) < constant(0x1p-54), x, log1p_sum(x, constant(0)));
    return log_special(constant(1) + x, y);
  }
  static Vec brief(Vec x) {
    // Where 1 + x rounds, x itself is the better f; |x| < 0.4 needs no splitting.
    const Split s = split(constant(1) + x);
    const Mask near = s.k == constant(0);
    const Vec y = log_sum_short(s.k, select(near, x, s.m - constant(1)));
    return log_special(constant(1) + x, select(absolute(x) < constant(0x1p-54), x, y));
  }
};

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|).
struct Softplus {
  static Vec full(Vec x) {
    const Scaled e = scaled_exp({negate(min(constant(750), absolute(x))), constant(0)});
    const Vec s = power_of_two(max(constant(-1000), e.k) + constant(kRounder));
    const Vec high = scale(e.e.high, e.k);
    const Vec low = select(e.k < constant(-960), constant(0), e.e.low * s);
    const Vec y = log1p_sum(high, low);
    return max(constant(0), x) + select(high < constant(0x1p-60), high, y);
  }
  static Vec brief(Vec x) {
    const Vec e = Exp::brief(negate(min(constant(120), absolute(x))));
    const Split s = split(constant(1) + e);
    const Mask near = s.k == constant(0);
    return max(constant(0), x) + log_sum_short(s.k, select(near, e, s.m - constant(1)));
  }
};

// log x to about 2^-64 relative, for 0 < x < inf: the leading terms of 2 atanh(s) as pairs.
inline Pair log_pair(Vec x) {
  const Split a = split_any(x);
  const Pair d = quick_sum(constant(1), a.m);  // 1 and m are within a factor of 1.42, which suffices here
  const Pair s = divide({a.m - constant(1), constant(0)}, d);
  Pair z = exact_product(s.high, s.high);
  z.low = fma(s.high + s.high, s.low, z.low);
  // inner = 2/3 + z T, y = z inner, log m = s (2 + y)
  Pair inner = quick_sum(constant(kTwoThirds[0]), z.high * polynomial(kLogTail, z.high));
  inner.low = inner.low + constant(kTwoThirds[1]);
  Pair y = exact_product(z.high, inner.high);
  y.low = y.low + fma(z.high, inner.low, z.low * inner.high);
  Pair u = quick_sum(constant(2), y.high);
  u.low = u.low + y.low;
  Pair l = exact_product(s.high, u.high);
  l.low = l.low + fma(s.high, u.low, s.low * u.high);
  const Pair sum = quick_sum(a.k * constant(kLn2Short[0]), l.high);
  return quick_sum(sum.high, sum.low + fma(a.k, constant(kLn2Short[1]), l.low));
}

// x^y for x >= 0, NaN for x < 0; the special cases are C's.
struct Power {
  static Vec full(Vec x, Vec y) {
    const Pair l = log_pair(x);
    const Vec high = clamp(y * l.high, -1000, 1000);
    const Vec low = fma(y, l.low, fma_minus(y, l.high, high));
    const Scaled e = scaled_exp({high, select(absolute(high) < constant(999), low, constant(0))});
    return special(x, y, scale(e.e.high + e.e.low, e.k));
  }
  static Vec brief(Vec x, Vec y) {
    const Split s = split(x);
    return special(x, y, Exp::brief(y * log_sum_short(s.k, s.m - constant(1))));
  }

 private:
  static Vec special(Vec x, Vec y, Vec z) {
    const Vec inf = constant(__builtin_inf());
    const Vec zero = constant(0);
    const Mask at_zero = x == zero;
    const Mask at_inf = x == inf;
    // At 0 and infinity the sign of y decides.
    const Mask grows = (at_zero & (y < zero)) | (at_inf & (zero < y));
    z = select(at_zero | at_inf, select(grows, inf, zero), z);
    z = select(x < zero, constant(__builtin_nan("")), z);
    z = select((x == x) & (y == y), z, x + y);
    return select((x == constant(1)) | (y == zero), constant(1), z);
  }
};

}  // namespace
