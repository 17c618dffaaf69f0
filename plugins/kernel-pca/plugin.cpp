// kernel-pca: one model.  The mathematics stands in README.md.
#include <ansatz/plugin.hpp>

#include "kernel_pca.hpp"

ANSATZ_PLUGIN("kernel-pca", "0.1.0", ansatz::kernel_pca::KernelPca)
