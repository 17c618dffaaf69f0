// Predictive variance, as a Gaussian process with noise variance `penalty` has it: of f (+ b); an observation adds the
// noise.
#pragma once

#include <ansatz/num/kernel.hpp>
#include <ansatz/num/large_buffer.hpp>

#include <vector>

#include "centre_factor.hpp"
#include "feature_fit.hpp"

namespace ansatz::kernel_ridge {

class PredictiveVariance {
 public:
  virtual ~PredictiveVariance() = default;
  [[nodiscard]] virtual std::vector<double> at(const Rows& rows, Executor& executor) const = 0;
};

// k(x, x) - k_x' G^-1 k_x (Rasmussen and Williams 2006, equation 2.26), with an intercept
// (1 - 1'G^-1 k_x)^2 / 1'G^-1 1 more, the limit of a vague constant (2.42).
class ExactVariance final : public PredictiveVariance {
 public:
  // Factors G = K + penalty W^-1 of the training rows.  NumericalError if it is not positive definite.
  ExactVariance(const Kernel& kernel, const Rows& training, const std::vector<double>& weights,
                double penalty, bool intercept, Executor& executor);
  [[nodiscard]] std::vector<double> at(const Rows& rows, Executor& executor) const override;

 private:
  KernelPoints<double> points_;
  std::size_t stride_;
  LargeBuffer<double> factor_;
  std::vector<double> ones_;  // L^-1 1, or empty
  double precision_of_mean_ = 0;
};

// With centres (the projected process: Rasmussen and Williams 2006, equation 8.27): what the centres say of f is
// normal, what they do not reach keeps its variance,
//
//   k(x, x) - |phi|^2 + penalty (|R^-1 (phi - mean)|^2 + 1 / total),       the last term with an intercept.
//
// With every training row as a centre it is the exact one.
class NystromVariance final : public PredictiveVariance {
 public:
  // `jitter` is that of the fit.  `posterior` must outlive this.
  NystromVariance(const Kernel& kernel, const Rows& centres, double jitter, const FeaturePosterior& posterior,
                  double penalty, bool intercept, Executor& executor);
  [[nodiscard]] std::vector<double> at(const Rows& rows, Executor& executor) const override;

 private:
  KernelPoints<double> points_;
  CentreFactor centres_;
  const FeaturePosterior& posterior_;
  double penalty_, constant_;
};

}  // namespace ansatz::kernel_ridge
