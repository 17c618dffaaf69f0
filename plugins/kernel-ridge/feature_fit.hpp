// Ridge regression on features z(x): (Z'CZ + penalty I) w = Z'C y, with sums over rows that come block by block.
// C = W, or W - w w' / 1'w with an intercept.  The features are random ones (Rahimi and Recht 2007) or those of
// centres (centre_factor.hpp).
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/rows.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>

#include <cstdint>
#include <functional>
#include <vector>

#include "training.hpp"

namespace ansatz::kernel_ridge {

// z of rows, row-major.
using FeatureMap = std::function<void(const Rows& rows, double* z, Executor& executor)>;

// What is known of w after the rows: normal with covariance penalty (Z'CZ + penalty I)^-1, the penalty being the noise
// variance.
struct FeaturePosterior {
  Matrix<double> factor;     // R R' = Z'CZ + penalty I, lower triangle
  std::vector<double> mean;  // of z over the rows, by weight; 0 without an intercept
  double total = 0;          // sum of the weights

  void state(Archive& archive);
};

class FeatureFit {
 public:
  void start(std::size_t features, const Training& training);
  // Some rows more; true while there are rows left.
  bool step(Session& session, const FeatureMap& features, const Training& training);
  // w (features x targets) and b.  NumericalError if the matrix does not factor.
  void solve(const Training& training, bool intercept, std::vector<double>& w, std::vector<double>& b,
             Executor& executor);
  // The same without w.
  [[nodiscard]] FeaturePosterior posterior(const Training& training, bool intercept, Executor& executor);

  [[nodiscard]] bool active() const { return size_ > 0; }
  void state(Archive& archive);

 private:
  // gram_ becomes R; `total` is the sum of the weights.
  void factor(double total, double penalty, bool intercept, Executor& executor);

  std::uint64_t size_ = 0, next_ = 0;
  std::vector<double> gram_;     // Z'WZ, lower triangle
  std::vector<double> moments_;  // Z'W y, features x targets
  std::vector<double> sums_;     // Z'w
};

}  // namespace ansatz::kernel_ridge
