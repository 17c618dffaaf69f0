// A kernel matrix from a few of its columns: M = C' K_SS^-1 C + shift W^-1 with C = K(S, :), and its inverse.
//
//   NystromPreconditioner<float> m{pivots, columns, n};      // columns: pivots x n, row t is K(:, pivots[t])
//   m.add_rows(weights, executor);                           // rows of weight 0 are left out
//   m.factor(shift, executor);
//   m.apply(count, r, z, executor);                          // z = M^-1 r
//
//   M^-1 = (W - W C' (shift K_SS + C W C')^-1 C W) / shift,
//
// the preconditioner of Frangella, Tropp and Udell 2023 in the form of Woodbury's identity, which needs no
// eigenvectors. Columns may be f32; their Gram matrix, its factor and the application are f64, since a
// preconditioner whose Gram matrix is off by more than the shift makes conjugate gradients stall.
//
// Which columns: uniformly drawn, or by random_pivots.hpp.
#pragma once

#include <cstddef>
#include <vector>

#include "ansatz/num/kernel.hpp"
#include "ansatz/num/large_buffer.hpp"
#include "ansatz/num/symmetric_operator.hpp"

namespace ansatz {

template <class T>
class NystromPreconditioner final : public SymmetricOperator {
 public:
  NystromPreconditioner(std::vector<std::size_t> pivots, LargeBuffer<T> columns, std::size_t n);

  // Add rows with these weights (n of them, at least 0) to those that count already; a row may be added once.
  void add_rows(const double* weights, Executor& executor);
  // shift > 0.  Adds the smallest jitter to K_SS that lets the sum be factored, from epsilon times its mean diagonal (or
  // that of C W C' over the shift in f64) in six steps of 10; throws NumericalError if none does.
  void factor(double shift, Executor& executor);
  // Mean over some of the rows of k(x, x) minus its part in the columns: how much of the diagonal is left
  // out.
  [[nodiscard]] double mean_rest(const std::vector<double>& diagonal, Executor& executor) const;

  [[nodiscard]] std::size_t size() const override { return n_; }
  [[nodiscard]] double jitter() const { return jitter_; }
  void apply(std::size_t count, const double* r, double* z, Executor& executor) const override;

 private:
  std::vector<std::size_t> pivots_;
  LargeBuffer<T> columns_;
  std::size_t n_;
  std::vector<double> weights_;
  std::vector<double> gram_;  // C W C'
  std::vector<double> factor_;
  double shift_ = 0, jitter_ = 0;
};

extern template class NystromPreconditioner<double>;
extern template class NystromPreconditioner<float>;

}  // namespace ansatz
