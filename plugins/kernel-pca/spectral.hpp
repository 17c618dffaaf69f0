// The matrix whose leading eigenvectors are wanted: (I - u u') S K S (I - u u'), S diagonal, u a unit vector
// with a known eigenvector's direction.
//
//   centred     S = I, u = 1 / sqrt n: the kernel matrix of centred features (Schoelkopf, Smola and Mueller
//   1998, B.3) uncentred   S = I, no u laplacian   S = D^-1/2, D = diag(K 1), u ~ D^1/2 1, which belongs to
//   the eigenvalue 1: what is left are the
//               nonconstant solutions of K f = (1 - nu) D f (Belkin and Niyogi 2003)
//   diffusion   the same for D^-alpha K D^-alpha (Coifman and Lafon 2006)
#pragma once

#include <ansatz/num/symmetric_operator.hpp>
#include <ansatz/state.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include "config.hpp"
#include "gram.hpp"

namespace ansatz::kernel_pca {

struct Spectral {
  Operator kind = Operator::centred;
  std::vector<double> scale;      // S; empty: I
  std::vector<double> direction;  // u; empty: none
  std::vector<double> row_means;  // of K; centred only
  std::vector<double> weights;    // D^-alpha; of graph operators
  double trace = 0;               // of the matrix
  double mean = 0;                // of all elements of K; centred only
  std::uint64_t isolated = 0;     // rows whose degree is no more than k(x, x); of graph operators

  // One or two products with K.  `kernel` names it in errors.  BadArgument if a degree is not positive, or if
  // the matrix is zero to rounding ("centred kernel is zero").
  static Spectral of(Operator kind, double alpha, Gram& gram, const std::string& kernel, Executor& executor);

  void state(Archive& archive);
};

// The matrix by its products.
class SpectralOperator final : public SymmetricOperator {
 public:
  SpectralOperator(const Spectral& spectral, Gram& gram) : spectral_{spectral}, gram_{gram} {}
  [[nodiscard]] std::size_t size() const override { return gram_.size(); }
  void apply(std::size_t count, const double* x, double* y, Executor& executor) const override;

 private:
  const Spectral& spectral_;
  Gram& gram_;
};

// The matrix itself: lower triangle, n x n.
void fill(const Spectral& spectral, const Gram& gram, double* a, Executor& executor);

}  // namespace ansatz::kernel_pca
