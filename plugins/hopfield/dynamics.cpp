#include "dynamics.hpp"

#include <vector>

namespace ansatz::hopfield {

double lone_field(const Network& network, const Fields& fields, ConstState s, std::uint64_t i) {
  return network.unit * fields.field(i) - network.threshold(i) - network.self_coupling(i) * s[i];
}

void follow(std::size_t width, const std::int8_t* signs, Ties ties, const std::uint8_t* fixed, Rng& random,
            std::int8_t* s, Sweep& result) {
  int zeros = 0, different = 0;
  for (std::size_t j = 0; j < width; ++j) zeros += signs[j] == 0, different += signs[j] != s[j];
  if (fixed == nullptr && zeros == 0) {
    std::copy_n(signs, width, s);
    result.flips += static_cast<std::uint64_t>(different);
    return;
  }
  for (std::size_t j = 0; j < width; ++j) {
    if (fixed != nullptr && fixed[j] != 0) continue;
    std::int8_t next = signs[j];
    if (next == 0) {
      ++result.ties;
      next = ties == Ties::up ? std::int8_t{1} : s[j];
      if (ties == Ties::random) next = (random.bits64() & 1) != 0 ? 1 : -1;
    }
    result.flips += next != s[j] ? 1 : 0;
    s[j] = next;
  }
}

namespace {

// What sweep_neurons() does, a loop at a time.
Sweep sweep_at_once(const Network& network, Fields& fields, State s, Ties ties,
                    std::span<const std::uint8_t> clamped, Rng& random) {
  std::vector<double> h(s.size());
  fields.all(h);
  std::vector<std::int8_t> signs(s.size()), next(s.begin(), s.end());
  for (std::size_t i = 0; i < s.size(); ++i) {
    const double field = network.unit * h[i] - network.threshold(i);
    signs[i] = static_cast<std::int8_t>((field > 0) - (field < 0));
  }
  Sweep result;
  follow(s.size(), signs.data(), ties, clamped.empty() ? nullptr : clamped.data(), random, next.data(),
         result);
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (next[i] == s[i]) continue;
    s[i] = next[i];
    fields.flip(i);
  }
  return result;
}

}  // namespace

Sweep sweep(const Network& network, Fields& fields, State s, const DynamicsOptions& options,
            std::uint64_t number, std::span<const std::uint8_t> clamped, Rng random) {
  if (options.dynamics == Dynamics::synchronous)
    return sweep_at_once(network, fields, s, options.ties, clamped, random);
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
