// How a weighted sum of all elements of a kernel matrix changes with the logarithms of the kernel's numbers.
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/kernel.hpp>

#include <vector>

namespace ansatz::kernel_ridge {

[[nodiscard]] inline bool uses_slope(const Kernel& kernel) {
  return kernel.function == KernelFunction::polynomial || kernel.function == KernelFunction::sigmoid;
}
[[nodiscard]] inline bool uses_offset(const Kernel& kernel) {
  return uses_slope(kernel) && kernel.offset > 0;
}
[[nodiscard]] inline bool uses_mixture(const Kernel& kernel) {
  return kernel.function == KernelFunction::rational_quadratic;
}

// sum over all i, j of M_ij dk(x_i, x_j) by the logarithm of each number; 0 for those that the kernel has not.
struct KernelDerivatives {
  std::vector<double> lengths;
  double amplitude = 0, mixture = 0, slope = 0, offset = 0;
};

// `m` is symmetric, rows x rows; its lower triangle is read.  The same bytes for any number of workers.
[[nodiscard]] KernelDerivatives weigh_derivatives(const Kernel& kernel, const Rows& rows,
                                                  const std::vector<double>& m, Executor& executor);

}  // namespace ansatz::kernel_ridge
