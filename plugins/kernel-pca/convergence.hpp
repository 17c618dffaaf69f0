// How many landmarks are enough: Nystroem components against the exact ones, for growing sets of landmarks.
#pragma once

#include <ansatz/parameters.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>

#include <cstdint>
#include <tuple>
#include <vector>

#include "config.hpp"

namespace ansatz::kernel_pca {

struct ConvergenceOptions {
  std::vector<std::int64_t> counts;

  static constexpr auto params = std::tuple{param(
      &ConvergenceOptions::counts, "counts",
      "Numbers of landmarks, each set a part of the next; none: a 32nd of the rows and doubled up to a half",
      at_least(1))};
};

class Convergence {
 public:
  // One step: the exact components, then a number of landmarks.  True while more are needed.
  bool step(Session& session, const Config& config, const ConvergenceOptions& options);
  void state(Archive& archive);

 private:
  void begin(Session& session, const Config& config, const ConvergenceOptions& options);
  void approximate(Session& session, const Config& config);

  bool active_ = false;
  std::vector<std::int64_t> counts_;
  Matrix<double> exact_;                     // unit vectors on the rows, a component a row
  std::vector<double> values_;               // their eigenvalues
  std::vector<double> angle_, trace_error_;  // done so far
  Matrix<double> value_errors_;              // counts x components
};

}  // namespace ansatz::kernel_pca
