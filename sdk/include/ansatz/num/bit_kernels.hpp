// Loops over packed bits: those in which networks of binary neurons spend their time.
//
//   const BitKernels& kernels = bit_kernels();
//   const auto overlap = n - 2 * kernels.differing(pattern, state, words);     // XOR and population count
//   const auto field = 2 * kernels.masked_sum(neuron, overlaps, words) - total;   // sum over mu of xi m
//   kernels.add_signed(neuron, 2 * s, overlaps, words);                           // after s_i was flipped
//
// Rows are `words` x 64 bits, words a multiple of 8, and `values` has an element a bit.  Every set of instructions gives
// the same numbers: integers are exact, and reals are added in the same order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ansatz {

struct BitKernels {
  const char* name;
  // Bits in which a and b differ.
  std::uint64_t (*differing)(const std::uint64_t* a, const std::uint64_t* b, std::size_t words);
  // Sum of the values whose bit is set.  Sums of an eighth of the values must stay below 2^31.
  std::int64_t (*masked_sum)(const std::uint64_t* bits, const std::int32_t* values, std::size_t words);
  // The same of reals, in 32 sums of every 32nd value, added in order.
  double (*masked_real_sum)(const std::uint64_t* bits, const double* values, std::size_t words);
  // values += step where the bit is set, -= step elsewhere.
  void (*add_signed)(const std::uint64_t* bits, std::int32_t step, std::int32_t* values, std::size_t words);
};

enum class Instructions { plain, avx2, avx512 };

// The fastest set of this machine, and a given one: null where the machine lacks it.
const BitKernels& bit_kernels();
const BitKernels* bit_kernels(Instructions set);

}  // namespace ansatz
