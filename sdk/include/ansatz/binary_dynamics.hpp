// How networks of binary neurons move: the parameters, the same in every family that has such neurons.
//
//   struct RetrieveOptions {
//     DynamicsOptions dynamics;
//     static constexpr auto params = std::tuple{params_of(&RetrieveOptions::dynamics)};
//   };
#pragma once

#include <array>
#include <cstdint>
#include <tuple>

#include "ansatz/parameters.hpp"

namespace ansatz {

// Asynchronous: one neuron after another.  Synchronous: all at once.  Block: `block` at once.  Glauber: one after
// another, +1 with probability 1 / (1 + exp(-2 h / temperature)), h without self-coupling.
enum class Dynamics { asynchronous, synchronous, block, glauber };
constexpr auto choices(Dynamics) { return std::array{"asynchronous", "synchronous", "block", "glauber"}; }
enum class Order { random, fixed };
constexpr auto choices(Order) { return std::array{"random", "fixed"}; }
enum class Ties { keep, up, random };
constexpr auto choices(Ties) { return std::array{"keep", "up", "random"}; }

struct DynamicsOptions {
  Dynamics dynamics = Dynamics::asynchronous;
  Order order = Order::random;
  Ties ties = Ties::keep;
  std::int64_t block = 16;
  double temperature = 0, cooling = 1;
  std::int64_t max_sweeps = 100;

  static constexpr auto params = std::tuple{
      param(&DynamicsOptions::dynamics, "dynamics",
            "Neurons one after another, all at once, some at once, or at random with the odds of a "
            "temperature"),
      param(&DynamicsOptions::order, "order", "Of the neurons: drawn for each sweep, or 0, 1, 2, ...",
            used_if("dynamics=asynchronous|block|glauber")),
      param(&DynamicsOptions::ties, "ties",
            "Where the field is zero: keep the neuron, set it to +1, or draw it"),
      param(&DynamicsOptions::block, "block", "Neurons updated at once", at_least(1), unit("neurons"),
            used_if("dynamics=block")),
      param(&DynamicsOptions::temperature, "temperature", "Of the first sweep", at_least(0),
            unit("unit of the energy"), used_if("dynamics=glauber")),
      param(&DynamicsOptions::cooling, "cooling", "Factor of the temperature from sweep to sweep", above(0),
            at_most(1), used_if("dynamics=glauber")),
      param(&DynamicsOptions::max_sweeps, "max_sweeps", "Sweeps before a state counts as not settled",
            between(1, 4000), unit("sweeps"))};
};

}  // namespace ansatz
