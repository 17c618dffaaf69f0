// Kernel functions and their matrices.
//
//   Kernel kernel{.function = KernelFunction::gaussian, .length = {0.5}};
//   KernelPoints<double> points{kernel, RowsOf<double>{x.data(), n, d}};
//   points.gram(k.data(), n, executor);                                    // K(i, j) for j <= i
//
//   gaussian             amplitude exp(-|x - y|^2 / (2 l^2))
//   laplacian, norm l1   amplitude exp(-sum_j |x_j - y_j| / l)
//   laplacian, norm l2   amplitude exp(-|x - y| / l)
//   matern               t = sqrt(2 smoothness) |x - y| / l; amplitude times e^-t for smoothness 1/2,
//                        (1 + t) e^-t for 3/2, (1 + t + t^2 / 3) e^-t for 5/2
//   rational-quadratic   amplitude (1 + |x - y|^2 / (2 mixture l^2))^-mixture
//   chi2                 amplitude exp(-(1/l) sum_j (x_j - y_j)^2 / (x_j + y_j)), x >= 0 and 0/0 = 0
//   polynomial           amplitude (slope x.y + offset)^degree
//   linear               amplitude x.y
//   cosine               amplitude x.y / (|x| |y|), x and y not 0
//   sigmoid              amplitude tanh(slope x.y + offset), which is not positive semidefinite
//
// A length l divides a distance, never a square; one length for each column divides the columns first.
//
// Distances come from |x|^2 + |y|^2 - 2 x.y after the columns' means are taken off, never below 0, and pairs
// closer than 1e-2 of their norms are computed again from the differences; k(x, x) is the amplitude exactly.
//
// In f32, points of bytes (RowsOf<std::uint8_t>) with one length, or of a kernel of x.y, are multiplied as
// whole numbers: every |x - y|^2 and x.y is exact before the kernel function is applied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ansatz/num/executor.hpp"
#include "ansatz/num/large_buffer.hpp"
#include "ansatz/num/rows.hpp"

namespace ansatz {

enum class KernelFunction {
  gaussian,
  laplacian,
  matern,
  rational_quadratic,
  chi2,
  polynomial,
  linear,
  cosine,
  sigmoid
};
enum class KernelNorm { l1, l2 };
// Their words as parameters.
constexpr auto choices(KernelFunction) {
  return std::array{"gaussian", "laplacian", "matern", "rational-quadratic", "chi2", "polynomial",
                    "linear",   "cosine",    "sigmoid"};
}
constexpr auto choices(KernelNorm) { return std::array{"l1", "l2"}; }

struct Kernel {
  KernelFunction function = KernelFunction::gaussian;
  KernelNorm norm = KernelNorm::l1;  // of laplacian
  double amplitude = 1;
  std::vector<double> length{1};  // one, or one a column; of kernels that use a length
  double slope = 1, offset = 1;   // of polynomial and sigmoid
  int degree = 3;                 // of polynomial
  double smoothness = 1.5;        // of matern: 0.5, 1.5 or 2.5
  double mixture = 1;             // of rational-quadratic, above 0

  // It depends on x - y alone.
  [[nodiscard]] bool stationary() const {
    return function == KernelFunction::gaussian || function == KernelFunction::laplacian ||
           function == KernelFunction::matern || function == KernelFunction::rational_quadratic;
  }
  // A function of a distance over `length`; k(x, x) is the amplitude.
  [[nodiscard]] bool uses_length() const { return stationary() || function == KernelFunction::chi2; }
  // Its distance is the euclidean one.
  [[nodiscard]] bool euclidean() const {
    return stationary() && (function != KernelFunction::laplacian || norm == KernelNorm::l2);
  }
  // k(x, x) is the amplitude for every x.
  [[nodiscard]] bool constant_diagonal() const { return uses_length() || function == KernelFunction::cosine; }
  // With its norm: "gaussian", "laplacian[l1]".
  [[nodiscard]] std::string name() const;
  // Sets function and norm; throws BadArgument for an unknown name.
  void set_name(std::string_view name);
};

// Throws BadArgument where the kernel has no value: a negative element with chi2, a row of zeros with cosine.
// `first` is the number of the first row in the array that the text speaks of ("kernel-ridge.fit: x").
void check_rows(const Kernel& kernel, const Rows& rows, std::size_t first, std::string_view where);

// Points packed for products with other points.  Immutable after construction; copies nothing lazily, so any
// thread may use it.  T is the type in which kernels are computed.
template <class T>
class KernelPoints {
 public:
  // Rows and columns of a block() must start at a multiple of this.
  static constexpr std::size_t block_alignment = 240;

  // Throws BadArgument if there are no points or columns, if the number of lengths is neither 1 nor that of
  // the columns, if smoothness or mixture have no meaning, and as check_rows().
  KernelPoints(Kernel kernel, const Rows& points);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t columns() const { return means_.size(); }
  [[nodiscard]] const Kernel& kernel() const { return kernel_; }

  // Lower triangle, diagonal included, of K(i, j) = k(x_i, x_j); `k` is row-major.  Elements above the
  // diagonal may be overwritten.
  void gram(T* k, std::size_t stride, Executor& executor) const;
  // The same of the distances that a kernel with a length is a function of: r1, r2 or the sum of chi2 over
  // the length.
  void distances(T* r, std::size_t stride, Executor& executor) const;

  // y(i, c) = sum over j of k(query_i, x_j) coefficients(c, j); coefficients are count x size(), y is
  // queries x count, both row-major.  An element of y depends on its own query alone, to the bit.
  void apply(const Rows& queries, std::size_t count, const T* coefficients, T* y, Executor& executor) const;

  // k(i, j) = k(query_i, x_j), queries x size(), row-major.
  void cross(const Rows& queries, T* k, std::size_t stride, Executor& executor) const;

  // k(x_i, x_i).
  [[nodiscard]] T diagonal(std::size_t i) const;

  // For products without a stored matrix (kernel_operator.hpp): one block of K, and the packed form of its
  // columns that blocks of the same columns share.
  class Columns {
   public:
    Columns() = default;

   private:
    friend class KernelPoints;
    // One of the two forms, with what the rows themselves contribute: squared norms, or whole numbers.
    LargeBuffer<T> data_;
    std::vector<T> norms_;
    LargeBuffer<std::uint8_t> bytes_;
    std::vector<std::int32_t> terms_;
    std::size_t first_ = 0, count_ = 0;
  };
  // At most block_alignment columns.
  void pack_columns(std::size_t first, std::size_t count, Columns& columns) const;
  // c(i, j) = k(x_(first_row + i), x_(first column + j)); at most block_alignment rows.
  void block(std::size_t first_row, std::size_t rows, const Columns& columns, T* c, std::size_t stride) const;

 private:
  enum class Value { kernel, distance };
  enum class Side { left, right };
  using Operand = Columns;

  [[nodiscard]] bool whole_numbers(const Rows& points) const;
  [[nodiscard]] std::size_t width(Side side) const;  // of a packed panel
  [[nodiscard]] std::size_t depth() const;           // of a packed row, in elements or bytes
  void pack(const Rows& points, std::size_t first, std::size_t count, Side side, Operand& target) const;
  void pack_numbers(const Rows& points, std::size_t first, std::size_t count, std::size_t width, T* data,
                    T* norms) const;
  void pack_bytes(const RowsOf<std::uint8_t>& points, std::size_t first, std::size_t count, Side side,
                  Operand& target) const;
  // What y contributes to a sum over whole numbers, from |y|^2 and the sum of its elements.
  [[nodiscard]] std::int32_t right_term(std::int32_t norm, std::int32_t sum) const;
  void check_queries(const Rows& queries) const;
  // With the values of the points as T instead of bytes.
  [[nodiscard]] KernelPoints with_numbers() const;
  void lower_tiles(Value value, T* target, std::size_t stride, Executor& executor) const;
  void set_diagonal(Value value, std::size_t first, std::size_t count, T* c, std::size_t stride) const;
  // c(i, j) for rows [i0, i0 + rows) of a and [j0, j0 + columns) of b; i0 and j0 begin panels.
  void tile(Value value, const Operand& a, std::size_t i0, std::size_t rows, const Operand& b, std::size_t j0,
            std::size_t columns, T* c, std::size_t stride) const;
  void sum_tile(const Operand& a, std::size_t i0, std::size_t rows, const Operand& b, std::size_t j0,
                std::size_t columns, T* c, std::size_t stride) const;
  void sum_bytes(const Operand& a, std::size_t i0, std::size_t rows, const Operand& b, std::size_t j0,
                 std::size_t columns, T* c, std::size_t stride) const;
  void recompute_close(const Operand& a, std::size_t i, const Operand& b, std::size_t j0, std::size_t columns,
                       T* row) const;

  Kernel kernel_;
  std::size_t size_ = 0;
  bool bytes_ = false;
  std::vector<double> means_, factors_;    // a column is (x - mean) * factor
  Operand left_;                           // all points
  std::vector<std::int32_t> right_terms_;  // of all points, where they are bytes
};

extern template class KernelPoints<double>;
extern template class KernelPoints<float>;

// Median of the distances r between pairs of rows in the kernel's own norm, length apart: the mean of the two
// middle ones of an even number.  0 if fewer than two rows.
[[nodiscard]] double median_distance(const Kernel& kernel, const Rows& rows, Executor& executor);

}  // namespace ansatz
