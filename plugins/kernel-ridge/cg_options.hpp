// What both solvers by conjugate gradients are told.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ansatz::kernel_ridge {

struct CgOptions {
  bool intercept = true, fixed16 = false;
  std::size_t rank = 0, max_steps = 0;
  double tolerance = 0;
  double held_out = 0;  // fraction of the rows
  std::size_t patience = 0;
  bool refit = false;
  std::uint64_t memory = 0;  // bytes for kernel blocks
};

}  // namespace ansatz::kernel_ridge
