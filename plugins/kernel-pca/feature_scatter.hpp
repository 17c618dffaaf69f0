// Approximate components: linear PCA of explicit features F of the rows, whose products F F' stand for K.
//
//   nystrom    F = K_nZ V Gamma^-1/2 on landmarks Z with K_ZZ = V Gamma V' (Williams and Seeger 2001);
//              F F' <= K in the Loewner order
//   features   random features (ansatz/num/random_features.hpp); F F' is K on average
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/state.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "expansion.hpp"

namespace ansatz::kernel_pca {

class FeatureScatter {
 public:
  FeatureScatter() = default;
  // Of features that are given as they are.
  explicit FeatureScatter(std::size_t features);
  // From K_ZZ, landmarks x landmarks; eigenvalues below precision * landmarks * the largest are dropped.
  FeatureScatter(Matrix<double> landmark_kernel, double precision);

  // Rows of features or of K_nZ, and k(x, x) of these rows.
  void add(const Matrix<double>& values, const std::vector<double>& diagonal, Executor& executor);
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

  // After all rows: components, offset, mean and eigenvalues of `expansion`, whose operator says whether the
  // features are centred.  Returns the trace that the components have a share of: sum of k(x, x) less, if
  // centred, n times the square of the mean.
  double finish(std::size_t components, double precision, Expansion& expansion) const;
  // sum of k(x, x) - |features|^2 over the rows: what landmarks do not reach; never negative but for rounding.
  [[nodiscard]] double trace_error() const { return trace_ - scatter_.trace(); }

  void state(Archive& archive);

 private:
  Matrix<double> map_;      // V Gamma^-1/2, landmarks x rank; empty: features as they are
  Matrix<double> scatter_;  // F'F
  std::vector<double> sums_;
  double trace_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace ansatz::kernel_pca
