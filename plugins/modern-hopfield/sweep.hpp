// Verb `continuous.sweep`: where states end at one temperature after another.
#pragma once

#include "continuous.hpp"

namespace ansatz::modern_hopfield {

struct SweepOptions {
  std::vector<double> betas{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
  std::int64_t updates = 1000;
  double tolerance = 1e-6;
  Precision precision = Precision::f64;
  static constexpr auto params = std::tuple{
      param(&SweepOptions::betas, "betas", "Inverse temperatures", above(0), unit("1 / unit of x, squared")),
      param(&SweepOptions::updates, "updates", "Most updates of a state at a temperature", at_least(1)),
      param(&SweepOptions::tolerance, "tolerance",
            "A state is at its fixed point when an update moves it no farther than this share of the largest "
            "norm; "
            "fixed points are the same within a thousand times that",
            above(0), below(1e-3)),
      param(&SweepOptions::precision, "precision", "Of products, weights and averages")};
};

class BetaSweep {
 public:
  // One temperature, from the given states each time.
  bool step(Session& session, SoftmaxEnergy& energy, const SweepOptions& options);
  void state(Archive& archive);

 private:
  void finish(Session& session, std::uint64_t patterns, std::uint64_t states,
              const SweepOptions& options) const;

  std::vector<std::int64_t> counts_, distinct_;  // q a temperature; one a temperature
  std::int64_t unsettled_ = 0;
};

}  // namespace ansatz::modern_hopfield
