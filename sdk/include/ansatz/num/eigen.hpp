// Eigen views of memory that someone else owns: spans, buffers, rows of an array.  Row-major, as all arrays
// of the boundary are.
//
//   std::vector<double> work(rows * columns);
//   auto w = matrix_view(std::span{work}, rows, columns);         // writes through to `work`
//   w.rowwise() -= as_row(std::span<const double>{means});
//   w.row(0) *= 2;
//
// A view neither copies nor owns; the memory must outlive it.  `aligned_view` promises 64-byte aligned memory
// (inputs, outputs and anything from a LargeBuffer): BadArgument if it is not.
//
// Header only, and no function of the SDK's library takes or returns an Eigen object: Eigen's templates are
// compiled for the instruction sets of whoever includes them.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "ansatz/num/error.hpp"

namespace ansatz {

namespace detail {

template <class T>
using RowMajor = Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T, class Plain>
using LikeConst = std::conditional_t<std::is_const_v<T>, const Plain, Plain>;

inline void check_view(std::size_t size, Eigen::Index rows, Eigen::Index columns) {
  if (rows >= 0 && columns >= 0 &&
      size == static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {
    return;
  }
  throw BadArgument("matrix_view: " + std::to_string(size) + " elements are not " + std::to_string(rows) +
                    " x " + std::to_string(columns));
}

}  // namespace detail

// Read-only for const T.
template <class T>
using MatrixView = Eigen::Map<detail::LikeConst<T, detail::RowMajor<T>>>;
template <class T>
using AlignedMatrixView = Eigen::Map<detail::LikeConst<T, detail::RowMajor<T>>, Eigen::Aligned64>;
template <class T>
using ColumnView = Eigen::Map<detail::LikeConst<T, Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, 1>>>;
template <class T>
using RowView = Eigen::Map<
    detail::LikeConst<T, Eigen::Matrix<std::remove_const_t<T>, 1, Eigen::Dynamic, Eigen::RowMajor>>>;

// values.size() must be rows * columns (BadArgument).
template <class T>
[[nodiscard]] MatrixView<T> matrix_view(std::span<T> values, Eigen::Index rows, Eigen::Index columns) {
  detail::check_view(values.size(), rows, columns);
  return {values.data(), rows, columns};
}

template <class T>
[[nodiscard]] AlignedMatrixView<T> aligned_view(std::span<T> values, Eigen::Index rows,
                                                Eigen::Index columns) {
  detail::check_view(values.size(), rows, columns);
  if (reinterpret_cast<std::uintptr_t>(values.data()) % 64 != 0) {
    throw BadArgument("aligned_view: the memory does not start at a multiple of 64 bytes; use matrix_view");
  }
  return {values.data(), rows, columns};
}

template <class T>
[[nodiscard]] ColumnView<T> as_column(std::span<T> values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}
template <class T>
[[nodiscard]] RowView<T> as_row(std::span<T> values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

// The elements of a dense Eigen object with contiguous storage, for the functions of vector_math.hpp.
template <class Derived>
[[nodiscard]] auto elements(Eigen::PlainObjectBase<Derived>& m) {
  return std::span{m.data(), static_cast<std::size_t>(m.size())};
}
template <class Derived>
[[nodiscard]] auto elements(const Eigen::PlainObjectBase<Derived>& m) {
  return std::span{m.data(), static_cast<std::size_t>(m.size())};
}

}  // namespace ansatz
