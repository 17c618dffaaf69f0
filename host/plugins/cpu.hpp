// Instruction sets by name and by bit (enum ansatz_instruction_set), and those of this CPU.
#pragma once

#include <cstdint>
#include <string>

namespace ansatz::host {

// What this CPU and its operating system allow; asked once.
[[nodiscard]] std::uint64_t cpu_instruction_sets();
// "SSE3 AVX2 AVX512F"; "plain x86-64" for 0.
[[nodiscard]] std::string instruction_set_text(std::uint64_t sets);

}  // namespace ansatz::host
