#include "plugins/cpu.hpp"

#include <ansatz/abi.h>
#include <cpuid.h>

#include <iterator>

namespace ansatz::host {
namespace {

// Where CPUID tells of a set, and which register state the operating system must save for it (XCR0).
struct SetName {
  ansatz_instruction_set bit;
  const char* name;
  unsigned leaf, subleaf;
  char output;  // 'a' 'b' 'c' 'd': EAX ... EDX
  unsigned output_bit;
  std::uint64_t state;
};

constexpr std::uint64_t none = 0, ymm = 0x6, zmm = 0xe6, tiles = 0x60000;
constexpr unsigned extended = 0x80000001;

// Intel SDM volume 2A, CPUID; AMD APM volume 3, appendix E.
constexpr SetName sets[] = {
    {ANSATZ_SSE3, "SSE3", 1, 0, 'c', 0, none},
    {ANSATZ_SSSE3, "SSSE3", 1, 0, 'c', 9, none},
    {ANSATZ_SSE4_1, "SSE4.1", 1, 0, 'c', 19, none},
    {ANSATZ_SSE4_2, "SSE4.2", 1, 0, 'c', 20, none},
    {ANSATZ_POPCNT, "POPCNT", 1, 0, 'c', 23, none},
    {ANSATZ_AVX, "AVX", 1, 0, 'c', 28, ymm},
    {ANSATZ_F16C, "F16C", 1, 0, 'c', 29, ymm},
    {ANSATZ_FMA, "FMA", 1, 0, 'c', 12, ymm},
    {ANSATZ_AVX2, "AVX2", 7, 0, 'b', 5, ymm},
    {ANSATZ_BMI, "BMI", 7, 0, 'b', 3, none},
    {ANSATZ_BMI2, "BMI2", 7, 0, 'b', 8, none},
    {ANSATZ_LZCNT, "LZCNT", extended, 0, 'c', 5, none},
    {ANSATZ_MOVBE, "MOVBE", 1, 0, 'c', 22, none},
    {ANSATZ_AVX512F, "AVX512F", 7, 0, 'b', 16, zmm},
    {ANSATZ_AVX512CD, "AVX512CD", 7, 0, 'b', 28, zmm},
    {ANSATZ_AVX512DQ, "AVX512DQ", 7, 0, 'b', 17, zmm},
    {ANSATZ_AVX512BW, "AVX512BW", 7, 0, 'b', 30, zmm},
    {ANSATZ_AVX512VL, "AVX512VL", 7, 0, 'b', 31, zmm},
    {ANSATZ_AVX512IFMA, "AVX512IFMA", 7, 0, 'b', 21, zmm},
    {ANSATZ_AVX512VBMI, "AVX512VBMI", 7, 0, 'c', 1, zmm},
    {ANSATZ_AVX512VBMI2, "AVX512VBMI2", 7, 0, 'c', 6, zmm},
    {ANSATZ_AVX512VNNI, "AVX512VNNI", 7, 0, 'c', 11, zmm},
    {ANSATZ_AVX512BITALG, "AVX512BITALG", 7, 0, 'c', 12, zmm},
    {ANSATZ_AVX512VPOPCNTDQ, "AVX512VPOPCNTDQ", 7, 0, 'c', 14, zmm},
    {ANSATZ_AVX512BF16, "AVX512BF16", 7, 1, 'a', 5, zmm},
    {ANSATZ_AVX512FP16, "AVX512FP16", 7, 0, 'd', 23, zmm},
    {ANSATZ_AVX512ER, "AVX512ER", 7, 0, 'b', 27, zmm},
    {ANSATZ_AVX512PF, "AVX512PF", 7, 0, 'b', 26, zmm},
    {ANSATZ_AVXVNNI, "AVXVNNI", 7, 1, 'a', 4, ymm},
    {ANSATZ_AMX_TILE, "AMX-TILE", 7, 0, 'd', 24, tiles},
    {ANSATZ_AMX_INT8, "AMX-INT8", 7, 0, 'd', 25, tiles},
    {ANSATZ_AMX_BF16, "AMX-BF16", 7, 0, 'd', 22, tiles},
    {ANSATZ_FMA4, "FMA4", extended, 0, 'c', 16, ymm},
    {ANSATZ_XOP, "XOP", extended, 0, 'c', 11, ymm},
    {ANSATZ_SSE4A, "SSE4A", extended, 0, 'c', 6, none},
    {ANSATZ_ADX, "ADX", 7, 0, 'b', 19, none},
    {ANSATZ_SHA, "SHA", 7, 0, 'b', 29, none},
    {ANSATZ_AES, "AES", 1, 0, 'c', 25, none},
    {ANSATZ_PCLMUL, "PCLMUL", 1, 0, 'c', 1, none},
    {ANSATZ_GFNI, "GFNI", 7, 0, 'c', 8, none},
    {ANSATZ_VAES, "VAES", 7, 0, 'c', 9, ymm},
    {ANSATZ_VPCLMULQDQ, "VPCLMULQDQ", 7, 0, 'c', 10, ymm},
};
static_assert(std::size(sets) == ANSATZ_INSTRUCTION_SET_COUNT);

// XCR0, or 0 if the operating system saves nothing beyond SSE.
std::uint64_t saved_state() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned osxsave = 1u << 27;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & osxsave) == 0) return 0;
  unsigned low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

std::uint64_t ask_cpu() {
  const std::uint64_t state = saved_state();
  std::uint64_t found = 0;
  for (const SetName& set : sets) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(set.leaf, set.subleaf, &a, &b, &c, &d) == 0) continue;
    const unsigned output = set.output == 'a' ? a : set.output == 'b' ? b : set.output == 'c' ? c : d;
    if ((output >> set.output_bit & 1) != 0 && (state & set.state) == set.state) {
      found |= std::uint64_t{1} << set.bit;
    }
  }
  return found;
}

}  // namespace

std::uint64_t cpu_instruction_sets() {
  static const std::uint64_t found = ask_cpu();
  return found;
}

std::string instruction_set_text(std::uint64_t wanted) {
  std::string text;
  const auto add = [&](const std::string& word) {
    if (!text.empty()) text += ' ';
    text += word;
  };
  for (const SetName& set : sets) {
    if ((wanted >> set.bit & 1) != 0) add(set.name);
  }
  for (int bit = ANSATZ_INSTRUCTION_SET_COUNT; bit < 64; ++bit) {
    if ((wanted >> bit & 1) != 0) add("number-" + std::to_string(bit));
  }
  return text.empty() ? "plain x86-64" : text;
}

}  // namespace ansatz::host
