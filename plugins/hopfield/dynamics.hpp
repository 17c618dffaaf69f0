// One sweep over the neurons of a state.
#pragma once

#include <ansatz/binary_dynamics.hpp>

#include <cstdint>
#include <span>

#include "fields.hpp"

namespace ansatz::hopfield {

// (Ws)_i - threshold without self-coupling: half of E(s_i = -1) - E(s_i = 1) if W is symmetric.
[[nodiscard]] double lone_field(const Network& network, const Fields& fields, ConstState s, std::uint64_t i);

// `width` neurons s go where the signs of their fields (-1, 0, 1) point, as in sweep_neurons(); `fixed`, which may be null,
// says which stay.  Adds to `result`.
void follow(std::size_t width, const std::int8_t* signs, Ties ties, const std::uint8_t* fixed, Rng& random,
            std::int8_t* s, Sweep& result);

// Sweep number `number` over s, at which `fields` must look.  `clamped` is empty or says for each neuron whether it
// stays as it is.  Draws from `random` alone.
Sweep sweep(const Network& network, Fields& fields, State s, const DynamicsOptions& options,
            std::uint64_t number, std::span<const std::uint8_t> clamped, Rng random);

}  // namespace ansatz::hopfield
