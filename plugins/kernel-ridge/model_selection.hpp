// What tune minimises, with its gradient: minus the log evidence, or the sum of squared leave-one-out residuals, as
// functions of the logarithms of length, penalty and the kernel's other numbers.
//
// Both are functions of G = K + penalty W^-1 and of its derivatives: df = sum_ij M_ij dG_ij with
//
//   evidence:        M = (m Q - sum_t a a') / 2                  (Rasmussen and Williams 2006, equation 5.9, times -1)
//   leave-one-out:   M = Q diag(c) Q - sum_t (Q d) a', symmetrised, c_i = sum_t 2 e_i^2 / Q_ii, d_i = 2 e_i / Q_ii
//
// where dQ = -Q dG Q also with an intercept (README.md).
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/kernel.hpp>

#include <string>
#include <vector>

namespace ansatz::kernel_ridge {

enum class TuneCriterion { loo, lml };
constexpr auto choices(TuneCriterion) { return std::array{"loo", "lml"}; }

struct SelectionProblem {
  Rows rows;
  const std::vector<double>& weights;
  std::size_t targets;
  const double* y;  // targets x rows
  bool intercept;
  TuneCriterion choose;
};

// The numbers of a kernel and a penalty that can be tuned, as logarithms.  The amplitude is one of them for the
// evidence alone: leave-one-out depends on its ratio to the penalty.
struct SelectionPoint {
  Kernel kernel;
  double penalty;

  [[nodiscard]] std::vector<std::string> names(TuneCriterion choose) const;
  [[nodiscard]] std::vector<double> logarithms(TuneCriterion choose) const;
  [[nodiscard]] SelectionPoint at(TuneCriterion choose, const std::vector<double>& logarithms) const;
};

// The value and its gradient; infinite where G is not positive definite.
[[nodiscard]] double selection_objective(const SelectionProblem& problem, const SelectionPoint& point,
                                         std::vector<double>& gradient, Executor& executor);

}  // namespace ansatz::kernel_ridge
