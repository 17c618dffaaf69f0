#include "recall.hpp"

#include <algorithm>
#include <cmath>

namespace ansatz::modern_hopfield {

void make_cue(Cue cue, double share, std::span<std::int8_t> s, Rng random) {
  const auto unknown = [&](std::int8_t& neuron) {
    neuron = static_cast<std::int8_t>((random.bits64() & 1) != 0 ? 1 : -1);
  };
  const auto turn = [](std::int8_t& neuron) { neuron = static_cast<std::int8_t>(-neuron); };
  const double part = share * static_cast<double>(s.size());
  if (cue == Cue::noise) {
    for (std::int8_t& neuron : s) {
      if (1 + share * random.normal() < 0) turn(neuron);
    }
  } else if (cue == Cue::half) {
    for (std::int8_t& neuron : s.last(static_cast<std::size_t>(part + 1e-9))) unknown(neuron);
  } else {
    for (const std::uint64_t i : random.choice(s.size(), static_cast<std::uint64_t>(std::llround(part)))) {
      cue == Cue::flip ? turn(s[i]) : unknown(s[i]);
    }
  }
}

bool recalls(Criterion criterion, double distance, std::span<const std::int8_t> s,
             std::span<const std::int8_t> pattern, DenseState& at) {
  const auto n = static_cast<std::int32_t>(s.size());
  std::int32_t own = 0;  // product with the pattern: the larger, the nearer
  for (std::size_t i = 0; i < s.size(); ++i) own += s[i] * pattern[i];
  if (criterion == Criterion::exact) return own == n;
  if (criterion == Criterion::distance) return 0.5 * (n - own) <= distance * n;
  at.start(pattern);
  std::vector<std::uint8_t> same;  // a pattern that is stored twice is one pattern
  for (const std::int32_t overlap : at.overlaps()) same.push_back(overlap == n ? 1 : 0);
  at.start(s);
  const auto overlaps = at.overlaps();
  for (std::size_t mu = 0; mu < overlaps.size(); ++mu) {
    if (same[mu] == 0 && overlaps[mu] >= own) return false;
  }
  return true;
}

}  // namespace ansatz::modern_hopfield
