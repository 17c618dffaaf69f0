#include "dense_basins.hpp"

#include <algorithm>

namespace ansatz::modern_hopfield {
namespace {

constexpr auto where = "modern-hopfield.dense.basins";
constexpr std::uint64_t most_sweeps = 200;

// Share of the cues that come back to the pattern.  `number`: of this share among the shares, for the draws.
double recall(Session& session, const DenseMemory& memory, const std::vector<std::int8_t>& pattern,
              const BasinOptions& options, double share, std::uint64_t number) {
  const auto draws = static_cast<std::uint64_t>(options.draws);
  std::vector<std::uint8_t> back(draws);
  session.parallel_for(draws, [&](std::uint64_t draw, std::uint32_t) {
    if (session.cancelled()) return;
    const std::uint64_t index = number * draws + draw;
    std::vector<std::int8_t> s = pattern;
    make_cue(options.cue, share, s, session.rng("cue", index));
    DenseState at{memory};
    at.start(s);
    follow(at, s, {}, most_sweeps,
           [&](std::uint64_t sweep) { return session.rng("sweep", index * most_sweeps + sweep); });
    back[draw] = recalls(options.criterion, options.distance, s, pattern, at) ? 1 : 0;
  });
  session.check_cancelled();
  return static_cast<double>(std::count(back.begin(), back.end(), 1)) / static_cast<double>(draws);
}

}  // namespace

bool DenseBasins::step(Session& session, const DenseMemory& memory, const BasinOptions& options) {
  if (session.step() == 0) *this = {};
  const BitMatrix patterns = read_dense_states(session, memory, where).bits;
  const std::uint64_t n = patterns.rows(), d = memory.neurons(), k = session.step();
  // Half of the bits turned is as far from the pattern as its negative; drawn anew, all have to be.
  const double most = options.cue == Cue::flip || options.cue == Cue::half ? 0.5 : 1;
  const auto shares = static_cast<std::uint64_t>(most / options.resolution + 1e-9);
  if (radius_.size() != k || recalled_.size() != k * shares || k >= n) {
    throw BadState(std::string{where} + ": the radii that were saved do not agree with the step");
  }
  std::vector<std::int8_t> pattern(d);
  patterns.unpack(k, pattern);
  radius_.push_back(0);
  recalled_.resize((k + 1) * shares);
  for (std::uint64_t r = 0; r < shares; ++r) {
    const double share = static_cast<double>(r + 1) * options.resolution;
    double& recalled = recalled_[k * shares + r];
    recalled = recall(session, memory, pattern, options, share, k * shares + r);
    if (recalled < 0.5) break;
    radius_.back() = share;
  }
  session.metric("radius", radius_.back());
  session.progress(static_cast<double>(k + 1) / static_cast<double>(n));
  if (k + 1 < n) return true;
  const auto share = session.out_values<double>("share", {shares});
  for (std::uint64_t r = 0; r < shares; ++r) share[r] = static_cast<double>(r + 1) * options.resolution;
  std::copy(recalled_.begin(), recalled_.end(), session.out_values<double>("recalled", {n, shares}).begin());
  std::copy(radius_.begin(), radius_.end(), session.out_values<double>("radius", {n}).begin());
  double mean = 0;
  for (const double radius : radius_) mean += radius / static_cast<double>(n);
  session.out_scalar("mean", mean);
  return false;
}

void DenseBasins::state(Archive& archive) {
  archive("radius", radius_);
  archive("recalled", recalled_);
}

}  // namespace ansatz::modern_hopfield
