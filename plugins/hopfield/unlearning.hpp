// Verb `unlearn`: weights lose what random starts relax to.
//
//   unlearn    W -= (strength / n) s s'                            (Hopfield, Feinstein, Palmer 1983)
//   daydream   W += (strength / n) (xi xi' - s s'), xi any pattern  (Serricchio et al. 2025)
//
// s is where asynchronous updates from a random state end.
#pragma once

#include <ansatz/session.hpp>

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "network.hpp"

namespace ansatz::hopfield {

enum class UnlearnMode { unlearn, daydream };
constexpr auto choices(UnlearnMode) { return std::array{"unlearn", "daydream"}; }

struct UnlearnOptions {
  UnlearnMode mode = UnlearnMode::unlearn;
  double strength = 0.01;
  std::int64_t starts = 100;
  static constexpr auto params = std::tuple{
      param(&UnlearnOptions::mode, "mode",
            "Take away what a start relaxes to; daydream: and add a pattern drawn from those stored"),
      param(&UnlearnOptions::strength, "strength", "Weight of an outer product, times the number of neurons",
            above(0)),
      param(&UnlearnOptions::starts, "starts", "Random starts, one a step", at_least(1))};
};

class Unlearning {
 public:
  // One relaxation; the network has its weights as a matrix.  True: there is more to do.
  bool step(Session& session, Network& network, const UnlearnOptions& options);
  void state(Archive& archive);

 private:
  std::vector<double> energies_;  // of the states that were taken away, under the weights then
};

}  // namespace ansatz::hopfield
