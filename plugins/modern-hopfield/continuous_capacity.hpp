// Verb `continuous.capacity`: how many patterns one update, or several, tells apart.
#pragma once

#include "continuous.hpp"
#include "recall.hpp"

namespace ansatz::modern_hopfield {

enum class Ensemble { cube, sphere, correlated, given };
constexpr auto choices(Ensemble) { return std::array{"cube", "sphere", "correlated", "given"}; }

struct ContinuousCapacityOptions {
  Ensemble ensemble = Ensemble::cube;
  std::int64_t d = 64;
  std::vector<std::int64_t> loads{10, 100, 1000};
  std::int64_t draws = 5, probes = 20, updates = 1;
  double radius = 1, correlation = 0.25, amount = 0.1, distance = 0.1, beta = 1, work = 300;
  Cue cue = Cue::noise;
  Criterion criterion = Criterion::nearest;
  Precision precision = Precision::f64;
  static constexpr auto params = std::tuple{
      param(&ContinuousCapacityOptions::ensemble, "ensemble",
            "Corners of a cube, points of a sphere, corners near a common one, or rows of x drawn at random"),
      param(&ContinuousCapacityOptions::d, "d", "Dimensions", between(2, 100000),
            used_if("ensemble=cube|sphere|correlated")),
      param(&ContinuousCapacityOptions::radius, "radius", "Norm of the patterns over sqrt(d - 1)", above(0),
            used_if("ensemble=sphere")),
      param(&ContinuousCapacityOptions::correlation, "correlation",
            "Mean product of two patterns over the square of their norm", at_least(0), below(1),
            used_if("ensemble=correlated")),
      param(&ContinuousCapacityOptions::loads, "loads", "Numbers of patterns", at_least(1), unit("patterns")),
      param(&ContinuousCapacityOptions::draws, "draws", "Sets of patterns for each load", at_least(1)),
      param(&ContinuousCapacityOptions::probes, "probes", "Patterns of each set that are tried", at_least(1)),
      param(&ContinuousCapacityOptions::cue, "cue",
            "What a cue lacks: elements with the sign turned, noise added, elements at random or the second "
            "half set to 0"),
      param(&ContinuousCapacityOptions::amount, "amount",
            "Share of the elements; of noise its deviation over the pattern's root mean square",
            between(0, 1), used_if("cue=flip|noise|mask")),
      param(&ContinuousCapacityOptions::criterion, "criterion",
            "Recalled: nearer to the pattern than to any other, every sign right, or within `distance`"),
      param(&ContinuousCapacityOptions::distance, "distance", "Over the pattern's norm", above(0),
            used_if("criterion=distance")),
      param(&ContinuousCapacityOptions::beta, "beta", "Inverse temperature", above(0),
            unit("1 / unit of x, squared")),
      param(&ContinuousCapacityOptions::updates, "updates", "Updates from the cue", at_least(1)),
      param(&ContinuousCapacityOptions::precision, "precision", "Of products, weights and averages"),
      param(&ContinuousCapacityOptions::work, "work", "Refused before it starts if it would take more",
            above(0), unit("10^6 operations"), no_effect_on_result)};
};

class ContinuousCapacity {
 public:
  // One draw of one load.
  bool step(Session& session, const ContinuousCapacityOptions& options);
  void state(Archive& archive);

 private:
  struct Probe {
    double recalled = 0, error = 0, bounded = 0;
  };
  Matrix<double> draw(Session& session, const ContinuousCapacityOptions& options, std::uint64_t count) const;
  static std::vector<double> cue(Session& session, const ContinuousCapacityOptions& options,
                                 const double* pattern, std::size_t d, std::uint64_t index);
  void finish(Session& session, const ContinuousCapacityOptions& options) const;

  // Sums over the probes of each draw, load by load; the first and the last are counts.
  std::vector<double> recalled_, error_, bounded_;
};

}  // namespace ansatz::modern_hopfield
