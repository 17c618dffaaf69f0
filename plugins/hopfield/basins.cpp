#include "basins.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "dynamics.hpp"

namespace ansatz::hopfield {
namespace {

constexpr std::uint64_t most_sweeps = 200;

std::uint64_t flipped(double share, std::uint64_t n) {
  return static_cast<std::uint64_t>(std::llround(share * static_cast<double>(n)));
}

// The overlap with the pattern where the dynamics end; `index` names the trial.
double final_overlap(Session& session, const FieldMaker& maker, const std::vector<std::int8_t>& pattern,
                     std::uint64_t flips, std::uint64_t index) {
  std::vector<std::int8_t> s = pattern;
  for (const std::uint64_t i : session.rng("flips", index).choice(s.size(), flips)) {
    s[i] = static_cast<std::int8_t>(-s[i]);
  }
  const auto fields = maker.make();
  fields->start(s);
  for (std::uint64_t k = 0; k < most_sweeps && !session.cancelled(); ++k) {
    Rng random = session.rng("sweep", index * most_sweeps + k);
    if (sweep(maker.network(), *fields, s, {}, k, {}, random).flips == 0) break;
  }
  std::int64_t overlap = 0;
  for (std::size_t i = 0; i < s.size(); ++i) overlap += s[i] * pattern[i];
  return static_cast<double>(overlap) / static_cast<double>(s.size());
}

}  // namespace

bool Basins::step(Session& session, const FieldMaker& maker, const BasinOptions& options) {
  const Network& network = maker.network();
  const std::uint64_t n = network.neurons(), shares = options.starts.size();
  if (session.step() == 0) {
    if (shares == 0 || !std::is_sorted(options.starts.begin(), options.starts.end(), std::less_equal<>{})) {
      throw BadArgument(
          "hopfield.basins: starts must be one or more shares, each larger than the one before");
    }
    *this = {};
    patterns_ = read_states(session, "hopfield.basins", network).bits;
    sum_.assign(shares, 0);
    square_.assign(shares, 0);
  }
  const std::uint64_t p = patterns_.rows(), mu = session.step();
  if (patterns_.columns() != n || mu >= p || radius_.size() != mu || sum_.size() != shares) {
    throw BadState("hopfield.basins: the overlaps that were saved do not belong to this network");
  }
  const auto trials = static_cast<std::uint64_t>(options.trials), tasks = shares * trials;
  std::vector<std::int8_t> pattern(n);
  patterns_.unpack(mu, pattern);
  std::vector<double> overlaps(tasks);
  session.parallel_for(tasks, [&](std::uint64_t task, std::uint32_t) {
    overlaps[task] =
        final_overlap(session, maker, pattern, flipped(options.starts[task / trials], n), mu * tasks + task);
  });
  session.check_cancelled();
  radius_.push_back(0);
  bool inside = true;
  for (std::uint64_t k = 0; k < shares; ++k) {
    std::uint64_t found = 0;
    for (std::uint64_t t = 0; t < trials; ++t) {
      const double m = overlaps[k * trials + t];
      sum_[k] += m, square_[k] += m * m;
      found += m >= options.recalled ? 1 : 0;
    }
    inside = inside && 2 * found >= trials;
    if (inside) radius_.back() = static_cast<double>(flipped(options.starts[k], n)) / static_cast<double>(n);
  }
  session.metric("radius", radius_.back());
  session.progress(static_cast<double>(mu + 1) / static_cast<double>(p));
  if (mu + 1 < p) return true;
  finish(session, options);
  return false;
}

void Basins::finish(Session& session, const BasinOptions& options) const {
  const std::uint64_t shares = options.starts.size(), n = patterns_.columns();
  std::copy(radius_.begin(), radius_.end(), session.out_values<double>("radius", {radius_.size()}).begin());
  const auto put = [&](const char* port) { return session.out_values<double>(port, {shares}); };
  const auto start = put("start"), final = put("final"), low = put("low"), high = put("high");
  const double count = static_cast<double>(radius_.size()) * static_cast<double>(options.trials);
  for (std::uint64_t k = 0; k < shares; ++k) {
    start[k] = 1 - 2 * static_cast<double>(flipped(options.starts[k], n)) / static_cast<double>(n);
    final[k] = sum_[k] / count;
    const double variance = std::max(0.0, square_[k] / count - final[k] * final[k]);
    const double error = count < 2 ? 0 : std::sqrt(variance / (count - 1));
    low[k] = final[k] - 1.96 * error;
    high[k] = final[k] + 1.96 * error;
  }
  session.out_attribute("radius", "recalled", options.recalled);
  session.out_attribute("low", "level", 0.95);
}

void Basins::state(Archive& archive) {
  archive("patterns", patterns_);
  archive("sum", sum_);
  archive("square", square_);
  archive("radius", radius_);
  if (archive.writing()) return;
  if (sum_.size() != square_.size()) throw BadState("sums of the saved state do not fit together");
}

}  // namespace ansatz::hopfield
