// exp and what is made of it.  Included after a lanes_*.hpp, once for each instruction set.
#pragma once

#include "coefficients.hpp"

namespace {

// An unevaluated sum, |low| a rounding error of high.
struct Pair {
  Vec high, low;
};

inline Vec constant(double x) { return Vec::set(x); }
inline Vec negate(Vec x) { return from_bits(bits(x) ^ Ints::set(0x8000000000000000U)); }
inline Vec absolute(Vec x) { return from_bits(bits(x) & Ints::set(0x7fffffffffffffffU)); }
inline Vec with_sign_of(Vec x, Vec sign) {
  return from_bits(bits(x) | (bits(sign) & Ints::set(0x8000000000000000U)));
}

// Horner's rule with n coefficients, lowest power first.
template <int n>
inline Vec polynomial(const double (&c)[n], Vec x) {
  Vec y = constant(c[n - 1]);
#pragma GCC unroll 32
  for (int i = n - 2; i >= 0; --i) y = fma(y, x, constant(c[i]));
  return y;
}

// a + b exactly, for |a| >= |b| or a = 0 (Dekker 1971).
inline Pair quick_sum(Vec a, Vec b) {
  const Vec s = a + b;
  return {s, b - (s - a)};
}
// a + b exactly (Knuth).
inline Pair exact_sum(Vec a, Vec b) {
  const Vec s = a + b;
  const Vec t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
inline Pair exact_product(Vec a, Vec b) {
  const Vec p = a * b;
  return {p, fma_minus(a, b, p)};
}

// About 1/d to 2^-46; d within the range of f32.  Cheaper than a division of f64.
inline Vec rough_inverse(Vec d) {
  const Vec r = float_inverse(d);
  return fma(minus_fma(d, r, constant(1)), r, r);
}
// (n.high + n.low) / (d.high + d.low) to about 2^-90, d within the range of f32.
inline Pair divide(Pair n, Pair d) {
  const Vec inverse = rough_inverse(d.high);
  const Vec q = n.high * inverse;
  const Vec rest = minus_fma(q, d.high, n.high) + minus_fma(q, d.low, n.low);
  return quick_sum(q, rest * inverse);
}
inline Vec quotient(Vec n, Vec d) {
  const Vec inverse = rough_inverse(d);
  const Vec q = n * inverse;
  return fma(minus_fma(q, d, n), inverse, q);
}

// x = k ln 2 + r, |r| <= ln 2 / 2; r.low is what rounding r.high left over.
struct Reduced {
  Vec k;
  Pair r;
};
inline Reduced reduce_exp(Vec x) {
  const Vec k = fma(x, constant(kLog2E), constant(kRounder)) - constant(kRounder);
  const Vec first = minus_fma(k, constant(kLn2[0]), x);  // exact
  const Vec high = minus_fma(k, constant(kLn2[1]), first);
  return {k, {high, minus_fma(k, constant(kLn2[1]), first - high)}};
}

// e^r - 1 for |r.high| <= ln 2 / 2.
inline Pair small_expm1(Pair r) {
  const Pair p = quick_sum(r.high, r.high * r.high * polynomial(kExp, r.high));
  return {p.high, p.low + fma(r.low, p.high, r.low)};
}
inline Vec small_expm1_short(Vec r) { return fma(r * r, polynomial(kExpShort, r), r); }

// e^(x.high + x.low) = (high + low) 2^k, |x.high| < 1100.
struct Scaled {
  Pair e;
  Vec k;
};
inline Scaled scaled_exp(Pair x) {
  Reduced a = reduce_exp(x.high);
  a.r.low = a.r.low + x.low;
  const Pair p = small_expm1(a.r);
  const Pair one = quick_sum(constant(1), p.high);
  return {quick_sum(one.high, one.low + p.low), a.k};
}

inline Vec clamp(Vec x, double lowest, double highest) {  // NaN stays
  return max(constant(lowest), min(constant(highest), x));
}

struct Exp {
  static Vec full(Vec x) {
    x = clamp(x, -746, 710);
    const Vec k = fma(x, constant(kLog2E), constant(kRounder)) - constant(kRounder);
    const Vec r = minus_fma(k, constant(kLn2[1]), minus_fma(k, constant(kLn2[0]), x));
    return scale(constant(1) + fma(r * r, polynomial(kExp, r), r), k);
  }
  static Vec brief(Vec x) {
    x = clamp(x, -150, 150);
    const Vec k = fma(x, constant(kLog2E), constant(kRounder));
    const Vec r = minus_fma(k - constant(kRounder), constant(kLn2[0]), x);
    return (constant(1) + small_expm1_short(r)) * power_of_two(k);
  }
};

// e^x - 1 = 2 (high + low), -50 <= x <= 710.
inline Pair half_expm1(Vec x) {
  const Reduced a = reduce_exp(x);
  const Pair p = small_expm1(a.r);
  const Vec s = power_of_two(a.k + constant(kRounder - 1));
  const Vec base = s - constant(0.5);
  const Pair sum = quick_sum(base, s * p.high);
  const Vec lost = (s - base) - constant(0.5);
  return {sum.high, sum.low + fma(s, p.low, lost)};
}
inline Vec expm1_short(Vec x) {  // |x| <= 150
  const Vec k = fma(x, constant(kLog2E), constant(kRounder));
  const Vec r = minus_fma(k - constant(kRounder), constant(kLn2[0]), x);
  const Vec s = power_of_two(k);
  return fma(s, small_expm1_short(r), s - constant(1));
}

struct Expm1 {
  static Vec full(Vec x) {
    const Pair h = half_expm1(clamp(x, -50, 710));
    // Below, e^x - 1 rounds to x, and halving would lose bits of a subnormal number.
    return select(absolute(x) < constant(0x1p-54), x, constant(2) * (h.high + h.low));
  }
  static Vec brief(Vec x) {
    return select(absolute(x) < constant(0x1p-54), x, expm1_short(clamp(x, -150, 150)));
  }
};

// tanh |x| = t / (t + 2) with t = e^(2|x|) - 1.
struct Tanh {
  static Vec full(Vec x) {
    const Vec a = min(constant(22), absolute(x));
    const Pair half = half_expm1(a + a);
    const Pair sum = exact_sum(constant(1), half.high);
    const Pair q = divide(half, {sum.high, sum.low + half.low});
    return select(absolute(x) < constant(0x1p-28), x, with_sign_of(q.high + q.low, x));
  }
  static Vec brief(Vec x) {
    const Vec t = expm1_short(clamp(x + x, -40, 40));
    return select(absolute(x) < constant(0x1p-28), x, t * rough_inverse(t + constant(2)));
  }
};

// 1 / (1 + e^-x), for negative x as e^x / (1 + e^x) so that nothing cancels or overflows.
struct Sigmoid {
  static Vec full(Vec x) {
    const Scaled e = scaled_exp({negate(min(constant(750), absolute(x))), constant(0)});
    const Vec s = power_of_two(max(constant(-200), e.k) + constant(kRounder));
    const Pair sum = quick_sum(constant(1), e.e.high * s);
    const Mask negative = x < constant(0);
    const Pair top = {select(negative, e.e.high, constant(1)), select(negative, e.e.low, constant(0))};
    const Pair q = divide(top, {sum.high, fma(e.e.low, s, sum.low)});
    return scale(q.high + q.low, select(negative, e.k, constant(0)));
  }
  static Vec brief(Vec x) {
    const Vec e = Exp::brief(negate(min(constant(120), absolute(x))));
    return select(x < constant(0), e, constant(1)) * rough_inverse(constant(1) + e);
  }
};

}  // namespace
