// Verb `dense.basins`: how many bits of a pattern may be turned before it is no longer recalled.
#pragma once

#include <ansatz/plugin.hpp>

#include "dense_retrieval.hpp"

namespace ansatz::modern_hopfield {

struct BasinOptions {
  std::int64_t draws = 20;
  double resolution = 0.02;
  static constexpr auto params =
      std::tuple{param(&BasinOptions::draws, "draws", "Cues of each share", at_least(1)),
                 param(&BasinOptions::resolution, "resolution",
                       "Shares of turned bits are the multiples of this, up to 0.5", between(0.001, 0.5))};
};

class DenseBasins {
 public:
  // One pattern: cues with more and more bits turned at random settle by single moves in random order.
  bool step(Session& session, const DenseMemory& memory, const BasinOptions& options);
  void state(Archive& archive);

 private:
  std::vector<double> radius_, recalled_;  // by pattern; shares a pattern
};

}  // namespace ansatz::modern_hopfield
