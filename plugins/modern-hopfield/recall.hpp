// What capacities and basins ask: which part of a pattern a cue lacks, and what counts as recalled.
#pragma once

#include <ansatz/session.hpp>

#include <array>
#include <span>

#include "dense_memory.hpp"

namespace ansatz::modern_hopfield {

enum class Cue { flip, noise, mask, half };
constexpr auto choices(Cue) { return std::array{"flip", "noise", "mask", "half"}; }
enum class Criterion { nearest, exact, distance };
constexpr auto choices(Criterion) { return std::array{"nearest", "exact", "distance"}; }

// Make a pattern of neurons -1 and 1 a cue.  flip: this share of the neurons, taken at random, is turned; noise: the sign of the
// pattern plus normal noise of this deviation; mask: the share is unknown; half: the share is unknown, the last neurons.
// A binary neuron has no value in between, so an unknown one is drawn from -1 and 1.
void make_cue(Cue cue, double share, std::span<std::int8_t> s, Rng random);

// Whether s recalls `pattern`.  nearest: it is nearer to it than to every other pattern that is stored; exact: in every bit;
// distance: at most this share of the bits is wrong.  `at` is started anew.
[[nodiscard]] bool recalls(Criterion criterion, double distance, std::span<const std::int8_t> s,
                           std::span<const std::int8_t> pattern, DenseState& at);

}  // namespace ansatz::modern_hopfield
