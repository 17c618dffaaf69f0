#include "plugins/cpu.hpp"

#include <ansatz/abi.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string_view>

namespace ansatz::host {
namespace {

struct SetName {
  ansatz_instruction_set bit;
  const char* name;  // as people write it
  const char*
      kernel;  // as Linux lists it in /proc/cpuinfo, where it appears only if the system saves its registers
};

constexpr SetName names[] = {
    {ANSATZ_SSE3, "SSE3", "pni"},
    {ANSATZ_SSSE3, "SSSE3", "ssse3"},
    {ANSATZ_SSE4_1, "SSE4.1", "sse4_1"},
    {ANSATZ_SSE4_2, "SSE4.2", "sse4_2"},
    {ANSATZ_POPCNT, "POPCNT", "popcnt"},
    {ANSATZ_AVX, "AVX", "avx"},
    {ANSATZ_F16C, "F16C", "f16c"},
    {ANSATZ_FMA, "FMA", "fma"},
    {ANSATZ_AVX2, "AVX2", "avx2"},
    {ANSATZ_BMI, "BMI", "bmi1"},
    {ANSATZ_BMI2, "BMI2", "bmi2"},
    {ANSATZ_LZCNT, "LZCNT", "abm"},
    {ANSATZ_MOVBE, "MOVBE", "movbe"},
    {ANSATZ_AVX512F, "AVX512F", "avx512f"},
    {ANSATZ_AVX512CD, "AVX512CD", "avx512cd"},
    {ANSATZ_AVX512DQ, "AVX512DQ", "avx512dq"},
    {ANSATZ_AVX512BW, "AVX512BW", "avx512bw"},
    {ANSATZ_AVX512VL, "AVX512VL", "avx512vl"},
    {ANSATZ_AVX512IFMA, "AVX512IFMA", "avx512ifma"},
    {ANSATZ_AVX512VBMI, "AVX512VBMI", "avx512vbmi"},
    {ANSATZ_AVX512VBMI2, "AVX512VBMI2", "avx512_vbmi2"},
    {ANSATZ_AVX512VNNI, "AVX512VNNI", "avx512_vnni"},
    {ANSATZ_AVX512BITALG, "AVX512BITALG", "avx512_bitalg"},
    {ANSATZ_AVX512VPOPCNTDQ, "AVX512VPOPCNTDQ", "avx512_vpopcntdq"},
    {ANSATZ_AVX512BF16, "AVX512BF16", "avx512_bf16"},
    {ANSATZ_AVX512FP16, "AVX512FP16", "avx512_fp16"},
    {ANSATZ_AVX512ER, "AVX512ER", "avx512er"},
    {ANSATZ_AVX512PF, "AVX512PF", "avx512pf"},
    {ANSATZ_AVXVNNI, "AVXVNNI", "avx_vnni"},
    {ANSATZ_AMX_TILE, "AMX-TILE", "amx_tile"},
    {ANSATZ_AMX_INT8, "AMX-INT8", "amx_int8"},
    {ANSATZ_AMX_BF16, "AMX-BF16", "amx_bf16"},
    {ANSATZ_FMA4, "FMA4", "fma4"},
    {ANSATZ_XOP, "XOP", "xop"},
    {ANSATZ_SSE4A, "SSE4A", "sse4a"},
    {ANSATZ_ADX, "ADX", "adx"},
    {ANSATZ_SHA, "SHA", "sha_ni"},
    {ANSATZ_AES, "AES", "aes"},
    {ANSATZ_PCLMUL, "PCLMUL", "pclmulqdq"},
    {ANSATZ_GFNI, "GFNI", "gfni"},
    {ANSATZ_VAES, "VAES", "vaes"},
    {ANSATZ_VPCLMULQDQ, "VPCLMULQDQ", "vpclmulqdq"},
};
static_assert(std::size(names) == ANSATZ_INSTRUCTION_SET_COUNT);

std::uint64_t read_sets() {
  std::ifstream file{"/proc/cpuinfo"};
  std::uint64_t sets = 0;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words{line.substr(line.find(':') + 1)};
    for (std::string word; words >> word;) {
      for (const SetName& set : names) {
        if (word == set.kernel) sets |= std::uint64_t{1} << set.bit;
      }
    }
    break;  // one CPU stands for all
  }
  return sets;
}

}  // namespace

std::uint64_t cpu_instruction_sets() {
  static const std::uint64_t sets = read_sets();
  return sets;
}

std::string instruction_set_text(std::uint64_t sets) {
  std::string text;
  for (const SetName& set : names) {
    if ((sets >> set.bit & 1) != 0) text += (text.empty() ? "" : " ") + std::string{set.name};
  }
  for (int bit = ANSATZ_INSTRUCTION_SET_COUNT; bit < 64; ++bit) {
    if ((sets >> bit & 1) != 0) text += (text.empty() ? "" : " ") + ("set number " + std::to_string(bit));
  }
  return text.empty() ? "none beyond x86-64" : text;
}

}  // namespace ansatz::host
