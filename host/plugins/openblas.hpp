// The kernels that OpenBLAS should take, for plugins that link it.
//
// OpenBLAS 0.3.21 takes a CPU that is newer than itself for one of 2004 and then runs at a fifth of its speed.  It looks at
// the environment once, when it is loaded, so the host says there what the CPU has before it loads a plugin.
#pragma once

#include <cstdint>

namespace ansatz::host {

// Value of OPENBLAS_CORETYPE for a CPU with these instruction sets; nullptr: let OpenBLAS choose.
[[nodiscard]] const char* openblas_core(std::uint64_t instruction_sets);

// Sets OPENBLAS_CORETYPE for this CPU unless the user has set it.  Before other threads start.
void name_cpu_to_openblas();

}  // namespace ansatz::host
