// What tune minimises, with its gradient, as functions of the logarithms of length, penalty and the kernel's other
// numbers: minus the log evidence; the weighted sum of squared residuals of rows left out, one by one or by folds; or GCV.
//
// All are functions of G = K + penalty W^-1 through Q, and dQ = -Q dG Q also with an intercept (README.md).  So their
// derivatives are sums of M_ij dG_ij, where sums go over targets too and products u v' stand for their symmetric part:
//
//   evidence:        M = (m Q - sum a a') / 2                   (Rasmussen and Williams 2006, equation 5.9, times -1)
//   leave-one-out:   M = Q diag(c) Q - sum (Q d) a',            c_i = sum 2 w_i e_i^2 / Q_ii, d_i = 2 w_i e_i / Q_ii
//   folds:           M = -sum over F of (Q_.F g)(a - Q_.F e)',  e = Q_FF^-1 a_F, g = 2 Q_FF^-1 W_F e
//   GCV:             M = h (s/r Q W^-1 Q - (Q W^-1 a) a'),      s = sum a_i^2 / w_i, r = sum Q_ii / w_i, h = 2 n / (m r^2)
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/kernel.hpp>

#include <string>
#include <vector>

#include "folds.hpp"

namespace ansatz::kernel_ridge {

struct SelectionProblem {
  Rows rows;
  const std::vector<double>& weights;
  std::size_t targets;
  const double* y;  // targets x rows
  bool intercept;
  Criterion choose;
  const Folds& folds;  // of cv and held_out
};

// The numbers of a kernel and a penalty that can be tuned, as logarithms.  The amplitude is one of them for the
// evidence alone: all others depend on its ratio to the penalty.
struct SelectionPoint {
  Kernel kernel;
  double penalty;

  [[nodiscard]] std::vector<std::string> names(Criterion choose) const;
  [[nodiscard]] std::vector<double> logarithms(Criterion choose) const;
  [[nodiscard]] SelectionPoint at(Criterion choose, const std::vector<double>& logarithms) const;
};

// The value and its gradient; infinite where G is not positive definite.
[[nodiscard]] double selection_objective(const SelectionProblem& problem, const SelectionPoint& point,
                                         std::vector<double>& gradient, Executor& executor);

}  // namespace ansatz::kernel_ridge
