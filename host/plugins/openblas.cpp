#include "plugins/openblas.hpp"

#include <ansatz/abi.h>

#include <cstdlib>

#include "plugins/cpu.hpp"

namespace ansatz::host {

const char* openblas_core(std::uint64_t sets) {
  constexpr std::uint64_t skylake = ANSATZ_BIT(ANSATZ_AVX512F) | ANSATZ_BIT(ANSATZ_AVX512CD) |
                                    ANSATZ_BIT(ANSATZ_AVX512DQ) | ANSATZ_BIT(ANSATZ_AVX512BW) |
                                    ANSATZ_BIT(ANSATZ_AVX512VL);
  constexpr std::uint64_t haswell = ANSATZ_BIT(ANSATZ_AVX2) | ANSATZ_BIT(ANSATZ_FMA);
  if ((sets & haswell) != haswell) return nullptr;
  return (sets & skylake) == skylake ? "SkylakeX" : "Haswell";
}

void name_cpu_to_openblas() {
  const char* core = openblas_core(cpu_instruction_sets());
  if (core != nullptr) setenv("OPENBLAS_CORETYPE", core, 0);  // NOLINT(concurrency-mt-unsafe): see the header
}

}  // namespace ansatz::host
