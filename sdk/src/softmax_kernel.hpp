// The loops over a tile of scores between the two matrix products of softmax_average.hpp, for one element type and one
// instruction set.  A tile is keys x width, a query a column: whatever is done to a query happens in its own lane.
#pragma once

#include <cstddef>
#include <string_view>

namespace ansatz::detail {

template <class T>
struct SoftmaxKernel {
  std::size_t lanes;  // widths are multiples of it
  // most[j] = the larger of most[j] and s(k, j) over all k.
  void (*largest)(std::size_t keys, std::size_t width, const T* s, T* most);
  // s(k, j) becomes e^(factor (s(k, j) - shift[j])), whose arguments are at most 0; sum[j] their sum over k.
  void (*exponentials)(std::size_t keys, std::size_t width, T factor, const T* shift, T* s, T* sum);
  // y(i, j) = scale[j] y(i, j) + added(i, j).
  void (*accumulate)(std::size_t rows, std::size_t width, const T* scale, const T* added, T* y);
  // s(k, j) becomes factor p(k, j) (s(k, j) - offset[j]), and 0 where p is.
  void (*derivatives)(std::size_t keys, std::size_t width, T factor, const T* p, const T* offset, T* s);
};

// That of an instruction set by its TileKernel::name.
template <class T>
[[nodiscard]] const SoftmaxKernel<T>& softmax_kernel(std::string_view name);

}  // namespace ansatz::detail
