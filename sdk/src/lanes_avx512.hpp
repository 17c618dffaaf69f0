// Sixteen lanes of AVX-512, two registers: a polynomial is one long chain of dependent operations, and two of them side
// by side keep the units busy.  What the operations mean stands in lanes_scalar.hpp.
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

constexpr size_t kLanes = 16;

struct Mask {
  __mmask8 a, b;
};
inline Mask operator&(Mask x, Mask y) {
  return {static_cast<__mmask8>(x.a & y.a), static_cast<__mmask8>(x.b & y.b)};
}
inline Mask operator|(Mask x, Mask y) {
  return {static_cast<__mmask8>(x.a | y.a), static_cast<__mmask8>(x.b | y.b)};
}
inline bool any(Mask m) { return (m.a | m.b) != 0; }

struct Ints {
  __m512i a, b;
  static Ints set(uint64_t x) {
    const __m512i one = _mm512_set1_epi64(static_cast<long long>(x));
    return {one, one};
  }
  static Ints load(const uint64_t* p) { return {_mm512_loadu_si512(p), _mm512_loadu_si512(p + 8)}; }
  static Ints count_from(uint64_t first) {
    const __m512i eight = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    return {_mm512_add_epi64(set(first).a, eight), _mm512_add_epi64(set(first + 8).a, eight)};
  }
};
inline Ints operator+(Ints x, Ints y) { return {_mm512_add_epi64(x.a, y.a), _mm512_add_epi64(x.b, y.b)}; }
inline Ints operator-(Ints x, Ints y) { return {_mm512_sub_epi64(x.a, y.a), _mm512_sub_epi64(x.b, y.b)}; }
inline Ints operator&(Ints x, Ints y) { return {_mm512_and_si512(x.a, y.a), _mm512_and_si512(x.b, y.b)}; }
inline Ints operator|(Ints x, Ints y) { return {_mm512_or_si512(x.a, y.a), _mm512_or_si512(x.b, y.b)}; }
inline Ints operator^(Ints x, Ints y) { return {_mm512_xor_si512(x.a, y.a), _mm512_xor_si512(x.b, y.b)}; }
template <int n>
inline Ints shift_left(Ints x) {
  return {_mm512_slli_epi64(x.a, n), _mm512_slli_epi64(x.b, n)};
}
template <int n>
inline Ints shift_right(Ints x) {
  return {_mm512_srli_epi64(x.a, n), _mm512_srli_epi64(x.b, n)};
}
inline Ints multiply_32(Ints x, Ints y) { return {_mm512_mul_epu32(x.a, y.a), _mm512_mul_epu32(x.b, y.b)}; }
inline Mask equal(Ints x, Ints y) {
  return {_mm512_cmpeq_epi64_mask(x.a, y.a), _mm512_cmpeq_epi64_mask(x.b, y.b)};
}
inline void store_pairs(uint64_t* p, Ints x, Ints y) {
  const __m512i low = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
  const __m512i high = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
  _mm512_storeu_si512(p, _mm512_permutex2var_epi64(x.a, low, y.a));
  _mm512_storeu_si512(p + 8, _mm512_permutex2var_epi64(x.a, high, y.a));
  _mm512_storeu_si512(p + 16, _mm512_permutex2var_epi64(x.b, low, y.b));
  _mm512_storeu_si512(p + 24, _mm512_permutex2var_epi64(x.b, high, y.b));
}

struct Vec {
  __m512d a, b;
  static Vec set(double x) { return {_mm512_set1_pd(x), _mm512_set1_pd(x)}; }
  static Vec load(const double* p) { return {_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)}; }
  static Vec load(const float* p) {
    return {_mm512_cvtps_pd(_mm256_loadu_ps(p)), _mm512_cvtps_pd(_mm256_loadu_ps(p + 8))};
  }
  void store(double* p) const { _mm512_storeu_pd(p, a), _mm512_storeu_pd(p + 8, b); }
  void store(float* p) const {
    _mm256_storeu_ps(p, _mm512_cvtpd_ps(a)), _mm256_storeu_ps(p + 8, _mm512_cvtpd_ps(b));
  }
};
inline Vec operator+(Vec x, Vec y) { return {_mm512_add_pd(x.a, y.a), _mm512_add_pd(x.b, y.b)}; }
inline Vec operator-(Vec x, Vec y) { return {_mm512_sub_pd(x.a, y.a), _mm512_sub_pd(x.b, y.b)}; }
inline Vec operator*(Vec x, Vec y) { return {_mm512_mul_pd(x.a, y.a), _mm512_mul_pd(x.b, y.b)}; }
inline Vec operator/(Vec x, Vec y) { return {_mm512_div_pd(x.a, y.a), _mm512_div_pd(x.b, y.b)}; }
inline Vec fma(Vec x, Vec y, Vec z) {
  return {_mm512_fmadd_pd(x.a, y.a, z.a), _mm512_fmadd_pd(x.b, y.b, z.b)};
}
inline Vec minus_fma(Vec x, Vec y, Vec z) {
  return {_mm512_fnmadd_pd(x.a, y.a, z.a), _mm512_fnmadd_pd(x.b, y.b, z.b)};
}
inline Vec fma_minus(Vec x, Vec y, Vec z) {
  return {_mm512_fmsub_pd(x.a, y.a, z.a), _mm512_fmsub_pd(x.b, y.b, z.b)};
}
inline Vec float_inverse(Vec d) {
  const __m256 one = _mm256_set1_ps(1.0F);
  return {_mm512_cvtps_pd(_mm256_div_ps(one, _mm512_cvtpd_ps(d.a))),
          _mm512_cvtps_pd(_mm256_div_ps(one, _mm512_cvtpd_ps(d.b)))};
}
inline Vec sqrt(Vec x) { return {_mm512_sqrt_pd(x.a), _mm512_sqrt_pd(x.b)}; }
inline Vec min(Vec x, Vec y) { return {_mm512_min_pd(x.a, y.a), _mm512_min_pd(x.b, y.b)}; }
inline Vec max(Vec x, Vec y) { return {_mm512_max_pd(x.a, y.a), _mm512_max_pd(x.b, y.b)}; }
template <int predicate>
inline Mask compare(Vec x, Vec y) {
  return {_mm512_cmp_pd_mask(x.a, y.a, predicate), _mm512_cmp_pd_mask(x.b, y.b, predicate)};
}
inline Mask operator<(Vec x, Vec y) { return compare<_CMP_LT_OQ>(x, y); }
inline Mask operator<=(Vec x, Vec y) { return compare<_CMP_LE_OQ>(x, y); }
inline Mask operator==(Vec x, Vec y) { return compare<_CMP_EQ_OQ>(x, y); }
inline Mask not_less(Vec x, Vec y) { return compare<_CMP_NLT_UQ>(x, y); }
inline Vec select(Mask m, Vec x, Vec y) {
  return {_mm512_mask_blend_pd(m.a, y.a, x.a), _mm512_mask_blend_pd(m.b, y.b, x.b)};
}
inline Ints bits(Vec x) { return {_mm512_castpd_si512(x.a), _mm512_castpd_si512(x.b)}; }
inline Vec from_bits(Ints x) { return {_mm512_castsi512_pd(x.a), _mm512_castsi512_pd(x.b)}; }

constexpr double kRounder = 0x1.8p52;

inline Vec power_of_two(Vec rounded) { return from_bits(shift_left<52>(bits(rounded) + Ints::set(1023))); }
inline Vec scale(Vec x, Vec k) { return {_mm512_scalef_pd(x.a, k.a), _mm512_scalef_pd(x.b, k.b)}; }

}  // namespace
