// A matrix, or its transpose, times several vectors side by side, without a copy of the matrix.
//
//   add_product({n, n, u.data(), n, 1}, count, x.data(), y.data(), executor);     // y += U x, y and x n x count
//   add_product({n, n, u.data(), 1, n}, count, x.data(), y.data(), executor);     // y += U' x
//
// f64; the same bytes for any number of workers.
#pragma once

#include <cstddef>

#include "ansatz/num/executor.hpp"

namespace ansatz {

// Element (i, k) lies at data[i * row_step + k * depth_step]; one of the steps is 1.
struct Factor {
  std::size_t rows, depth;
  const double* data;
  std::size_t row_step, depth_step;
};

// y(i, c) += sum over k of a(i, k) x(k, c).  `x` is depth x count, `y` rows x count, both row-major and apart from each
// other and from a.
void add_product(const Factor& a, std::size_t count, const double* x, double* y, Executor& executor);

}  // namespace ansatz
