// Verb `enumerate`: every fixed point of a small network, by going through all its states.
#pragma once

#include <ansatz/session.hpp>

#include "network.hpp"

namespace ansatz::hopfield {

inline constexpr std::uint64_t most_enumerated = 24;

// Fixed points: no neuron's field opposes it (s_i h_i >= 0).  A state descends by the flip that lowers the energy
// most, the first of equal ones, until no flip lowers it.
void enumerate(Session& session, const Network& network);

}  // namespace ansatz::hopfield
