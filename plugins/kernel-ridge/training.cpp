#include "training.hpp"

#include <ansatz/num/check.hpp>

#include <numeric>
#include <string>

namespace ansatz::kernel_ridge {

Training Training::from(Session& session, const char* port, double penalty, bool of_the_mean) {
  Training training;
  training.all = session.shape(port)[0];
  std::vector<double> weights(training.all, 1.0);
  if (session.has("weight")) {
    const auto given = session.values<double>("weight");
    weights.assign(given.begin(), given.end());
  }
  for (std::uint64_t i = 0; i < training.all; ++i) {
    if (!(weights[i] >= 0)) {
      check_nonnegative("kernel-ridge.fit", "weight[" + std::to_string(i) + "]", weights[i]);
    }
    (weights[i] > 0 ? training.chosen : training.left_out).push_back(i);
  }
  if (training.chosen.empty()) {
    throw BadArgument(training.all == 0
                          ? std::string{"kernel-ridge.fit: "} + port + " has no rows"
                          : "kernel-ridge.fit: all " + std::to_string(training.all) + " weights are zero");
  }
  for (const std::uint64_t i : training.chosen) training.weights.push_back(weights[i]);
  training.targets = Targets::from(session, training.chosen);
  training.penalty_unit =
      of_the_mean ? std::accumulate(training.weights.begin(), training.weights.end(), 0.0) : 1.0;
  training.penalty = penalty * training.penalty_unit;
  return training;
}

}  // namespace ansatz::kernel_ridge
