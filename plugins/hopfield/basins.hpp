// Verb `basins`: from how far away the dynamics find a pattern.
#pragma once

#include <ansatz/session.hpp>

#include <tuple>
#include <vector>

#include "fields.hpp"

namespace ansatz::hopfield {

struct BasinOptions {
  std::vector<double> starts{0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45};
  std::int64_t trials = 10;
  double recalled = 0.95;
  static constexpr auto params = std::tuple{
      param(&BasinOptions::starts, "starts", "Shares of the bits that are flipped, increasing",
            between(0, 0.5)),
      param(&BasinOptions::trials, "trials", "Starts of each share from each pattern", at_least(1)),
      param(&BasinOptions::recalled, "recalled", "Overlap from which the end counts as the pattern", above(0),
            at_most(1))};
};

class Basins {
 public:
  // One pattern; asynchronous sweeps in random order until no neuron flips.  True: there is more to do.
  bool step(Session& session, const FieldMaker& maker, const BasinOptions& options);
  // Throws BadState if what is read does not fit together.
  void state(Archive& archive);

 private:
  void finish(Session& session, const BasinOptions& options) const;

  BitMatrix patterns_;                // p x n
  std::vector<double> sum_, square_;  // of the final overlaps, for each share
  std::vector<double> radius_;        // of the patterns so far
};

}  // namespace ansatz::hopfield
