#include "unlearning.hpp"

#include <algorithm>
#include <cmath>

#include "dynamics.hpp"

namespace ansatz::hopfield {
namespace {

constexpr std::uint64_t most_sweeps = 1000;  // negative self-coupling, if kept, can keep neurons moving

}  // namespace

bool Unlearning::step(Session& session, Network& network, const UnlearnOptions& options) {
  const std::uint64_t n = network.neurons();
  if (session.step() == 0) energies_.clear();
  if (network.packed() || energies_.size() != session.step()) {
    throw BadState("hopfield.unlearn: the energies that were saved do not belong to this network");
  }
  std::vector<std::int8_t> s(n);
  BitMatrix start{1, n};
  Rng random = session.rng("start", session.step());
  start.draw_row(0, random);
  start.unpack(0, s);
  const FieldMaker maker{network};
  const auto fields = maker.make();
  fields->start(s);
  for (std::uint64_t k = 0; k < most_sweeps; ++k) {
    session.check_cancelled();
    const Rng order = session.rng("sweep", session.step() * most_sweeps + k);
    if (sweep(network, *fields, s, {}, k, {}, order).flips == 0) break;
  }
  energies_.push_back(energy(network, *fields, s));
  std::int32_t most = 0;
  for (const std::int32_t one : overlaps(network, s)) most = std::max(most, std::abs(one));
  std::vector<std::int8_t> xi;
  if (options.mode == UnlearnMode::daydream) {
    xi.resize(n);
    network.pattern(session.rng("pattern", session.step()).integer(network.patterns()), xi);
  }
  // In units of the weights held.
  const double amount = options.strength / (static_cast<double>(n) * network.unit);
  session.parallel_for(n, [&](std::uint64_t i, std::uint32_t) {
    const auto row = static_cast<Eigen::Index>(i);
    for (std::uint64_t j = 0; j < n; ++j) {
      const int change = (xi.empty() ? 0 : xi[i] * xi[j]) - s[i] * s[j];
      if (i != j || network.self) network.weights(row, static_cast<Eigen::Index>(j)) += amount * change;
    }
  });
  session.metric("energy", energies_.back());
  session.metric("overlap", static_cast<double>(most) / static_cast<double>(n));
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(options.starts));
  if (session.step() + 1 < static_cast<std::uint64_t>(options.starts)) return true;
  std::copy(energies_.begin(), energies_.end(),
            session.out_values<double>("energy", {energies_.size()}).begin());
  energies_.clear();
  return false;
}

void Unlearning::state(Archive& archive) { archive("energies", energies_); }

}  // namespace ansatz::hopfield
