// Predictive variance of the exact solution, as a Gaussian process with noise variance `penalty` has it.
#pragma once

#include <ansatz/num/kernel.hpp>
#include <ansatz/num/large_buffer.hpp>

#include <vector>

namespace ansatz::kernel_ridge {

class PredictiveVariance {
 public:
  // Factors G = K + penalty W^-1 of the training rows.  NumericalError if it is not positive definite.
  PredictiveVariance(const Kernel& kernel, const Rows& training, const std::vector<double>& weights,
                     double penalty, bool intercept, Executor& executor);

  // Of f (+ b): k(x, x) - k_x' G^-1 k_x (Rasmussen and Williams 2006, equation 2.26), with an intercept
  // (1 - 1'G^-1 k_x)^2 / 1'G^-1 1 more, the limit of a vague constant (2.42).  An observation adds the noise
  // variance.
  [[nodiscard]] std::vector<double> at(const Rows& rows, Executor& executor) const;

 private:
  KernelPoints<double> points_;
  std::size_t stride_;
  LargeBuffer<double> factor_;
  std::vector<double> ones_;  // L^-1 1, or empty
  double precision_of_mean_ = 0;
};

}  // namespace ansatz::kernel_ridge
