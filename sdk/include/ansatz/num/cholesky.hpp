// Cholesky factor A = L L' of a symmetric positive definite matrix, in place, blocked and parallel, and
// solving with it.
//
//   if (const auto row = cholesky(n, a.data(), n, executor)) { ... not positive definite ... }
//   cholesky_solve(n, a.data(), n, 2, b.data(), executor);     // two right-hand sides, each contiguous
//
// Right-looking blocks of columns (Golub and Van Loan 2013, section 4.2.9).  The same bits for any number of
// workers, and on any CPU with FMA and AVX2.
#pragma once

#include <cstddef>
#include <optional>

#include "ansatz/num/executor.hpp"

namespace ansatz {

// `a` is n x n, row-major with `stride` elements between rows; its lower triangle is read and replaced by L,
// its upper triangle is scratch.  Returns the first row whose pivot is not positive to working precision (at
// most 4 sqrt(n) epsilon times its diagonal element, or NaN); `a` then holds no factor.
template <class T>
[[nodiscard]] std::optional<std::size_t> cholesky(std::size_t n, T* a, std::size_t stride,
                                                  Executor& executor);

// Replace each of `count` right-hand sides b (n contiguous elements each, one after the other) by the
// solution of L L' x = b.
template <class T>
void cholesky_solve(std::size_t n, const T* l, std::size_t stride, std::size_t count, T* b,
                    Executor& executor);

// The two halves of that: L x = b, and L' x = b.
template <class T>
void solve_lower(std::size_t n, const T* l, std::size_t stride, std::size_t count, T* b, Executor& executor);
template <class T>
void solve_lower_transposed(std::size_t n, const T* l, std::size_t stride, std::size_t count, T* b,
                            Executor& executor);

// L x = b for many vectors, each of which ends in the same bytes whatever the others are: many times faster from some
// dozens on, and not the bytes of solve_lower.
template <class T>
void solve_lower_rows(std::size_t n, const T* l, std::size_t stride, std::size_t count, T* b,
                      Executor& executor);

// The diagonal of A^-1 = L'^-1 L^-1, n elements, for as many operations as the factorisation took twice.
template <class T>
void cholesky_inverse_diagonal(std::size_t n, const T* l, std::size_t stride, double* diagonal,
                               Executor& executor);

}  // namespace ansatz
