#include <ansatz/abi.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "plugins/cpu.hpp"
#include "plugins/openblas.hpp"

using namespace ansatz::host;

// The kernel asks CPUID by itself and lists a set only if it saves its registers.
TEST_CASE("the CPU's instruction sets are those that the kernel lists") {
  const std::map<ansatz_instruction_set, std::string> kernel_names{
      {ANSATZ_SSE3, "pni"},
      {ANSATZ_SSSE3, "ssse3"},
      {ANSATZ_SSE4_1, "sse4_1"},
      {ANSATZ_SSE4_2, "sse4_2"},
      {ANSATZ_POPCNT, "popcnt"},
      {ANSATZ_AVX, "avx"},
      {ANSATZ_F16C, "f16c"},
      {ANSATZ_FMA, "fma"},
      {ANSATZ_AVX2, "avx2"},
      {ANSATZ_BMI, "bmi1"},
      {ANSATZ_BMI2, "bmi2"},
      {ANSATZ_LZCNT, "abm"},
      {ANSATZ_MOVBE, "movbe"},
      {ANSATZ_AVX512F, "avx512f"},
      {ANSATZ_AVX512CD, "avx512cd"},
      {ANSATZ_AVX512DQ, "avx512dq"},
      {ANSATZ_AVX512BW, "avx512bw"},
      {ANSATZ_AVX512VL, "avx512vl"},
      {ANSATZ_AVX512IFMA, "avx512ifma"},
      {ANSATZ_AVX512VBMI, "avx512vbmi"},
      {ANSATZ_AVX512VBMI2, "avx512_vbmi2"},
      {ANSATZ_AVX512VNNI, "avx512_vnni"},
      {ANSATZ_AVX512BITALG, "avx512_bitalg"},
      {ANSATZ_AVX512VPOPCNTDQ, "avx512_vpopcntdq"},
      {ANSATZ_AVX512BF16, "avx512_bf16"},
      {ANSATZ_AVX512FP16, "avx512_fp16"},
      {ANSATZ_AVX512ER, "avx512er"},
      {ANSATZ_AVX512PF, "avx512pf"},
      {ANSATZ_AVXVNNI, "avx_vnni"},
      {ANSATZ_AMX_TILE, "amx_tile"},
      {ANSATZ_AMX_INT8, "amx_int8"},
      {ANSATZ_AMX_BF16, "amx_bf16"},
      {ANSATZ_FMA4, "fma4"},
      {ANSATZ_XOP, "xop"},
      {ANSATZ_SSE4A, "sse4a"},
      {ANSATZ_ADX, "adx"},
      {ANSATZ_SHA, "sha_ni"},
      {ANSATZ_AES, "aes"},
      {ANSATZ_PCLMUL, "pclmulqdq"},
      {ANSATZ_GFNI, "gfni"},
      {ANSATZ_VAES, "vaes"},
      {ANSATZ_VPCLMULQDQ, "vpclmulqdq"},
  };
  REQUIRE(kernel_names.size() == ANSATZ_INSTRUCTION_SET_COUNT);
  std::ifstream file{"/proc/cpuinfo"};
  std::set<std::string> flags;
  for (std::string line; flags.empty() && std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words{line.substr(line.find(':') + 1)};
    for (std::string word; words >> word;) flags.insert(word);
  }
  REQUIRE(flags.contains("sse2"));
  for (const auto& [bit, name] : kernel_names) {
    INFO(name);
    CHECK((cpu_instruction_sets() >> bit & 1) == (flags.contains(name) ? 1 : 0));
  }
}

TEST_CASE("instruction sets have names") {
  CHECK(instruction_set_text(0) == "plain x86-64");
  CHECK(instruction_set_text(1ULL << ANSATZ_AVX2 | 1ULL << ANSATZ_SSE3) == "SSE3 AVX2");
  CHECK(instruction_set_text(1ULL << 63) == "number-63");
  std::set<std::string> names;
  for (int bit = 0; bit < ANSATZ_INSTRUCTION_SET_COUNT; ++bit)
    names.insert(instruction_set_text(1ULL << bit));
  CHECK(names.size() == ANSATZ_INSTRUCTION_SET_COUNT);
}

TEST_CASE("OpenBLAS is told the kernels of this CPU, unless the user has") {
  const std::uint64_t haswell = ANSATZ_BIT(ANSATZ_AVX2) | ANSATZ_BIT(ANSATZ_FMA);
  const std::uint64_t skylake = haswell | ANSATZ_BIT(ANSATZ_AVX512F) | ANSATZ_BIT(ANSATZ_AVX512CD) |
                                ANSATZ_BIT(ANSATZ_AVX512DQ) | ANSATZ_BIT(ANSATZ_AVX512BW) |
                                ANSATZ_BIT(ANSATZ_AVX512VL);
  CHECK(openblas_core(0) == nullptr);
  CHECK(openblas_core(ANSATZ_BIT(ANSATZ_AVX2)) == nullptr);
  CHECK(std::string{openblas_core(haswell)} == "Haswell");
  CHECK(std::string{openblas_core(haswell | ANSATZ_BIT(ANSATZ_AVX512F))} == "Haswell");
  CHECK(std::string{openblas_core(skylake)} == "SkylakeX");

  unsetenv("OPENBLAS_CORETYPE");
  name_cpu_to_openblas();
  const char* core = openblas_core(cpu_instruction_sets());
  if (core != nullptr) CHECK(std::string{std::getenv("OPENBLAS_CORETYPE")} == core);
  setenv("OPENBLAS_CORETYPE", "Nehalem", 1);
  name_cpu_to_openblas();
  CHECK(std::string{std::getenv("OPENBLAS_CORETYPE")} == "Nehalem");
  unsetenv("OPENBLAS_CORETYPE");
}
