// kernel-ridge: one model.  The mathematics stands in README.md.
#include <ansatz/plugin.hpp>

#include "kernel_ridge.hpp"

ANSATZ_PLUGIN("kernel-ridge", "0.1.0", ansatz::kernel_ridge::KernelRidge)
