// Errors of a fold that is left out, at many penalties.
//
// With eigenpairs s_j, u_j of the (projected, scaled) kernel matrix and projections p_j of y, the rows F of a fold have
// the residual e, left out together, that solves
//
//   Q_FF e = a_F,    Q_FF = U_F D U_F',  a_F = U_F D p,  D = diag(1 / (s_j + penalty)).
//
// Solved for each penalty that is rows x fold^2 operations, as it is done for a few; many within a factor of ten are
// taken together.  With w = (penalty - m) / (penalty + m), m in their middle, and c_j = (s_j - m) / (s_j
// + m), D = (1 - w) D_m sum_k w^k C^k; hence e = sum_k w^k z_k with
//
//   M z_0 = U_F D_m p,          t_0 = p - U_F' z_0,            M = U_F D_m U_F', factored once,
//   M z_k = U_F D_m C t_(k-1),  t_k = C t_(k-1) - U_F' z_k.
//
// t_k is C t_(k-1) projected orthogonally in the norm of D_m, so it does not grow where no s_j is negative, and |w| is
// at most 0.52 in a group: 50 terms of rows x fold operations give all digits.  The poles lie at negative penalties,
// outside |w| < 1.
#pragma once

#include <cstddef>
#include <vector>

namespace ansatz::kernel_ridge {

struct FoldProblem {
  std::size_t rows, targets;
  const std::vector<double>& values;  // s_j, descending
  const std::vector<double>& u;       // values x rows: elements of the eigenvectors at the rows of the fold
  const std::vector<double>& projections;  // values x targets
};

// |e|^2 for each penalty, over all targets.  All s_j + penalty must be positive.  NumericalError where Q_FF does not
// factor.
[[nodiscard]] std::vector<double> fold_squares(const FoldProblem& problem,
                                               const std::vector<double>& penalties);

}  // namespace ansatz::kernel_ridge
