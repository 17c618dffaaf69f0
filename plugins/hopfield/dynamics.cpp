#include "dynamics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace ansatz::hopfield {

Sweep sweep(const Network& network, Fields& fields, State s, const DynamicsOptions& options,
            std::uint64_t number, std::span<const std::uint8_t> clamped, Rng random) {
  const std::uint64_t n = s.size();
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
    double h = network.unit * fields.field(i) - network.threshold(i);
    if (options.dynamics == Dynamics::glauber) h -= network.self_coupling(i) * s[i];
    if (warm) return random.uniform() < 1 / (1 + std::exp(-2 * h / temperature)) ? 1 : -1;
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
      if (k + 1 < n) fields.prefetch(order[k + 1]);
      const std::uint64_t i = order[k];
      if (!clamped.empty() && clamped[i] != 0) continue;
      if (next(i) != s[i]) flipped.push_back(i);
    }
    for (const std::uint64_t i : flipped) {
      s[i] = static_cast<std::int8_t>(-s[i]);
      fields.flip(i);
    }
    result.flips += flipped.size();
  }
  return result;
}

}  // namespace ansatz::hopfield
