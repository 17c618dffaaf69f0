// Numbers of f32 rounded to bf16: 8 bits of exponent as f32, 8 of precision.
//
//   round_to_bf16(std::span{x});     // each to the nearest, to even between two; beyond the largest to infinity
//
// The results are still f32, so products of two are exact and sums are those of f32.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace ansatz {

[[nodiscard]] inline float to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fffU + (bits >> 16 & 1U)) & 0xffff0000U);
}
// No NaN.
inline void round_to_bf16(std::span<float> x) {
  for (float& a : x) a = to_bf16(a);
}

}  // namespace ansatz
