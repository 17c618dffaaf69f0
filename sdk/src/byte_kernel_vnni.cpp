#include <immintrin.h>

#include "byte_kernel.hpp"

#define ANSATZ_TARGET __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw,avx512vnni")))

namespace ansatz::detail {
namespace {

#if defined(__clang__)
#define ANSATZ_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ANSATZ_UNROLL _Pragma("GCC unroll 32")
#endif

struct V {
  static constexpr std::size_t lanes = 16, rows = 8, vectors = 3;

  ANSATZ_TARGET static void register_tile(std::size_t groups, const std::uint8_t* a, const std::uint8_t* b,
                                          float* c, std::size_t stride) {
    __m512i sum[rows][vectors];
    ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
      ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) sum[i][v] = _mm512_setzero_si512();
    }
    for (std::size_t k = 0; k < groups; ++k, a += 4 * rows, b += 4 * vectors * lanes) {
      __m512i right[vectors];
      ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) right[v] =
          _mm512_loadu_si512(b + 4 * v * lanes);
      ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
        std::int32_t four;
        __builtin_memcpy(&four, a + 4 * i, sizeof four);
        const __m512i left = _mm512_set1_epi32(four);
        ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
          sum[i][v] = _mm512_dpbusd_epi32(sum[i][v], right[v], left);
        }
      }
    }
    ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
      ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
        _mm512_storeu_si512(c + i * stride + v * lanes, sum[i][v]);
      }
    }
  }
};

#include "byte_kernel.inl"

bool supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma");
}

}  // namespace

constinit const ByteKernel byte_kernel_vnni = make_byte_kernel("avx512-vnni", &supported);

}  // namespace ansatz::detail
