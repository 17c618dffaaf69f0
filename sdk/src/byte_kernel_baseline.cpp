#include <algorithm>
#include <array>

#include "byte_kernel.hpp"

#define ANSATZ_TARGET

namespace ansatz::detail {
namespace {

struct V {
  static constexpr std::size_t lanes = 4, rows = 4, vectors = 2;

  static void register_tile(std::size_t groups, const std::uint8_t* a, const std::uint8_t* b, float* c,
                            std::size_t stride) {
    std::int32_t sum[rows][vectors * lanes] = {};
    for (std::size_t k = 0; k < groups; ++k, a += 4 * rows, b += 4 * vectors * lanes) {
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < vectors * lanes; ++j) {
          for (std::size_t byte = 0; byte < 4; ++byte) {
            sum[i][j] += static_cast<std::int8_t>(a[4 * i + byte]) * std::int32_t{b[4 * j + byte]};
          }
        }
      }
    }
    for (std::size_t i = 0; i < rows; ++i) __builtin_memcpy(c + i * stride, sum[i], sizeof sum[i]);
  }
};

#include "byte_kernel.inl"

bool supported() { return true; }

}  // namespace

constinit const ByteKernel byte_kernel_baseline = make_byte_kernel("baseline", &supported);

std::span<const ByteKernel* const> byte_kernels() {
  static constexpr std::array all{&byte_kernel_vnni, &byte_kernel_avx2, &byte_kernel_baseline};
  return all;
}

const ByteKernel& best_byte_kernel() {
  static const ByteKernel& best =
      **std::find_if(byte_kernels().begin(), byte_kernels().end(),
                     [](const ByteKernel* kernel) { return kernel->supported(); });
  return best;
}

}  // namespace ansatz::detail
