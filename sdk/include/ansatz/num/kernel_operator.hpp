// The product of a kernel matrix with a block of vectors, without the matrix or with half of it stored.
//
//   const KernelPoints<float> points{kernel, rows};
//   KernelOperator<float> k{points, KernelStorage::none};
//   k.apply(count, v.data(), y.data(), executor);                 // y = K v, both n x count, row-major f64
//
// K is symmetric: half of its tiles are visited, and each serves both sides while it is in the cache.  Tiles
// are of type T and are multiplied with v rounded to T; sums over tiles are in f64.  The same bits for any
// number of workers, and the same whether tiles are stored or computed again: tiles that write to the same
// rows are visited one after the other, in the rounds of a tournament, in which no two tasks of a round share
// rows.
//
// fixed16 keeps each element as a 16-bit number in steps of amplitude / 65535, for kernels whose values lie
// in [0, amplitude]: the product is then exactly that of a matrix whose elements are off by at most half a
// step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ansatz/num/kernel.hpp"
#include "ansatz/num/large_buffer.hpp"

namespace ansatz {

enum class KernelStorage { none, full, fixed16 };

template <class T>
class KernelOperator {
 public:
  // The points must outlive the operator.  Throws BadArgument if fixed16 does not fit the kernel,
  // std::bad_alloc.
  KernelOperator(const KernelPoints<T>& points, KernelStorage storage);

  // Bytes that n points take up.
  [[nodiscard]] static std::uint64_t bytes(std::size_t n, KernelStorage storage);

  [[nodiscard]] std::size_t size() const { return points_.size(); }
  // y = K v.  The first call fills the storage.  One call at a time.
  void apply(std::size_t count, const double* v, double* y, Executor& executor);

  // Columns `chosen` of K as rows: k(t, i) = K(i, chosen[t]), stored elements where there are any.
  void columns(const std::vector<std::size_t>& chosen, T* k, std::size_t stride, Executor& executor);

 private:
  struct Scratch;
  [[nodiscard]] const T* tile(std::size_t row, std::size_t column, Scratch& own);
  // Blocks of tiles in the rounds of the tournament: visit(block row, block column, worker).
  template <class Visit>
  void each_pair(Executor& executor, const Visit& visit) const;
  // The tiles of a pair of blocks, and where the next one is stored: visit(row, column, ahead).
  template <class Visit>
  void each_tile(std::size_t block_row, std::size_t block_column, const Visit& visit) const;
  void multiply_pair(std::size_t block_row, std::size_t block_column, std::size_t count, std::size_t width,
                     const T* v, double* y, Scratch& own);
  void add_product(std::size_t rows, std::size_t depth, const T* tile, std::size_t row_step,
                   std::size_t depth_step, std::size_t count, std::size_t width, const T* v, double* y,
                   const std::byte* ahead, Scratch& own) const;
  [[nodiscard]] const std::byte* stored_at(std::size_t row, std::size_t column) const;
  void apply_fixed(std::size_t count, const double* v, double* y, Executor& executor);
  void fill(Executor& executor);

  const KernelPoints<T>& points_;
  KernelStorage storage_;
  std::size_t tiles_, tiles_in_block_;
  bool filled_ = false;
  LargeBuffer<T> full_;
  LargeBuffer<std::uint16_t> fixed_;
};

extern template class KernelOperator<double>;
extern template class KernelOperator<float>;

}  // namespace ansatz
