// Products of a few long vectors, each contiguous: `count` x n, n up to millions, count up to hundreds.
//
// Work is cut into segments of the vectors that do not depend on the number of threads, and partial sums are
// added in order.
#pragma once

#include <cstddef>

#include "ansatz/num/executor.hpp"

namespace ansatz::detail {

// c(i, j) = a_i . b_j; c is a_count x b_count, row-major.
void inner_products(std::size_t n, std::size_t a_count, const double* a, std::size_t b_count, const double* b,
                    double* c, Executor& executor);
// y_j -= sum over i of h(i, j) a_i; h is a_count x y_count.  y must not overlap a.
void subtract_combinations(std::size_t n, std::size_t a_count, const double* a, const double* h,
                           std::size_t y_count, double* y, Executor& executor);
// y_j = sum over i of h(i, j) a_i; y may be a, if y_count <= a_count.
void combine(std::size_t n, std::size_t a_count, const double* a, const double* h, std::size_t y_count,
             double* y, Executor& executor);

}  // namespace ansatz::detail
