// The inner loops of kernels and Cholesky for one element type and one instruction set, and which of them
// this machine runs.
//
// Both operands of a tile product are packed into panels: element (row i, depth k) of a matrix packed with
// width w lies at (i / w) * stride + k * w + i % w, so that the loops below read memory in order.  Rows that
// fill up the last panel are zero.
//
// With FMA every element of a product is one chain of fused multiply-adds over `depth`, so that AVX2 and
// AVX-512 give the same bits, and an element does not depend on what else is in its tile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ansatz::detail {

enum class Store { assign, add, subtract };

// c(i, j) <store> sum over k of op(a(i, k), b(j, k)) for i < rows, j < columns, k < depth.
template <class T>
struct TileJob {
  std::size_t rows, columns, depth;
  const T* a;  // packed with width TileKernel::rows
  std::size_t a_stride;
  const T* b;  // packed with width TileKernel::columns
  std::size_t b_stride;
  T* c;
  std::size_t c_stride;  // between rows of c
  Store store;
};

// c(i, j) = sum over k < depth of a[i * a_row + k * a_depth] b[k * b_stride + j], for j < width.  `a` is as
// it lies in memory, a matrix or its transpose; `width` is at most TileKernel::columns and a multiple of
// `lanes`.  Meanwhile memory at `ahead` comes closer, 16 bytes for each step in depth of a tile of rows: what a later
// product reads; null: nothing does.
template <class T>
struct NarrowJob {
  std::size_t rows, width, depth;
  const T* a;
  std::size_t a_row, a_depth;
  const T* b;
  std::size_t b_stride;
  T* c;
  std::size_t c_stride;
  const void* ahead = nullptr;
};

// Products with 1 to `most` vectors, k as it lies in memory, in f64:
//
//   across: sums(i, c) += sum over j of k(i, j) factors(c, j)    down: sums(c, j) += sum over i of k(i, j) factors(i, c)
//
// The numbers of a row i lie side by side, the vectors c, j are `vector_stride` apart.  An element does not depend on how
// many rows a job has, and all instruction sets give the same bits.
template <class T>
struct FewJob {
  static constexpr std::size_t most = 4;

  std::size_t rows, columns, count;
  const T* k;
  std::size_t stride;  // between rows of k
  const double* factors;
  double* sums;
  std::size_t vector_stride;
};

// Both products of a tile of 16-bit numbers, read once, with groups of ten vectors:
//
//   across(i, c) = sum over j of k(i, j) over_columns(c, j)     down(c, j) = sum over i of k(i, j) over_rows(i, c)
//
// `over_rows` and `across` hold the ten numbers of a row side by side, group after group `group` apart; `over_columns` and
// `down` are vectors one after the other, and zeros follow `over_columns` up to a multiple of `lanes`.
template <class T>
struct FixedJob {
  static constexpr std::size_t width = 10, most_columns = 240, strip = 8;

  std::size_t rows, columns;  // columns at most most_columns
  const std::uint16_t* k;
  std::size_t stride;  // between rows of k
  std::size_t groups;
  const T* over_rows;
  std::size_t over_rows_group;
  const T* over_columns;
  std::size_t over_columns_stride;
  T* across;          // a group is most_columns * width
  T* down;            // vectors of most_columns; null: not wanted
  const void* ahead;  // as in NarrowJob: comes closer meanwhile, 480 bytes for each row
};

template <class T>
struct TileKernel {
  const char* name;
  bool (*supported)();
  std::size_t rows, columns;            // of a register tile
  void (*product)(const TileJob<T>&);   // op(a, b) = a b
  void (*absolute)(const TileJob<T>&);  // op(a, b) = |a - b|
  // op(a, b) = (a - b)^2 / (a + b), 0 where both are 0; a, b >= 0.
  void (*chi_square)(const TileJob<T>&);
  std::size_t lanes;  // of a vector
  void (*narrow)(const NarrowJob<T>&);
  void (*across)(const FewJob<T>&);
  void (*down)(const FewJob<T>&);
  void (*fixed)(const FixedJob<T>&);
  // values = e^(factor values) for arguments of at most 0; below e^-87 it is 0.  To 2 units of the last place
  // in f32; f64 has none (null) and takes vec::exp.
  void (*decay)(std::size_t n, T factor, T* values);
  // To the nearest whole number of steps; values times scale lie in [0, 65535].
  void (*to_fixed)(std::size_t n, T scale, const T* values, std::uint16_t* fixed);
  void (*widen)(std::size_t n, const T* values, double* wide);       // to f64
  void (*accumulate)(std::size_t n, const T* values, double* sums);  // sums += values
  T (*dot)(std::size_t n, const T* a, const T* b);
  void (*subtract)(std::size_t n, T factor, const T* x, T* y);  // y -= factor x
  // products[j] becomes max(0, norm + norms[j] - 2 products[j]).  True if one of them is below
  // `close` (norm + norms[j]): it has lost digits to cancellation.
  bool (*distances)(std::size_t n, T norm, const T* norms, T close, T* products);
  // x (w rows by n, packed with width w = columns) becomes the solution of X L' = X for the n x n lower
  // triangle `l`; `packed` has the rows of l packed with width `rows` and stride n * rows, zeros above the
  // diagonal.
  void (*solve)(std::size_t n, const T* l, std::size_t l_stride, const T* packed, T* x);
};

// Best first; the last runs on any x86-64.
template <class T>
[[nodiscard]] std::span<const TileKernel<T>* const> tile_kernels();
// The best that this CPU and operating system support.
template <class T>
[[nodiscard]] const TileKernel<T>& best_tile_kernel();

// Pack `count` rows of `depth` elements, `stride` apart, in panels of `width` rows; zeros fill up the last.
template <class T>
void pack_rows(std::size_t count, std::size_t depth, const T* source, std::size_t stride, std::size_t width,
               T* target);

[[nodiscard]] constexpr std::size_t round_up(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

extern const TileKernel<double> tile_kernel_avx512_f64, tile_kernel_avx2_f64, tile_kernel_baseline_f64;
extern const TileKernel<float> tile_kernel_avx512_f32, tile_kernel_avx2_f32, tile_kernel_baseline_f32;

}  // namespace ansatz::detail
