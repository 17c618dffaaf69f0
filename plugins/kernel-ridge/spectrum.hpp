// Extreme eigenvalues of a symmetric matrix that would not factor, to tell what penalty it needs.
#pragma once

#include <cstddef>
#include <vector>

namespace ansatz::kernel_ridge {

struct Extremes {
  double smallest = 0, largest = 0;
};

// Of D A D for the symmetric A whose lower triangle is given, D = diag(scale), by at most 100 steps of
// Lanczos with full reorthogonalisation (Golub and Van Loan 2013, section 10.3): exact to rounding for n <=
// 100, else the smallest is an upper estimate, the largest a lower one.
template <class T>
[[nodiscard]] Extremes extreme_eigenvalues(std::size_t n, const T* a, std::size_t stride,
                                           const std::vector<double>& scale);

}  // namespace ansatz::kernel_ridge
