// Products with the kernel matrix K of many rows and few centres, block of rows by block of rows, so that
// neither the rows nor K need to fit in memory.
//
//   CrossOperator<float> k{centres, n, /*stored=*/false};
//   k.start(count, v.data());                              // one pass: v is centres x count
//   for (each block of rows)                               // s += K' g(K v)
//     k.block(first, rows, [&](std::size_t i, double* u) { u[0] *= weight[i]; }, s.data(), executor);
//
// K is of type T; everything else is f64.  Where the kernel matrix of the centres is nearly singular, v has large elements
// of both signs: rounded to f32 they would make K'K anything but positive definite, while an error of K that is the same
// in every product only makes it that of a slightly different kernel.  The same bytes for any number of workers, and
// whether K is stored or computed again, if a block holds the same rows in every pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "ansatz/num/kernel.hpp"
#include "ansatz/num/large_buffer.hpp"

namespace ansatz {

template <class T>
class CrossOperator {
 public:
  // What K' multiplies: u is K v at row number `row` (count numbers), to be replaced.  Called once a row, by
  // any thread.
  using Change = std::function<void(std::size_t row, double* u)>;

  // The centres must outlive the operator.  `rows`: how many there are in all.
  CrossOperator(const KernelPoints<T>& centres, std::size_t rows, bool stored);

  // Bytes of the matrix if it is stored.
  [[nodiscard]] static std::uint64_t bytes(std::size_t rows, std::size_t centres) {
    return static_cast<std::uint64_t>(rows) * centres * sizeof(T);
  }

  // Begin a pass.  `v` is centres x count, row-major; null: u starts at 0.
  void start(std::size_t count, const double* v);
  // Rows number `first` and following.  `sums` (centres x count) gets K' u added; null: it is not computed.
  // A pass that stores has all rows, in any order of blocks.
  void block(std::size_t first, const Rows& rows, const Change& change, double* sums, Executor& executor);
  // The pass is over: what was computed is stored.
  void finish() { filled_ = stored_; }

 private:
  struct Scratch {
    LargeBuffer<T> k;
    LargeBuffer<double> block, u, product;
  };
  // A block of K, `stride` apart, in f64.
  static const double* wide_block(const T* k, std::size_t m, std::size_t rows, std::size_t columns,
                                  Scratch& own, std::size_t& stride);
  void multiply(std::size_t rows, const T* k, double* u, Scratch& own) const;
  void multiply_transposed(std::size_t rows, const T* k, double* sums, Scratch& own) const;
  // sums = K' g(K v) of some rows, by copies in f64, or for few vectors in one reading of K.
  void many_products(std::size_t first, std::size_t rows, const T* k, const Change& change, double* sums,
                     Scratch& own) const;
  void few_products(std::size_t first, std::size_t rows, const T* k, const Change& change, double* sums,
                    Scratch& own) const;

  const KernelPoints<T>& centres_;
  std::size_t count_ = 0, width_ = 0;
  bool stored_, filled_ = false, multiplies_ = false;
  LargeBuffer<double> v_;
  LargeBuffer<T> k_;
  std::vector<Scratch> scratch_;  // one a worker
};

extern template class CrossOperator<double>;
extern template class CrossOperator<float>;

}  // namespace ansatz
