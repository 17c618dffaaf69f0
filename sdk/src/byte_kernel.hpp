// Inner products of bytes as exact integers, for each instruction set, and which of them this machine runs.
//
// Operands are packed in panels like those of tile_kernel.hpp, but four bytes of a row at a time: byte k of
// row i of a matrix packed with width w lies at (i / w) * stride + (k / 4) * 4 w + (i % w) * 4 + k % 4.  The
// left operand holds x - 128 as signed bytes, the right one y as it is, which is what the instructions for
// dot products of bytes take:
//
//   x.y = sum_k (x_k - 128) y_k + 128 sum_k y_k
//
// and no sum is rounded or overflows while the rows have at most `most_columns` bytes.  Every instruction set
// gives the same integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ansatz::detail {

// |x - y|^2 <= 65025 d and |x|^2 + |y|^2 <= 2 * 65025 d are below 2^31.
constexpr std::size_t most_byte_columns = 16512;

struct ByteJob {
  std::size_t rows, columns, groups;  // groups of four bytes
  const std::uint8_t* a;              // packed with width ByteKernel::rows
  std::size_t a_stride;
  const std::uint8_t* b;  // packed with width ByteKernel::columns
  std::size_t b_stride;
  float* c;  // takes the bits of 32-bit integers
  std::size_t c_stride;
};

struct ByteKernel {
  const char* name;
  bool (*supported)();
  std::size_t rows, columns;  // of a register tile
  // The bits of c(i, j) become the integer sum over bytes of a(i) b(j).
  void (*product)(const ByteJob&);
  // From the bits of integers p to numbers: values[j] = scale (own + others[j] - 2 p[j]).
  void (*euclidean)(std::size_t n, std::int32_t own, const std::int32_t* others, float scale, float* values);
  // values[j] = p[j] + others[j].
  void (*inner)(std::size_t n, const std::int32_t* others, float* values);
};

// Best first; the last runs on any CPU.
[[nodiscard]] std::span<const ByteKernel* const> byte_kernels();
[[nodiscard]] const ByteKernel& best_byte_kernel();

extern const ByteKernel byte_kernel_vnni, byte_kernel_avx2, byte_kernel_baseline;

}  // namespace ansatz::detail
