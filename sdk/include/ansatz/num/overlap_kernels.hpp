// Loops over the packed patterns of one neuron after another: row i holds bit i of each pattern.
//
//   const OverlapKernels& kernels = overlap_kernels();
//   kernels.overlaps(rows, words, n, state, m);           // m_mu = sum over i of s_i xi_i^mu: one pass over the rows
//   const auto field = 2 * kernels.masked_sum(row, m16, words) - total;     // sum over mu of xi_i^mu m_mu
//   kernels.add_signed(row, 2 * s, m16, words);           // after s_i was flipped
//
// Rows are `words` x 64 bits with an element of the values a bit; words is a multiple of 4, of overlaps() of 8.  All in
// integers: every set of instructions gives the same numbers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ansatz/num/bit_kernels.hpp"

namespace ansatz {

// Sixteen of these fit into 16 bits, as many as are added before they are widened.
inline constexpr int most_short_overlap = 2047;

// With as many, a sum stays below 2^31.
inline constexpr std::size_t most_short_words = std::size_t{1} << 14;

struct OverlapKernels {
  const char* name;
  // Sum of the values whose bit is set; none above most_short_overlap in size; words at most most_short_words.
  std::int64_t (*masked_sum)(const std::uint64_t* bits, const std::int16_t* values, std::size_t words);
  // The same of `count` rows, `stride` words apart.
  void (*masked_sums)(const std::uint64_t* rows, std::size_t stride, std::size_t count,
                      const std::int16_t* values, std::size_t words, std::int32_t* sums);
  // values += step where the bit is set, -= step elsewhere.
  void (*add_signed)(const std::uint64_t* bits, std::int16_t step, std::int16_t* values, std::size_t words);
  // result[j] = sum over the rows i of s_i (1 if bit j of row i is set, else -1), s of -1 and 1: votes counted by
  // carry-save adders (Harley and Seal, in Mula, Kurz, Lemire 2018, "Faster population counts using AVX2 instructions").
  // Fewer than 2^31 rows.
  void (*overlaps)(const std::uint64_t* rows, std::size_t words, std::size_t count, const std::int8_t* s,
                   std::int32_t* result);
};

// The fastest set of this machine, and a given one: null where the machine lacks it.
const OverlapKernels& overlap_kernels();
const OverlapKernels* overlap_kernels(Instructions set);

}  // namespace ansatz
