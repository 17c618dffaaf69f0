// One lane, for any CPU: the meaning of every operation that the other lanes_*.hpp give in vectors.
// __builtin_fma is the C library's correctly rounded fma() where the compiler may not use the instruction:
// slow on a CPU without it, but the results are the same everywhere.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace {

constexpr size_t kLanes = 1;

struct Mask {
  bool v;
};
inline Mask operator&(Mask a, Mask b) { return {a.v && b.v}; }
inline Mask operator|(Mask a, Mask b) { return {a.v || b.v}; }
inline bool any(Mask m) { return m.v; }

struct Ints {
  uint64_t v;
  static Ints set(uint64_t x) { return {x}; }
  static Ints load(const uint64_t* p) { return {*p}; }
  static Ints count_from(uint64_t first) { return {first}; }
};
inline Ints operator+(Ints a, Ints b) { return {a.v + b.v}; }
inline Ints operator-(Ints a, Ints b) { return {a.v - b.v}; }
inline Ints operator&(Ints a, Ints b) { return {a.v & b.v}; }
inline Ints operator|(Ints a, Ints b) { return {a.v | b.v}; }
inline Ints operator^(Ints a, Ints b) { return {a.v ^ b.v}; }
template <int n>
inline Ints shift_left(Ints a) {
  return {a.v << n};
}
template <int n>
inline Ints shift_right(Ints a) {
  return {a.v >> n};
}
// Product of the lower 32 bits.
inline Ints multiply_32(Ints a, Ints b) { return {(a.v & 0xffffffffU) * (b.v & 0xffffffffU)}; }
inline Mask equal(Ints a, Ints b) { return {a.v == b.v}; }
// a0 b0 a1 b1 ...
inline void store_pairs(uint64_t* p, Ints a, Ints b) {
  p[0] = a.v;
  p[1] = b.v;
}

struct Vec {
  double v;
  static Vec set(double x) { return {x}; }
  static Vec load(const double* p) { return {*p}; }
  static Vec load(const float* p) { return {static_cast<double>(*p)}; }
  void store(double* p) const { *p = v; }
  void store(float* p) const { *p = static_cast<float>(v); }
};
inline Vec operator+(Vec a, Vec b) { return {a.v + b.v}; }
inline Vec operator-(Vec a, Vec b) { return {a.v - b.v}; }
inline Vec operator*(Vec a, Vec b) { return {a.v * b.v}; }
inline Vec operator/(Vec a, Vec b) { return {a.v / b.v}; }
inline Vec fma(Vec a, Vec b, Vec c) { return {__builtin_fma(a.v, b.v, c.v)}; }
// c - a b and a b - c, rounded once.
inline Vec minus_fma(Vec a, Vec b, Vec c) { return {__builtin_fma(-a.v, b.v, c.v)}; }
inline Vec fma_minus(Vec a, Vec b, Vec c) { return {__builtin_fma(a.v, b.v, -c.v)}; }
// 1/d computed in f32.
inline Vec float_inverse(Vec d) { return {static_cast<double>(1.0F / static_cast<float>(d.v))}; }
inline Vec sqrt(Vec a) { return {__builtin_sqrt(a.v)}; }
// b if one of them is NaN, as the instructions do.
inline Vec min(Vec a, Vec b) { return {a.v < b.v ? a.v : b.v}; }
inline Vec max(Vec a, Vec b) { return {a.v > b.v ? a.v : b.v}; }
inline Mask operator<(Vec a, Vec b) { return {a.v < b.v}; }
inline Mask operator<=(Vec a, Vec b) { return {a.v <= b.v}; }
inline Mask operator==(Vec a, Vec b) { return {a.v == b.v}; }
// True where a or b is NaN too.
inline Mask not_less(Vec a, Vec b) { return {!(a.v < b.v)}; }
inline Vec select(Mask m, Vec a, Vec b) { return m.v ? a : b; }
inline Ints bits(Vec a) { return {__builtin_bit_cast(uint64_t, a.v)}; }
inline Vec from_bits(Ints a) { return {__builtin_bit_cast(double, a.v)}; }

constexpr double kRounder = 0x1.8p52;  // added to |k| < 2^51 it leaves the nearest integer in the low bits

// 2^k for k = rounder + integer in [-1022, 1023].
inline Vec power_of_two(Vec rounded) { return from_bits(shift_left<52>(bits(rounded) + Ints::set(1023))); }
// x 2^k rounded once, for integer |k| < 2000 and 1/4 < |x| < 4: both factors stay normal, and the first
// product is exact.
inline Vec scale(Vec x, Vec k) {
  const Vec half = fma(k, Vec::set(0.5), Vec::set(kRounder));
  const Vec rest = k - (half - Vec::set(kRounder)) + Vec::set(kRounder);
  return x * power_of_two(half) * power_of_two(rest);
}

}  // namespace
