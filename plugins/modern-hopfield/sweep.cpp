#include "sweep.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "weights.hpp"

namespace ansatz::modern_hopfield {
namespace {

constexpr auto where = "modern-hopfield.continuous.sweep";

// Follow one state to its fixed point; false: it still moved at the end.
bool settle(SoftmaxEnergy& energy, double beta, const SweepOptions& options, std::span<double> x,
            std::uint32_t worker) {
  std::vector<double> y(x.size());
  const double near = options.tolerance * energy.memory().largest_norm();
  for (std::int64_t update = 0; update < options.updates; ++update) {
    double top = 0, square = 0;
    energy.update(x.data(), 1, beta, y.data(), &top, worker);
    for (std::size_t j = 0; j < x.size(); ++j) square += (y[j] - x[j]) * (y[j] - x[j]);
    std::copy(y.begin(), y.end(), x.begin());
    if (std::sqrt(square) <= near) return true;
  }
  return false;
}

// How many of the rows differ by more than `near` from each one counted before.
std::int64_t count_distinct(const Matrix<double>& x, double near) {
  std::vector<Eigen::Index> kept;
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    const bool known = std::any_of(kept.begin(), kept.end(),
                                   [&](Eigen::Index k) { return (x.row(i) - x.row(k)).norm() <= near; });
    if (!known) kept.push_back(i);
  }
  return static_cast<std::int64_t>(kept.size());
}

enum class Phase { average, metastable, single };

// Ramsauer et al. 2021, section 4: more than half of the patterns, some, or one.
Phase phase_of(std::int64_t count, std::uint64_t patterns) {
  if (count == 1) return Phase::single;
  return 2 * count > static_cast<std::int64_t>(patterns) ? Phase::average : Phase::metastable;
}

struct Interval {
  double mean, low, high;
};

// exp of the mean of the logarithms, and of it less and plus 1.96 standard errors.
Interval of_logarithms(const std::vector<double>& logarithms) {
  const auto n = static_cast<double>(logarithms.size());
  double mean = 0, square = 0;
  for (const double x : logarithms) mean += x / n;
  for (const double x : logarithms) square += (x - mean) * (x - mean);
  const double half = n > 1 ? 1.96 * std::sqrt(square / (n - 1) / n) : 0;
  return {std::exp(mean), std::exp(mean - half), std::exp(mean + half)};
}

// Half way in log beta between the last temperature before a state changes and the first behind it: where it leaves the
// average for good, and from where on it is single.  Nothing unless betas ascend and all states pass both.
std::vector<Interval> borders(const std::vector<double>& betas, const std::vector<std::int64_t>& counts,
                              std::uint64_t patterns, std::uint64_t q) {
  if (!std::is_sorted(betas.begin(), betas.end())) return {};
  std::vector<double> leaves, arrives;
  const auto between = [&](std::size_t k) { return 0.5 * (std::log(betas[k]) + std::log(betas[k + 1])); };
  for (std::uint64_t i = 0; i < q; ++i) {
    const auto is = [&](std::size_t k, Phase phase) {
      return phase_of(counts[k * q + i], patterns) == phase;
    };
    if (!is(0, Phase::average) || !is(betas.size() - 1, Phase::single)) return {};
    std::size_t last = betas.size() - 1, first = last;
    while (!is(last, Phase::average)) --last;
    while (is(first - 1, Phase::single)) --first;
    leaves.push_back(between(last));
    arrives.push_back(between(first - 1));
  }
  return {of_logarithms(leaves), of_logarithms(arrives)};
}

}  // namespace

bool BetaSweep::step(Session& session, SoftmaxEnergy& energy, const SweepOptions& options) {
  if (session.step() == 0) *this = {};
  if (options.betas.empty()) throw BadArgument(std::string{where} + ": betas is empty; give at least one");
  const Memory& memory = energy.memory();
  Matrix<double> x = read_states(session, "x", where, memory.columns(), options.precision);
  const auto q = static_cast<std::uint64_t>(x.rows());
  const std::uint64_t d = memory.columns(), at = session.step();
  if (counts_.size() != at * q || distinct_.size() != at || at >= options.betas.size()) {
    throw BadState(std::string{where} + ": the temperatures that were saved do not agree with the step");
  }
  const double beta = options.betas[at];
  counts_.resize((at + 1) * q);
  std::vector<std::uint8_t> moving(q);
  session.parallel_for(q, [&](std::uint64_t i, std::uint32_t worker) {
    if (session.cancelled()) return;
    double* const state = x.data() + i * d;
    moving[i] = settle(energy, beta, options, {state, d}, worker) ? 0 : 1;
    energy.products(state, 1, worker, [&](std::size_t, std::span<const double> s) {
      const double top = SoftmaxEnergy::soft_maximum(s, beta);
      std::vector<double> p(s.size());
      for (std::size_t k = 0; k < p.size(); ++k) {
        p[k] = std::exp(beta * (s[k] - top)) / static_cast<double>(p.size());
      }
      counts_[at * q + i] = count_to_share(std::span<const double>{p}, 0.9);
    });
  });
  session.check_cancelled();
  distinct_.push_back(count_distinct(x, 1e3 * options.tolerance * memory.largest_norm()));
  unsettled_ += std::count(moving.begin(), moving.end(), 1);
  session.metric("distinct", static_cast<double>(distinct_.back()));
  session.progress(static_cast<double>(at + 1) / static_cast<double>(options.betas.size()));
  if (at + 1 < options.betas.size()) return true;
  finish(session, memory.size(), q, options);
  return false;
}

void BetaSweep::finish(Session& session, std::uint64_t patterns, std::uint64_t q,
                       const SweepOptions& options) const {
  const std::uint64_t b = options.betas.size();
  std::copy(options.betas.begin(), options.betas.end(), session.out_values<double>("beta", {b}).begin());
  std::copy(counts_.begin(), counts_.end(),
            session.out_values<std::int64_t>("effective_count", {b, q}).begin());
  std::copy(distinct_.begin(), distinct_.end(), session.out_values<std::int64_t>("distinct", {b}).begin());
  constexpr std::uint64_t width = 10;
  const Session::Stored text{ANSATZ_TEXT, width, {}, width};
  auto* words = reinterpret_cast<char*>(session.out_stored("phase", text, {b, q}));
  const auto average = session.out_values<double>("average", {b}),
             metastable = session.out_values<double>("metastable", {b}),
             single = session.out_values<double>("single", {b});
  const std::array<std::string_view, 3> names{"average", "metastable", "single"};
  const std::array shares{average, metastable, single};
  std::array<bool, 3> seen{};
  for (std::uint64_t k = 0; k < b * q; ++k) {
    const auto phase = static_cast<std::size_t>(phase_of(counts_[k], patterns));
    std::copy(names[phase].begin(), names[phase].end(), words + k * width);
    ++shares[phase][k / q];
    seen[phase] = true;
  }
  for (const std::span<double> share : shares) {
    for (double& s : share) s /= static_cast<double>(q);
  }
  session.out_values<std::int64_t>("phases", {})[0] = std::count(seen.begin(), seen.end(), true);
  const std::vector<Interval> found = borders(options.betas, counts_, patterns, q);
  if (!found.empty()) {
    const auto border = session.out_values<double>("border", {2}),
               low = session.out_values<double>("border_low", {2}),
               high = session.out_values<double>("border_high", {2});
    for (std::size_t e = 0; e < 2; ++e) {
      border[e] = found[e].mean;
      low[e] = found[e].low;
      high[e] = found[e].high;
    }
  }
  if (unsettled_ > 0) {
    session.note(std::string{where} + ": " + std::to_string(unsettled_) +
                 " times a state still moved after its updates; raise updates or tolerance");
  }
}

void BetaSweep::state(Archive& archive) {
  archive("counts", counts_);
  archive("distinct", distinct_);
  archive("unsettled", unsettled_);
}

}  // namespace ansatz::modern_hopfield
