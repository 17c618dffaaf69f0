// Sums of outer products: G += Z' W Z over rows of Z that come in blocks, so that Z need not fit in memory.
//
//   std::vector<double> gram(q * q);                                  // the lower triangle is filled
//   add_gram(z.rows, q, z.data, q, weights, gram.data(), q, executor);
//   add_triangular_gram(n, l, stride, factor, gram.data(), n, executor);     // G += factor L'L
//
// f64; the same bytes for any number of workers.
#pragma once

#include <cstddef>

#include "ansatz/num/executor.hpp"

namespace ansatz {

// `z` is rows x q, row-major with `stride` elements between rows; weights are one a row, or null for 1.  The
// lower triangle of `gram` (q x q) is added to, its upper one is scratch.
void add_gram(std::size_t rows, std::size_t q, const double* z, std::size_t stride, const double* weights,
              double* gram, std::size_t gram_stride, Executor& executor);

// The same for the lower triangle of the n x n matrix `l`, for a third of the work; what is above its diagonal
// is not read.
void add_triangular_gram(std::size_t n, const double* l, std::size_t stride, double factor, double* gram,
                         std::size_t gram_stride, Executor& executor);

}  // namespace ansatz
