// Verb `capacity`: how well random patterns are kept, load by load.
#pragma once

#include <ansatz/session.hpp>

#include <array>
#include <tuple>
#include <vector>

#include "rules.hpp"

namespace ansatz::hopfield {

enum class Sweeps { one, converged };
constexpr auto choices(Sweeps) { return std::array{"one", "converged"}; }
enum class Start { pattern };
constexpr auto choices(Start) { return std::array{"pattern"}; }
enum class Criterion { bits, pattern, all };
constexpr auto choices(Criterion) { return std::array{"bits", "pattern", "all"}; }

struct CapacityOptions {
  std::int64_t n = 500;
  std::vector<double> loads{0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.13, 0.14, 0.15, 0.16};
  std::int64_t draws = 20, probes = 1;
  std::variant<Start, double> start = Start::pattern;
  Sweeps sweeps = Sweeps::converged;
  Criterion criterion = Criterion::bits;
  double work = 1;
  static constexpr auto params = std::tuple{
      param(&CapacityOptions::n, "n", "Neurons", at_least(2), unit("neurons")),
      param(&CapacityOptions::loads, "loads", "Patterns over neurons", above(0), unit("patterns a neuron")),
      param(&CapacityOptions::draws, "draws", "Sets of random patterns for each load", at_least(1)),
      param(&CapacityOptions::probes, "probes", "Patterns of each set that are tried", at_least(1)),
      param(&CapacityOptions::start, "start", "The pattern, or the share of its bits that are flipped",
            between(0, 1)),
      param(&CapacityOptions::sweeps, "sweeps",
            "One synchronous sweep, or asynchronous ones in random order until no neuron flips"),
      param(
          &CapacityOptions::criterion, "criterion",
          "What exact counts: bits that are right, patterns recalled in every bit, or draws where all were"),
      param(&CapacityOptions::work, "work", "Refused before it starts if it would take more", above(0),
            unit("10^9 operations"), no_effect_on_result)};
};

class Capacity {
 public:
  // One draw of one load.
  bool step(Session& session, const Config& config, const CapacityOptions& options);
  void state(Archive& archive);

 private:
  void finish(Session& session, const Config& config, const CapacityOptions& options) const;
  std::vector<double> overlap_, exact_;  // of each draw, load by load
};

}  // namespace ansatz::hopfield
