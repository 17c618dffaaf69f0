// All eigenvalues of a dense symmetric matrix through LAPACK, for plugins that link Ansatz::blas.
//
//   LargeBuffer<double> a(n * n);                         // lower triangle filled
//   const std::vector<double> values = lapack_eigen(n, a.data());         // a: row j is eigenvector j
//
// Divide and conquer (dsyevd).  One thread: the serial OpenBLAS starts none.  A header, so that the library
// of numerics needs no LAPACK.
#pragma once

#include <lapacke.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "ansatz/num/error.hpp"

namespace ansatz {

namespace detail {
inline void check_lapack(const char* routine, lapack_int status) {
  if (status == 0) return;
  throw NumericalError(std::string{routine} + " failed with status " + std::to_string(status) +
                       (status < 0 ? ": the matrix has elements that are not finite, or memory ran out"
                                   : ": it does not converge"));
}
}  // namespace detail

// `a` is n x n, row-major; its lower triangle is read.  Returns the eigenvalues, descending; row j of a
// becomes the eigenvector of value j, of unit norm.  Throws BadArgument for n > 32,766, where the length of
// dsyevd's workspace, 2 n^2 + 6 n + 1, no longer fits a lapack_int; NumericalError as LAPACK says.
inline std::vector<double> lapack_eigen(std::size_t n, double* a) {
  if (n == 0) return {};
  if (n > 32766) {
    throw BadArgument("all eigenvalues of " + std::to_string(n) +
                      " rows were asked for; dsyevd takes at most 32766");
  }
  std::vector<double> values(n);
  // The lower triangle by rows is the upper one by columns, and vectors come as columns, here rows.
  detail::check_lapack("dsyevd", LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', static_cast<lapack_int>(n), a,
                                                static_cast<lapack_int>(n), values.data()));
  std::reverse(values.begin(), values.end());
  for (std::size_t i = 0; i < n / 2; ++i) std::swap_ranges(a + i * n, a + (i + 1) * n, a + (n - 1 - i) * n);
  return values;
}

}  // namespace ansatz
