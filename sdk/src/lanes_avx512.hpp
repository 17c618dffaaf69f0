// Eight lanes of AVX-512; what the operations mean stands in lanes_scalar.hpp.
#pragma once

// GCC 12 takes the undefined pass-through operand inside its own intrinsics for an uninitialised variable.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace {

constexpr size_t kLanes = 8;

struct Mask {
  __mmask8 v;
};
inline Mask operator&(Mask a, Mask b) { return {static_cast<__mmask8>(a.v & b.v)}; }
inline Mask operator|(Mask a, Mask b) { return {static_cast<__mmask8>(a.v | b.v)}; }
inline bool any(Mask m) { return m.v != 0; }

struct Ints {
  __m512i v;
  static Ints set(uint64_t x) { return {_mm512_set1_epi64(static_cast<long long>(x))}; }
  static Ints load(const uint64_t* p) { return {_mm512_loadu_si512(p)}; }
  static Ints count_from(uint64_t first) {
    return {_mm512_add_epi64(set(first).v, _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0))};
  }
};
inline Ints operator+(Ints a, Ints b) { return {_mm512_add_epi64(a.v, b.v)}; }
inline Ints operator-(Ints a, Ints b) { return {_mm512_sub_epi64(a.v, b.v)}; }
inline Ints operator&(Ints a, Ints b) { return {_mm512_and_si512(a.v, b.v)}; }
inline Ints operator|(Ints a, Ints b) { return {_mm512_or_si512(a.v, b.v)}; }
inline Ints operator^(Ints a, Ints b) { return {_mm512_xor_si512(a.v, b.v)}; }
template <int n>
inline Ints shift_left(Ints a) {
  return {_mm512_slli_epi64(a.v, n)};
}
template <int n>
inline Ints shift_right(Ints a) {
  return {_mm512_srli_epi64(a.v, n)};
}
inline Ints multiply_32(Ints a, Ints b) { return {_mm512_mul_epu32(a.v, b.v)}; }
inline Mask equal(Ints a, Ints b) { return {_mm512_cmpeq_epi64_mask(a.v, b.v)}; }
inline void store_pairs(uint64_t* p, Ints a, Ints b) {
  const __m512i low = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
  const __m512i high = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
  _mm512_storeu_si512(p, _mm512_permutex2var_epi64(a.v, low, b.v));
  _mm512_storeu_si512(p + 8, _mm512_permutex2var_epi64(a.v, high, b.v));
}

struct Vec {
  __m512d v;
  static Vec set(double x) { return {_mm512_set1_pd(x)}; }
  static Vec load(const double* p) { return {_mm512_loadu_pd(p)}; }
  static Vec load(const float* p) { return {_mm512_cvtps_pd(_mm256_loadu_ps(p))}; }
  void store(double* p) const { _mm512_storeu_pd(p, v); }
  void store(float* p) const { _mm256_storeu_ps(p, _mm512_cvtpd_ps(v)); }
};
inline Vec operator+(Vec a, Vec b) { return {_mm512_add_pd(a.v, b.v)}; }
inline Vec operator-(Vec a, Vec b) { return {_mm512_sub_pd(a.v, b.v)}; }
inline Vec operator*(Vec a, Vec b) { return {_mm512_mul_pd(a.v, b.v)}; }
inline Vec operator/(Vec a, Vec b) { return {_mm512_div_pd(a.v, b.v)}; }
inline Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_pd(a.v, b.v, c.v)}; }
inline Vec minus_fma(Vec a, Vec b, Vec c) { return {_mm512_fnmadd_pd(a.v, b.v, c.v)}; }
inline Vec fma_minus(Vec a, Vec b, Vec c) { return {_mm512_fmsub_pd(a.v, b.v, c.v)}; }
inline Vec float_inverse(Vec d) {
  return {_mm512_cvtps_pd(_mm256_div_ps(_mm256_set1_ps(1.0F), _mm512_cvtpd_ps(d.v)))};
}
inline Vec sqrt(Vec a) { return {_mm512_sqrt_pd(a.v)}; }
inline Vec min(Vec a, Vec b) { return {_mm512_min_pd(a.v, b.v)}; }
inline Vec max(Vec a, Vec b) { return {_mm512_max_pd(a.v, b.v)}; }
inline Mask operator<(Vec a, Vec b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask operator<=(Vec a, Vec b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_LE_OQ)}; }
inline Mask operator==(Vec a, Vec b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_EQ_OQ)}; }
inline Mask not_less(Vec a, Vec b) { return {_mm512_cmp_pd_mask(a.v, b.v, _CMP_NLT_UQ)}; }
inline Vec select(Mask m, Vec a, Vec b) { return {_mm512_mask_blend_pd(m.v, b.v, a.v)}; }
inline Ints bits(Vec a) { return {_mm512_castpd_si512(a.v)}; }
inline Vec from_bits(Ints a) { return {_mm512_castsi512_pd(a.v)}; }

constexpr double kRounder = 0x1.8p52;

inline Vec power_of_two(Vec rounded) { return from_bits(shift_left<52>(bits(rounded) + Ints::set(1023))); }
inline Vec scale(Vec x, Vec k) { return {_mm512_scalef_pd(x.v, k.v)}; }

}  // namespace
