#include "dynamics.hpp"

namespace ansatz::hopfield {

double lone_field(const Network& network, const Fields& fields, ConstState s, std::uint64_t i) {
  return network.unit * fields.field(i) - network.threshold(i) - network.self_coupling(i) * s[i];
}

Sweep sweep(const Network& network, Fields& fields, State s, const DynamicsOptions& options,
            std::uint64_t number, std::span<const std::uint8_t> clamped, Rng random) {
  const bool alone = options.dynamics == Dynamics::glauber || options.order == Order::greedy;
  const auto field = [&](std::uint64_t i) {
    if (alone) return lone_field(network, fields, s, i);
    return network.unit * fields.field(i) - network.threshold(i);
  };
  return sweep_neurons(
      s, options, number, clamped, random, field, [&](std::uint64_t i) { fields.flip(i); },
      [&](std::uint64_t i) { fields.prefetch(i); });
}

}  // namespace ansatz::hopfield
