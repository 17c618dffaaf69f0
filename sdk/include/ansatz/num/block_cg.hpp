// Conjugate gradients for several right-hand sides at once: A X = B, A symmetric positive definite.
//
//   BlockConjugateGradients solver;
//   solver.start(n, m, b);                                       // m vectors of length n, one after the
//   other while (solver.step(a, preconditioner, active, executor)) {}  // one product with a block of vectors
//   a step solver.solution();
//
// The search directions of all right-hand sides span one space, in which every solution is the best one
// (O'Leary 1980, "The block conjugate gradient algorithm and related methods").  They are kept orthonormal,
// and directions that depend on the others are dropped (Ji and Li 2017, "A breakdown-free block conjugate
// gradient method"); so are those of right-hand sides that are no longer `active`, whose solutions still
// improve with the others.
//
// Directions are linear combinations of what the preconditioner returns.  If that is 0 in some elements,
// those elements of the solution stay 0, while the residual B - A X is kept for all: a row that is left out
// of the equations gets its prediction.
//
// f64.  All that lives between two steps is in state(); the same bytes for any number of workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ansatz/num/executor.hpp"
#include "ansatz/num/symmetric_operator.hpp"

namespace ansatz {

class BlockConjugateGradients {
 public:
  // `b` has `count` vectors of length n; the solution starts at 0.
  void start(std::size_t n, std::size_t count, std::vector<double> b);
  // One step for the right-hand sides with active[j] != 0.  False if there was no direction left to go: the
  // residual of the active ones is 0 as far as the preconditioner sees it.  Throws NumericalError, with the
  // Rayleigh quotient that shows it, if A is not positive definite.  `last`: directions for a step after it, which cost
  // a product with the preconditioner, are not made.
  bool step(const SymmetricOperator& a, const SymmetricOperator& preconditioner,
            const std::vector<std::uint8_t>& active, Executor& executor, bool last = false);
  // Forget the directions, keep solution and residual: the equations have changed, or rows have come in.
  void restart() { rank_ = 0, directions_.clear(); }

  [[nodiscard]] std::size_t size() const { return n_; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] const std::vector<double>& solution() const { return x_; }
  [[nodiscard]] const std::vector<double>& residual() const { return r_; }

  // For an Archive.
  template <class Archive>
  void state(Archive& archive) {
    archive("n", n_);
    archive("count", count_);
    archive("rank", rank_);
    archive("solution", x_);
    archive("residual", r_);
    archive("directions", directions_);
  }

 private:
  void new_directions(const SymmetricOperator& preconditioner, const std::vector<std::uint8_t>& active,
                      const std::vector<double>& products, const std::vector<double>& factor,
                      Executor& executor);

  std::size_t n_ = 0, count_ = 0, rank_ = 0;
  std::vector<double> x_, r_, directions_;
};

}  // namespace ansatz
