// How networks of binary neurons move, the same in every family that has such neurons: the parameters, and a sweep.
//
//   struct RetrieveOptions {
//     DynamicsOptions dynamics;
//     static constexpr auto params = std::tuple{params_of(&RetrieveOptions::dynamics)};
//   };
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <tuple>
#include <vector>

#include "ansatz/num/random.hpp"
#include "ansatz/parameters.hpp"

namespace ansatz {

// Asynchronous: one neuron after another.  Synchronous: all at once.  Block: `block` at once.  Glauber: one after
// another, +1 with probability 1 / (1 + exp(-2 h / temperature)), h without self-coupling.
enum class Dynamics { asynchronous, synchronous, block, glauber };
constexpr auto choices(Dynamics) { return std::array{"asynchronous", "synchronous", "block", "glauber"}; }
enum class Order { random, fixed, greedy };
constexpr auto choices(Order) { return std::array{"random", "fixed", "greedy"}; }
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
      param(&DynamicsOptions::order, "order",
            "Of the neurons: drawn for each sweep; 0, 1, 2, ...; greedy: always the flip that lowers the "
            "energy most "
            "(asynchronous only, ties are kept)",
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

// That a neuron becomes +1; `field` is half of E(s_i = -1) - E(s_i = 1).
[[nodiscard]] inline double glauber_chance(double field, double temperature) {
  return 1 / (1 + std::exp(-2 * field / temperature));
}

struct Sweep {
  std::uint64_t flips = 0;
  std::uint64_t ties = 0;  // fields that were zero
};

namespace detail {

// As many flips as there are neurons, or until none lowers the energy; field(i) is asked again before flip(i).
template <class Field, class Flip>
Sweep sweep_greedily(std::span<std::int8_t> s, std::span<const std::uint8_t> clamped, const Field& field,
                     const Flip& flip) {
  Sweep result;
  while (result.flips < s.size()) {
    double least = 0;
    std::uint64_t steepest = s.size();
    for (std::uint64_t i = 0; i < s.size(); ++i) {
      if (!clamped.empty() && clamped[i] != 0) continue;
      const double aligned = s[i] * field(i);
      if (aligned < least) least = aligned, steepest = i;
    }
    if (steepest == s.size()) break;
    static_cast<void>(field(steepest));
    s[steepest] = static_cast<std::int8_t>(-s[steepest]);
    flip(steepest);
    ++result.flips;
  }
  return result;
}

}  // namespace detail

// Sweep number `number` over the states s of -1 and 1.  Neuron i goes where the sign of field(i) points; with glauber and greedily it is
// half of E(s_i = -1) - E(s_i = 1).  flip(i) is told after s[i] has changed, ahead(i) which neuron comes soon.  `clamped` is empty or says for each neuron whether it stays as it is.  Draws from `random` alone.
template <class Field, class Flip, class Ahead>
Sweep sweep_neurons(std::span<std::int8_t> s, const DynamicsOptions& options, std::uint64_t number,
                    std::span<const std::uint8_t> clamped, Rng random, const Field& field, const Flip& flip,
                    const Ahead& ahead) {
  const std::uint64_t n = s.size();
  if (options.order == Order::greedy && options.dynamics != Dynamics::synchronous) {
    if (options.dynamics == Dynamics::asynchronous) return detail::sweep_greedily(s, clamped, field, flip);
    throw BadArgument("order greedy needs dynamics asynchronous; use random or fixed");
  }
  const bool synchronous = options.dynamics == Dynamics::synchronous;
  std::vector<std::uint64_t> order(n);
  if (!synchronous && options.order == Order::random) {
    order = random.permutation(n);
  } else {
    std::iota(order.begin(), order.end(), std::uint64_t{0});
  }
  const double temperature = options.temperature * std::pow(options.cooling, static_cast<double>(number));
  const bool warm = options.dynamics == Dynamics::glauber && temperature > 0;
  Sweep result;
  const auto next = [&](std::uint64_t i) -> std::int8_t {
    const double h = field(i);
    if (warm) return random.uniform() < glauber_chance(h, temperature) ? 1 : -1;
    if (h != 0) return h > 0 ? 1 : -1;
    ++result.ties;
    if (options.ties == Ties::random) return (random.bits64() & 1) != 0 ? 1 : -1;
    return options.ties == Ties::up ? std::int8_t{1} : s[i];
  };

  std::uint64_t size = 1;
  if (synchronous) size = n;
  if (options.dynamics == Dynamics::block) size = static_cast<std::uint64_t>(options.block);
  std::vector<std::uint64_t> flipped;
  for (std::uint64_t first = 0; first < n; first += size) {
    flipped.clear();
    for (std::uint64_t k = first; k < std::min(n, first + size); ++k) {
      if (k + 2 < n) ahead(order[k + 2]);
      const std::uint64_t i = order[k];
      if (!clamped.empty() && clamped[i] != 0) continue;
      if (next(i) != s[i]) flipped.push_back(i);
    }
    for (const std::uint64_t i : flipped) {
      s[i] = static_cast<std::int8_t>(-s[i]);
      flip(i);
    }
    result.flips += flipped.size();
  }
  return result;
}

}  // namespace ansatz
