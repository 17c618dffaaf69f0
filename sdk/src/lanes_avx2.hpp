// Four lanes of AVX2 and FMA; what the operations mean stands in lanes_scalar.hpp.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace {

constexpr size_t kLanes = 4;

struct Mask {
  __m256d v;
};
inline Mask operator&(Mask a, Mask b) { return {_mm256_and_pd(a.v, b.v)}; }
inline Mask operator|(Mask a, Mask b) { return {_mm256_or_pd(a.v, b.v)}; }
inline bool any(Mask m) { return _mm256_movemask_pd(m.v) != 0; }

struct Ints {
  __m256i v;
  static Ints set(uint64_t x) { return {_mm256_set1_epi64x(static_cast<long long>(x))}; }
  static Ints load(const uint64_t* p) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))}; }
  static Ints count_from(uint64_t first) {
    return {_mm256_add_epi64(set(first).v, _mm256_set_epi64x(3, 2, 1, 0))};
  }
};
inline Ints operator+(Ints a, Ints b) { return {_mm256_add_epi64(a.v, b.v)}; }
inline Ints operator-(Ints a, Ints b) { return {_mm256_sub_epi64(a.v, b.v)}; }
inline Ints operator&(Ints a, Ints b) { return {_mm256_and_si256(a.v, b.v)}; }
inline Ints operator|(Ints a, Ints b) { return {_mm256_or_si256(a.v, b.v)}; }
inline Ints operator^(Ints a, Ints b) { return {_mm256_xor_si256(a.v, b.v)}; }
template <int n>
inline Ints shift_left(Ints a) {
  return {_mm256_slli_epi64(a.v, n)};
}
template <int n>
inline Ints shift_right(Ints a) {
  return {_mm256_srli_epi64(a.v, n)};
}
inline Ints multiply_32(Ints a, Ints b) { return {_mm256_mul_epu32(a.v, b.v)}; }
inline Mask equal(Ints a, Ints b) { return {_mm256_castsi256_pd(_mm256_cmpeq_epi64(a.v, b.v))}; }
inline void store_pairs(uint64_t* p, Ints a, Ints b) {
  const __m256i low = _mm256_unpacklo_epi64(a.v, b.v);
  const __m256i high = _mm256_unpackhi_epi64(a.v, b.v);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm256_permute2x128_si256(low, high, 0x20));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 4), _mm256_permute2x128_si256(low, high, 0x31));
}

struct Vec {
  __m256d v;
  static Vec set(double x) { return {_mm256_set1_pd(x)}; }
  static Vec load(const double* p) { return {_mm256_loadu_pd(p)}; }
  static Vec load(const float* p) { return {_mm256_cvtps_pd(_mm_loadu_ps(p))}; }
  void store(double* p) const { _mm256_storeu_pd(p, v); }
  void store(float* p) const { _mm_storeu_ps(p, _mm256_cvtpd_ps(v)); }
};
inline Vec operator+(Vec a, Vec b) { return {_mm256_add_pd(a.v, b.v)}; }
inline Vec operator-(Vec a, Vec b) { return {_mm256_sub_pd(a.v, b.v)}; }
inline Vec operator*(Vec a, Vec b) { return {_mm256_mul_pd(a.v, b.v)}; }
inline Vec operator/(Vec a, Vec b) { return {_mm256_div_pd(a.v, b.v)}; }
inline Vec fma(Vec a, Vec b, Vec c) { return {_mm256_fmadd_pd(a.v, b.v, c.v)}; }
inline Vec minus_fma(Vec a, Vec b, Vec c) { return {_mm256_fnmadd_pd(a.v, b.v, c.v)}; }
inline Vec fma_minus(Vec a, Vec b, Vec c) { return {_mm256_fmsub_pd(a.v, b.v, c.v)}; }
inline Vec float_inverse(Vec d) {
  return {_mm256_cvtps_pd(_mm_div_ps(_mm_set1_ps(1.0F), _mm256_cvtpd_ps(d.v)))};
}
inline Vec sqrt(Vec a) { return {_mm256_sqrt_pd(a.v)}; }
inline Vec min(Vec a, Vec b) { return {_mm256_min_pd(a.v, b.v)}; }
inline Vec max(Vec a, Vec b) { return {_mm256_max_pd(a.v, b.v)}; }
inline Mask operator<(Vec a, Vec b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask operator<=(Vec a, Vec b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LE_OQ)}; }
inline Mask operator==(Vec a, Vec b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_EQ_OQ)}; }
inline Mask not_less(Vec a, Vec b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_NLT_UQ)}; }
inline Vec select(Mask m, Vec a, Vec b) { return {_mm256_blendv_pd(b.v, a.v, m.v)}; }
inline Ints bits(Vec a) { return {_mm256_castpd_si256(a.v)}; }
inline Vec from_bits(Ints a) { return {_mm256_castsi256_pd(a.v)}; }

constexpr double kRounder = 0x1.8p52;

inline Vec power_of_two(Vec rounded) { return from_bits(shift_left<52>(bits(rounded) + Ints::set(1023))); }
inline Vec scale(Vec x, Vec k) {
  const Vec half = fma(k, Vec::set(0.5), Vec::set(kRounder));
  const Vec rest = k - (half - Vec::set(kRounder)) + Vec::set(kRounder);
  return x * power_of_two(half) * power_of_two(rest);
}

}  // namespace
