#include <emmintrin.h>

#include "tile_kernel.hpp"

#define ANSATZ_TARGET
#define ANSATZ_FMA(a, b, c) ((a) * (b) + (c))
#define ANSATZ_OPERATION ANSATZ_TARGET __attribute__((always_inline)) static inline

namespace ansatz::detail {
namespace {

struct V64 {
  using T = double;
  using Vector = __m128d;
  static constexpr std::size_t lanes = 2, rows = 4, vectors = 2;
  ANSATZ_OPERATION Vector zero() { return _mm_setzero_pd(); }
  ANSATZ_OPERATION Vector broadcast(T x) { return _mm_set1_pd(x); }
  ANSATZ_OPERATION Vector load(const T* p) { return _mm_loadu_pd(p); }
  ANSATZ_OPERATION void store(T* p, Vector x) { _mm_storeu_pd(p, x); }
  ANSATZ_OPERATION Vector add(Vector a, Vector b) { return _mm_add_pd(a, b); }
  ANSATZ_OPERATION Vector subtract(Vector a, Vector b) { return _mm_sub_pd(a, b); }
  ANSATZ_OPERATION Vector multiply(Vector a, Vector b) { return _mm_mul_pd(a, b); }
  ANSATZ_OPERATION Vector divide(Vector a, Vector b) { return _mm_div_pd(a, b); }
  ANSATZ_OPERATION Vector multiply_add(Vector a, Vector b, Vector c) {
    return _mm_add_pd(_mm_mul_pd(a, b), c);
  }
  ANSATZ_OPERATION Vector magnitude(Vector a) { return _mm_andnot_pd(_mm_set1_pd(-0.0), a); }
  ANSATZ_OPERATION Vector larger(Vector a, Vector b) { return _mm_max_pd(a, b); }
  ANSATZ_OPERATION Vector smaller(Vector a, Vector b) { return _mm_min_pd(a, b); }
};

struct V32 {
  using T = float;
  using Vector = __m128;
  static constexpr std::size_t lanes = 4, rows = 4, vectors = 2;
  ANSATZ_OPERATION Vector zero() { return _mm_setzero_ps(); }
  ANSATZ_OPERATION Vector broadcast(T x) { return _mm_set1_ps(x); }
  ANSATZ_OPERATION Vector load(const T* p) { return _mm_loadu_ps(p); }
  ANSATZ_OPERATION void store(T* p, Vector x) { _mm_storeu_ps(p, x); }
  ANSATZ_OPERATION Vector add(Vector a, Vector b) { return _mm_add_ps(a, b); }
  ANSATZ_OPERATION Vector subtract(Vector a, Vector b) { return _mm_sub_ps(a, b); }
  ANSATZ_OPERATION Vector multiply(Vector a, Vector b) { return _mm_mul_ps(a, b); }
  ANSATZ_OPERATION Vector divide(Vector a, Vector b) { return _mm_div_ps(a, b); }
  ANSATZ_OPERATION Vector multiply_add(Vector a, Vector b, Vector c) {
    return _mm_add_ps(_mm_mul_ps(a, b), c);
  }
  ANSATZ_OPERATION Vector magnitude(Vector a) { return _mm_andnot_ps(_mm_set1_ps(-0.0F), a); }
  ANSATZ_OPERATION Vector larger(Vector a, Vector b) { return _mm_max_ps(a, b); }
  ANSATZ_OPERATION Vector smaller(Vector a, Vector b) { return _mm_min_ps(a, b); }
};

#include "tile_kernel.inl"

bool supported() { return true; }

}  // namespace

constinit const TileKernel<double> tile_kernel_baseline_f64 = make_kernel<V64>("baseline", &supported);
constinit const TileKernel<float> tile_kernel_baseline_f32 = make_kernel<V32>("baseline", &supported);

}  // namespace ansatz::detail
