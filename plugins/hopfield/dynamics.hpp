// One sweep over the neurons of a state.
#pragma once

#include <ansatz/binary_dynamics.hpp>

#include <cstdint>
#include <span>

#include "fields.hpp"

namespace ansatz::hopfield {

// Sweep number `number` over s, at which `fields` must look.  `clamped` is empty or says for each neuron whether it
// stays as it is.  Draws from `random` alone.
Sweep sweep(const Network& network, Fields& fields, State s, const DynamicsOptions& options,
            std::uint64_t number, std::span<const std::uint8_t> clamped, Rng random);

}  // namespace ansatz::hopfield
