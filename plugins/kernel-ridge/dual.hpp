// The exact solution in the dual: one Cholesky factorisation of G = K + penalty W^-1.
#pragma once

#include <ansatz/num/kernel.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ansatz::kernel_ridge {

struct DualProblem {
  std::vector<double> weights;  // positive, one a point
  double penalty;               // against the weighted sum of squared errors
  double penalty_unit;          // what the parameter is multiplied with to give `penalty`; for messages
  bool intercept;
  std::uint64_t memory;  // bytes for the matrix
};

template <class T>
struct DualSolution {
  std::vector<T> coefficients;    // a, targets x points
  std::vector<double> intercept;  // b, one a target; 0 without
};

// Minimise sum_i w_i (y_i - f(x_i) - b)^2 + penalty |f|_H^2 over f = sum_i a_i k(x_i, .) and b, for each row
// of y (targets x points): a = G^-1 (y - b), b = 1'G^-1 y / 1'G^-1 1 (Saunders, Gammerman and Vovk 1998).
// BadArgument if the matrix is larger than `memory`; NumericalError if G is not positive definite, with the
// smallest eigenvalue of K and the penalty it needs.
template <class T>
[[nodiscard]] DualSolution<T> solve_dual(const KernelPoints<T>& points, const DualProblem& problem,
                                         std::size_t targets, const double* y, Executor& executor);

}  // namespace ansatz::kernel_ridge
