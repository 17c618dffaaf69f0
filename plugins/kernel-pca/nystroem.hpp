// Approximate components on landmarks: linear PCA of the features F = K_nZ V Gamma^-1/2 with
// W = K_ZZ = V Gamma V' (Williams and Seeger 2001).  F F' <= K in the Loewner order.
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/state.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "expansion.hpp"

namespace ansatz::kernel_pca {

class Nystroem {
 public:
  Nystroem() = default;
  // From K_ZZ, landmarks x landmarks; eigenvalues below precision * landmarks * the largest are dropped.
  Nystroem(Matrix<double> landmark_kernel, double precision);

  // Rows of K_nZ, and k(x, x) of these rows.
  void add(const Matrix<double>& k, const std::vector<double>& diagonal, Executor& executor);
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

  // After all rows: components, offset, mean and eigenvalues of `expansion`, whose operator says whether the
  // features are centred.  Returns the trace that the components have a share of: sum of k(x, x) less, if
  // centred, n times the square of the mean.
  double finish(std::size_t components, double precision, Expansion& expansion) const;
  // sum of k(x, x) - |features|^2 over the rows: what the landmarks do not reach; never negative but for
  // rounding.
  [[nodiscard]] double trace_error() const { return trace_ - scatter_.trace(); }

  void state(Archive& archive);

 private:
  Matrix<double> map_;      // V Gamma^-1/2, landmarks x rank
  Matrix<double> scatter_;  // F'F
  std::vector<double> sums_;
  double trace_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace ansatz::kernel_pca
