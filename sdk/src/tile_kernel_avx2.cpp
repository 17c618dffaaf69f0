#include <immintrin.h>

#include "tile_kernel.hpp"

#define ANSATZ_TARGET __attribute__((target("avx2,fma")))
#define ANSATZ_FMA(a, b, c) __builtin_fmaf(a, b, c)
#define ANSATZ_OPERATION ANSATZ_TARGET __attribute__((always_inline)) static inline

namespace ansatz::detail {
namespace {

struct V64 {
  using T = double;
  using Vector = __m256d;
  static constexpr std::size_t lanes = 4, rows = 4, vectors = 3;
  ANSATZ_OPERATION Vector zero() { return _mm256_setzero_pd(); }
  ANSATZ_OPERATION Vector broadcast(T x) { return _mm256_set1_pd(x); }
  ANSATZ_OPERATION Vector load(const T* p) { return _mm256_loadu_pd(p); }
  ANSATZ_OPERATION void store(T* p, Vector x) { _mm256_storeu_pd(p, x); }
  ANSATZ_OPERATION Vector add(Vector a, Vector b) { return _mm256_add_pd(a, b); }
  ANSATZ_OPERATION Vector subtract(Vector a, Vector b) { return _mm256_sub_pd(a, b); }
  ANSATZ_OPERATION Vector multiply(Vector a, Vector b) { return _mm256_mul_pd(a, b); }
  ANSATZ_OPERATION Vector divide(Vector a, Vector b) { return _mm256_div_pd(a, b); }
  ANSATZ_OPERATION Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_pd(a, b, c); }
  ANSATZ_OPERATION Vector magnitude(Vector a) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a); }
  ANSATZ_OPERATION Vector larger(Vector a, Vector b) { return _mm256_max_pd(a, b); }
  ANSATZ_OPERATION Vector smaller(Vector a, Vector b) { return _mm256_min_pd(a, b); }
};

struct V32 {
  using T = float;
  using Vector = __m256;
  static constexpr std::size_t lanes = 8, rows = 4, vectors = 3;
  ANSATZ_OPERATION Vector zero() { return _mm256_setzero_ps(); }
  ANSATZ_OPERATION Vector broadcast(T x) { return _mm256_set1_ps(x); }
  ANSATZ_OPERATION Vector load(const T* p) { return _mm256_loadu_ps(p); }
  ANSATZ_OPERATION void store(T* p, Vector x) { _mm256_storeu_ps(p, x); }
  ANSATZ_OPERATION Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  ANSATZ_OPERATION Vector subtract(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  ANSATZ_OPERATION Vector multiply(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
  ANSATZ_OPERATION Vector divide(Vector a, Vector b) { return _mm256_div_ps(a, b); }
  ANSATZ_OPERATION Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
  ANSATZ_OPERATION Vector magnitude(Vector a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), a); }
  ANSATZ_OPERATION Vector larger(Vector a, Vector b) { return _mm256_max_ps(a, b); }
  ANSATZ_OPERATION Vector smaller(Vector a, Vector b) { return _mm256_min_ps(a, b); }
};

#include "tile_kernel.inl"

bool supported() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

}  // namespace

constinit const TileKernel<double> tile_kernel_avx2_f64 = make_kernel<V64>("avx2", &supported);
constinit const TileKernel<float> tile_kernel_avx2_f32 = make_kernel<V32>("avx2", &supported);

}  // namespace ansatz::detail
