// Every penalty at once, from one eigendecomposition.
//
// With weights, everything is that of W^1/2 K W^1/2 and W^1/2 y.  An intercept takes out the direction s =
// W^1/2 1: of the projected matrix the eigenvectors orthogonal to s are kept.  Then for every penalty
//
//   a = W^1/2 U (S + penalty)^-1 U' W^1/2 y,      Q_ii / w_i = sum_j U_ij^2 / (s_j + penalty),
//
// and df, residuals, leave-one-out residuals, GCV and evidence follow as for one fit (README.md).
#pragma once

#include <ansatz/num/executor.hpp>

#include <cstddef>
#include <span>
#include <vector>

#include "folds.hpp"

namespace ansatz::kernel_ridge {

struct PathPoint {
  double penalty = 0, loo = 0, gcv = 0, lml = 0, df = 0, train = 0;
  double cv = 0;  // of folds, if asked for
};

class SpectralPath {
 public:
  // `k` is n x n, row-major, its lower triangle read, and is destroyed; y is targets x n; weights are
  // positive.
  SpectralPath(std::size_t n, double* k, std::vector<double> weights, std::size_t targets, const double* y,
               bool intercept);

  [[nodiscard]] double largest_eigenvalue() const { return values_.front(); }
  // Errors are means over rows (weighted by w) and targets of squared residuals; lml is the sum over targets
  // of the log evidence with the noise variance `penalty`; cv, if there are folds, is the mean over their rows.
  // NumericalError if K + penalty I is not positive definite at one of the penalties.
  [[nodiscard]] std::vector<PathPoint> points(const std::vector<double>& penalties, const Folds& folds,
                                              Executor& executor) const;
  // a (targets x n) and b of a penalty.
  void solution(double penalty, std::vector<double>& coefficients, std::vector<double>& intercept) const;

 private:
  void check(double penalty) const;
  // Fills all but cv of some points.
  void fill(std::span<PathPoint> points, Executor& executor) const;
  // Fills cv.
  void leave_out(std::vector<PathPoint>& points, const Folds& folds, Executor& executor) const;

  std::size_t n_, targets_;
  bool intercept_;
  std::vector<double> weights_, y_, means_, mean_kernel_;
  const double* k_ = nullptr;        // eigenvectors, a row each
  std::vector<double> values_;       // descending; as many as rows, or one less with an intercept
  std::vector<double> projections_;  // U' W^1/2 (y - mean), values x targets
};

}  // namespace ansatz::kernel_ridge
