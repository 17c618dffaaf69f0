#include <immintrin.h>

#include "byte_kernel.hpp"

#define ANSATZ_TARGET __attribute__((target("avx2,fma")))

namespace ansatz::detail {
namespace {

#if defined(__clang__)
#define ANSATZ_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ANSATZ_UNROLL _Pragma("GCC unroll 32")
#endif

// Bytes 0 and 2, and bytes 1 and 3, of each group as pairs of 16-bit numbers: their products never saturate,
// as those of bytes would.
struct V {
  static constexpr std::size_t lanes = 8, rows = 2, vectors = 3;

  ANSATZ_TARGET static void register_tile(std::size_t groups, const std::uint8_t* a, const std::uint8_t* b,
                                          float* c, std::size_t stride) {
    __m256i sum[rows][vectors];
    const __m256i low = _mm256_set1_epi16(0xff);
    ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
      ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) sum[i][v] = _mm256_setzero_si256();
    }
    for (std::size_t k = 0; k < groups; ++k, a += 4 * rows, b += 4 * vectors * lanes) {
      __m256i even[vectors], odd[vectors];
      ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
        const __m256i right = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + 4 * v * lanes));
        even[v] = _mm256_and_si256(right, low);
        odd[v] = _mm256_srli_epi16(right, 8);
      }
      ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
        std::int32_t four;
        __builtin_memcpy(&four, a + 4 * i, sizeof four);
        const __m256i left = _mm256_set1_epi32(four);
        const __m256i left_even = _mm256_srai_epi16(_mm256_slli_epi16(left, 8), 8);
        const __m256i left_odd = _mm256_srai_epi16(left, 8);
        ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
          const __m256i pairs =
              _mm256_add_epi32(_mm256_madd_epi16(left_even, even[v]), _mm256_madd_epi16(left_odd, odd[v]));
          sum[i][v] = _mm256_add_epi32(sum[i][v], pairs);
        }
      }
    }
    ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
      ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(c + i * stride + v * lanes), sum[i][v]);
      }
    }
  }
};

#include "byte_kernel.inl"

bool supported() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

}  // namespace

constinit const ByteKernel byte_kernel_avx2 = make_byte_kernel("avx2", &supported);

}  // namespace ansatz::detail
