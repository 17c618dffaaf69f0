// Verb `dense.basins`: how much of a pattern a cue may lack before it is no longer recalled.
#pragma once

#include <ansatz/plugin.hpp>

#include "dense_retrieval.hpp"
#include "recall.hpp"

namespace ansatz::modern_hopfield {

struct BasinOptions {
  std::int64_t draws = 20;
  double resolution = 0.02, distance = 0.1;
  Cue cue = Cue::flip;
  Criterion criterion = Criterion::exact;
  static constexpr auto params = std::tuple{
      param(&BasinOptions::draws, "draws", "Cues of each share", at_least(1)),
      param(&BasinOptions::resolution, "resolution",
            "Shares are the multiples of this, up to 0.5; of mask and noise up to 1", between(0.001, 0.5)),
      param(&BasinOptions::cue, "cue",
            "What the share is of: bits that are turned, noise before the sign is taken (its deviation), "
            "bits at "
            "random or the last ones that are drawn anew"),
      param(&BasinOptions::criterion, "criterion",
            "Recalled: nearer to the pattern than to any other, in every bit, or within `distance`"),
      param(&BasinOptions::distance, "distance", "Share of the bits that may be wrong", between(0, 1),
            used_if("criterion=distance"))};
};

class DenseBasins {
 public:
  // One pattern: cues that lack more and more settle by single moves in random order.
  bool step(Session& session, const DenseMemory& memory, const BasinOptions& options);
  void state(Archive& archive);

 private:
  std::vector<double> radius_, recalled_;  // by pattern; shares a pattern
};

}  // namespace ansatz::modern_hopfield
