// The exact solution in the dual: one Cholesky factorisation of G = K + penalty W^-1.
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/symmetric_operator.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace ansatz::kernel_ridge {

struct DualProblem {
  std::vector<double> weights;  // positive, one a point
  double penalty;               // against the weighted sum of squared errors
  double penalty_unit;          // what the parameter is multiplied with to give `penalty`; for messages
  bool intercept;
  bool diagnostics;      // fill in Diagnostics
  std::uint64_t memory;  // bytes for the matrix
};

// Lower triangle of K into memory with `stride` elements between rows.
template <class T>
using Gram = std::function<void(T* k, std::size_t stride, Executor& executor)>;

// Equation numbers of Rasmussen and Williams 2006.  Q = G^-1, or with an intercept
// G^-1 - G^-1 1 1' G^-1 / 1' G^-1 1.
struct Diagnostics {
  std::vector<double> leave_one_out;  // a_i / Q_ii, targets x points: the residual of a fit without row i
  double degrees_of_freedom = 0;      // n - penalty sum Q_ii / w_i, the trace of the hat matrix
  std::vector<double> gcv;            // mean squared residual / (1 - df / n)^2, one a target
  // Log evidence, noise variance `penalty` (2.30), one a target; with an intercept that of the n - 1
  // contrasts.
  std::vector<double> log_evidence;
};

struct DualSolution {
  std::vector<double> coefficients;  // a, targets x points
  std::vector<double> intercept;     // b, one a target; 0 without
  Diagnostics diagnostics;
};

// Minimise sum_i w_i (y_i - f(x_i) - b)^2 + penalty |f|_H^2 over f = sum_i a_i k(x_i, .) and b, for each row
// of y (targets x points): a = G^-1 (y - b), b = 1'G^-1 y / 1'G^-1 1 (Saunders, Gammerman and Vovk 1998).
// BadArgument if the matrix is larger than `memory`; NumericalError if G is not positive definite, with the
// smallest eigenvalue of K and the penalty it needs.
template <class T>
[[nodiscard]] DualSolution solve_dual(std::size_t n, const Gram<T>& gram, const DualProblem& problem,
                                      std::size_t targets, const double* y, Executor& executor);

// The same with the factor in f32, and conjugate gradients with that factor as preconditioner until the f64
// residual is down to the rounding of a factor in f64; `k` gives products with K in f64.  Nothing if the penalty is too
// small for that: solve_dual<double>() is cheaper then.
[[nodiscard]] std::optional<DualSolution> solve_dual_mixed(std::size_t n, const Gram<float>& gram,
                                                           const SymmetricOperator& k,
                                                           const DualProblem& problem, std::size_t targets,
                                                           const double* y, Executor& executor);

}  // namespace ansatz::kernel_ridge
