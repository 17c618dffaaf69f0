// Eigenvalues and eigenvectors of a small dense symmetric matrix: up to a few hundred rows, no LAPACK.
//
//   std::vector<double> values(n), y = identity(n);
//   symmetric_eigen(n, a.data(), values.data(), n, y.data());       // a = y diag(values) y'
//   symmetric_eigen(n, a.data(), values.data(), 1, last.data());    // the vectors' last row alone: cheaper
//
// Householder's reduction to tridiagonal form and the implicit QL iteration (Golub and Van Loan 2013,
// sections 8.3.1 and 8.3.3).  One thread.  For large matrices
// link Ansatz::blas and see lapack_eigen.hpp.
#pragma once

#include <cstddef>

namespace ansatz {

// `a` is n x n, row-major, symmetric, and is destroyed.  `values` become its eigenvalues, descending; each of
// the `rows` rows of b (n long, contiguous) becomes b Y, where the columns of Y are orthonormal eigenvectors
// in the order of the values.  Throws NumericalError if an element is not finite.
void symmetric_eigen(std::size_t n, double* a, double* values, std::size_t rows, double* b);

}  // namespace ansatz
