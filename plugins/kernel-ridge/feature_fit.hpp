// Ridge regression on random features z(x): (Z'CZ + penalty I) w = Z'C y, with sums over rows that come block
// by block (Rahimi and Recht 2007).  C = W, or W - w w' / 1'w with an intercept.
#pragma once

#include <ansatz/num/random_features.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>

#include <cstdint>
#include <vector>

#include "training.hpp"

namespace ansatz::kernel_ridge {

class FeatureFit {
 public:
  void start(std::size_t features, const Training& training);
  // Some rows more; true while there are rows left.
  bool step(Session& session, const RandomFeatures& features, const Training& training);
  // w (features x targets) and b.  NumericalError if the matrix does not factor.
  void solve(const Training& training, bool intercept, std::vector<double>& w, std::vector<double>& b,
             Executor& executor);

  [[nodiscard]] bool active() const { return size_ > 0; }
  void state(Archive& archive);

 private:
  std::uint64_t size_ = 0, next_ = 0;
  std::vector<double> gram_;     // Z'WZ, lower triangle
  std::vector<double> moments_;  // Z'W y, features x targets
  std::vector<double> sums_;     // Z'w
};

}  // namespace ansatz::kernel_ridge
