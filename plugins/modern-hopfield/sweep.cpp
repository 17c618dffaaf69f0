#include "sweep.hpp"

#include <algorithm>
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
  bool seen[3] = {};
  for (std::uint64_t k = 0; k < b * q; ++k) {
    // Ramsauer et al. 2021, section 4: more than half of the patterns, or one, or some.
    const bool one = counts_[k] == 1, most = !one && 2 * counts_[k] > static_cast<std::int64_t>(patterns);
    const std::string_view word = one ? "single" : most ? "average" : "metastable";
    std::copy(word.begin(), word.end(), words + k * width);
    (one ? single : most ? average : metastable)[k / q] += 1 / static_cast<double>(q);
    seen[one ? 0 : most ? 1 : 2] = true;
  }
  session.out_values<std::int64_t>("phases", {})[0] = std::count(std::begin(seen), std::end(seen), true);
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
