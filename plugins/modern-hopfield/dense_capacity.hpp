// Verb `dense.capacity`: how well patterns are kept, by their number and that of the neurons.
#pragma once

#include <ansatz/plugin.hpp>

#include "dense_retrieval.hpp"
#include "recall.hpp"

namespace ansatz::modern_hopfield {

enum class Sweeps { one, converged };
constexpr auto choices(Sweeps) { return std::array{"one", "converged"}; }

// Binary patterns have one norm: there is no sphere beside the cube.
enum class DenseEnsemble { cube, correlated, given };
constexpr auto choices(DenseEnsemble) { return std::array{"cube", "correlated", "given"}; }

struct DenseCapacityOptions {
  DenseEnsemble ensemble = DenseEnsemble::cube;
  std::vector<std::int64_t> n{64};
  std::vector<double> loads{0.02, 0.05, 0.1, 0.2};
  std::int64_t draws = 20, probes = 1;
  double correlation = 0.25, start = 0, distance = 0.1, error = 0.005, work = 300;
  Cue cue = Cue::flip;
  Criterion criterion = Criterion::nearest;
  Sweeps sweeps = Sweeps::one;
  static constexpr auto params = std::tuple{
      param(&DenseCapacityOptions::ensemble, "ensemble",
            "Independent patterns, patterns near a common one, or rows of x drawn at random"),
      param(&DenseCapacityOptions::n, "n", "Numbers of neurons", between(2, 100000), unit("neurons"),
            used_if("ensemble=cube|correlated")),
      param(&DenseCapacityOptions::correlation, "correlation", "Mean product of two patterns over neurons",
            at_least(0), below(1), used_if("ensemble=correlated")),
      param(&DenseCapacityOptions::loads, "loads",
            "Patterns over neurons^(power - 1); exponential: over 2^(neurons / 2)", above(0)),
      param(&DenseCapacityOptions::draws, "draws", "Sets of random patterns for each n and load",
            at_least(1)),
      param(&DenseCapacityOptions::probes, "probes", "Patterns of each set that are tried", at_least(1)),
      param(&DenseCapacityOptions::cue, "cue",
            "What a cue lacks: bits that are turned, noise added before the sign is taken, bits at random or "
            "the "
            "second half drawn anew"),
      param(&DenseCapacityOptions::start, "start", "Share of the bits; of noise its deviation", between(0, 1),
            used_if("cue=flip|noise|mask")),
      param(&DenseCapacityOptions::criterion, "criterion",
            "Recalled: nearer to the pattern than to any other, in every bit, or within `distance`"),
      param(&DenseCapacityOptions::distance, "distance", "Share of the bits that may be wrong", between(0, 1),
            used_if("criterion=distance")),
      param(&DenseCapacityOptions::sweeps, "sweeps",
            "One synchronous sweep, or asynchronous ones in random order until no neuron flips"),
      param(&DenseCapacityOptions::error, "error", "Share of wrong bits that the capacity allows", above(0),
            below(0.5)),
      param(&DenseCapacityOptions::work, "work", "Refused before it starts if it would take more", above(0),
            unit("10^6 operations"), no_effect_on_result)};
};

class DenseCapacity {
 public:
  // One draw of one number of neurons and one load.
  bool step(Session& session, DenseEnergy energy, std::int64_t power, Coding coding,
            const DenseCapacityOptions& options);
  void state(Archive& archive);

 private:
  void finish(Session& session, DenseEnergy energy, std::int64_t power,
              const DenseCapacityOptions& options) const;
  std::vector<double> wrong_, exact_, recalled_;  // shares of each draw, load by load within n by n
};

// Probability that one neuron leaves a pattern in a synchronous step: Q(<dE> / sigma) of the energy difference, whose mean
// over random patterns is F(n) - F(n - 2) and whose variance, in the limit of many neurons, is 4 p^2 (2p - 3)!! (K - 1)
// n^(p - 1), half of that if F is 0 for negative overlaps (Krotov, Hopfield 2016, section 3).  NaN for the exponential.
[[nodiscard]] double first_step_error(DenseEnergy energy, std::int64_t power, double neurons,
                                      double patterns);

}  // namespace ansatz::modern_hopfield
