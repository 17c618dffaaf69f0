// How far rows that were not trained on are from their pre-images, for every number of components.
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/kernel.hpp>
#include <ansatz/session.hpp>

#include <cstddef>

#include "config.hpp"

namespace ansatz::kernel_pca {

// Squared distances of the rows of `held_out` to their pre-images under the first 1, 2, ..., `components`
// components of `training`: rows x components, those beyond the rank as at the rank.  Pre-images are those of
// the fixed point, begun at the row (reconstruction.hpp), or the linear kernel's closed form.  BadArgument for
// kernels that have neither.
[[nodiscard]] Matrix<double> held_out_errors(Operator op, const Kernel& kernel,
                                             const Matrix<double>& training, const Matrix<double>& held_out,
                                             std::size_t components, Executor& executor);

}  // namespace ansatz::kernel_pca
