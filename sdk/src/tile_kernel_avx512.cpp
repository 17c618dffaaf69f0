#include <immintrin.h>

#include "tile_kernel.hpp"

#define ANSATZ_TARGET __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw")))
#define ANSATZ_FMA(a, b, c) __builtin_fmaf(a, b, c)
#define ANSATZ_OPERATION ANSATZ_TARGET __attribute__((always_inline)) static inline

namespace ansatz::detail {
namespace {

struct V64 {
  using T = double;
  using Vector = __m512d;
  static constexpr std::size_t lanes = 8, rows = 8, vectors = 3;
  ANSATZ_OPERATION Vector zero() { return _mm512_setzero_pd(); }
  ANSATZ_OPERATION Vector broadcast(T x) { return _mm512_set1_pd(x); }
  ANSATZ_OPERATION Vector load(const T* p) { return _mm512_loadu_pd(p); }
  ANSATZ_OPERATION void store(T* p, Vector x) { _mm512_storeu_pd(p, x); }
  ANSATZ_OPERATION Vector add(Vector a, Vector b) { return _mm512_add_pd(a, b); }
  ANSATZ_OPERATION Vector subtract(Vector a, Vector b) { return _mm512_sub_pd(a, b); }
  ANSATZ_OPERATION Vector multiply(Vector a, Vector b) { return _mm512_mul_pd(a, b); }
  ANSATZ_OPERATION Vector divide(Vector a, Vector b) { return _mm512_div_pd(a, b); }
  ANSATZ_OPERATION Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_pd(a, b, c); }
  ANSATZ_OPERATION Vector magnitude(Vector a) { return _mm512_andnot_pd(_mm512_set1_pd(-0.0), a); }
  ANSATZ_OPERATION Vector larger(Vector a, Vector b) { return _mm512_maskz_max_pd(0xFF, a, b); }
  ANSATZ_OPERATION Vector smaller(Vector a, Vector b) { return _mm512_maskz_min_pd(0xFF, a, b); }
};

struct V32 {
  using T = float;
  using Vector = __m512;
  static constexpr std::size_t lanes = 16, rows = 8, vectors = 3;
  ANSATZ_OPERATION Vector zero() { return _mm512_setzero_ps(); }
  ANSATZ_OPERATION Vector broadcast(T x) { return _mm512_set1_ps(x); }
  ANSATZ_OPERATION Vector load(const T* p) { return _mm512_loadu_ps(p); }
  ANSATZ_OPERATION void store(T* p, Vector x) { _mm512_storeu_ps(p, x); }
  ANSATZ_OPERATION Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  ANSATZ_OPERATION Vector subtract(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  ANSATZ_OPERATION Vector multiply(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
  ANSATZ_OPERATION Vector divide(Vector a, Vector b) { return _mm512_div_ps(a, b); }
  ANSATZ_OPERATION Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  ANSATZ_OPERATION Vector magnitude(Vector a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0F), a); }
  ANSATZ_OPERATION Vector larger(Vector a, Vector b) { return _mm512_maskz_max_ps(0xFFFF, a, b); }
  ANSATZ_OPERATION Vector smaller(Vector a, Vector b) { return _mm512_maskz_min_ps(0xFFFF, a, b); }
  // Halves of two vectors are added until a lane holds each sum.
  ANSATZ_OPERATION void sums_of_lanes(const Vector (&sums)[16], T* out) {
    Vector pairs[8], fours[4];
    for (int k = 0; k < 8; ++k) {
      pairs[k] = add(_mm512_maskz_unpacklo_ps(0xFFFF, sums[2 * k], sums[2 * k + 1]),
                     _mm512_maskz_unpackhi_ps(0xFFFF, sums[2 * k], sums[2 * k + 1]));
    }
    for (int k = 0; k < 4; ++k) {
      const __m512d a = _mm512_castps_pd(pairs[2 * k]), b = _mm512_castps_pd(pairs[2 * k + 1]);
      fours[k] = add(_mm512_castpd_ps(_mm512_maskz_unpacklo_pd(0xFF, a, b)),
                     _mm512_castpd_ps(_mm512_maskz_unpackhi_pd(0xFF, a, b)));
    }
    const Vector low = quarters(fours[0], fours[1]), high = quarters(fours[2], fours[3]);
    store(out, quarters(low, high));
  }
  // Quarters of a and b, neighbours added.
  ANSATZ_OPERATION Vector quarters(Vector a, Vector b) {
    return add(_mm512_maskz_shuffle_f32x4(0xFFFF, a, b, 0x88),
               _mm512_maskz_shuffle_f32x4(0xFFFF, a, b, 0xdd));
  }
};

#include "tile_kernel.inl"

bool supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("fma");
}

}  // namespace

constinit const TileKernel<double> tile_kernel_avx512_f64 = make_kernel<V64>("avx512", &supported);
constinit const TileKernel<float> tile_kernel_avx512_f32 = make_kernel<V32>("avx512", &supported);

}  // namespace ansatz::detail
