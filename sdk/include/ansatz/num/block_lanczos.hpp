// The largest eigenvalues of a symmetric operator and their vectors: block Lanczos with full
// reorthogonalisation, one product with a block of vectors a step.
//
//   BlockLanczos solver{a.size(), {.components = 16}};
//   const auto random = [&](std::uint64_t i) { return session.rng("lanczos", i); };
//   while (solver.step(a, random, executor)) {}
//   solver.values();                     // descending
//   solver.residuals();                  // |A u - value u| of each
//   const std::vector<double> u = solver.vectors(executor);      // components x n, orthonormal
//
// The basis V obeys A V = V H + P C with a pending block P; the eigenpairs (theta, y) of H = V'AV give the
// estimates theta, V y with residuals |C y| (Golub and Underwood 1977; Golub and Van Loan 2013, section
// 10.3.6).  When the basis is full, the best Ritz vectors are kept (thick restart: Wu and Simon 2000).
//
// A block finds at most as many copies of a repeated eigenvalue as it has vectors.  With fewer vectors than
// components, random vectors join the block after convergence; if larger values appear in two more steps, the
// iteration goes on.
//
// All arithmetic is f64; residuals below some 1e-14 of the largest value count as 0.  Everything between two
// steps is in state(), so that a saved solver goes on to the same bytes; the same bytes for any number of
// workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ansatz/num/executor.hpp"
#include "ansatz/num/random.hpp"
#include "ansatz/num/symmetric_operator.hpp"

namespace ansatz {

struct LanczosOptions {
  std::size_t components = 1;  // at least 1; at most n are found
  std::size_t block = 32;      // vectors a product, at least 1
  double tolerance = 1e-8;     // residual over eigenvalue, of every component
  // Values below this share of the largest are taken for zero: they need not converge further.
  double zero = 1e-14;
};

// Random numbers of number `index`: the solver draws each index once.
using RandomStream = std::function<Rng(std::uint64_t index)>;

class BlockLanczos {
 public:
  BlockLanczos() = default;
  // Throws BadArgument for sizes of 0.
  BlockLanczos(std::size_t n, const LanczosOptions& options);
  // Begin with `count` vectors of length n (made orthonormal; dependent ones are replaced by random ones).
  void start_with(std::size_t count, std::vector<double> vectors);

  // One product with a block.  True while more steps are needed.  Throws NumericalError if a product is not
  // finite.
  bool step(const SymmetricOperator& a, const RandomStream& random, Executor& executor);

  // Estimates after the last step, descending; as many as components, or n if fewer.
  [[nodiscard]] std::span<const double> values() const { return {values_.data(), found()}; }
  [[nodiscard]] std::span<const double> residuals() const { return {residuals_.data(), found()}; }
  [[nodiscard]] std::size_t converged() const;  // of them
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t products() const { return products_; }  // vectors multiplied so far
  // found() x n, each contiguous, in the order of the values.
  [[nodiscard]] std::vector<double> vectors(Executor& executor) const;
  [[nodiscard]] std::size_t found() const;
  // The least eigenvalue of the projected matrix: not below the least of all.
  [[nodiscard]] double least() const { return values_.back(); }

  // For an Archive.
  template <class Archive>
  void state(Archive& archive) {
    archive("n", n_);
    archive("components", options_.components);
    archive("block", options_.block);
    archive("tolerance", options_.tolerance);
    archive("zero", options_.zero);
    archive("size", size_);
    archive("pending_size", pending_size_);
    archive("basis", basis_);
    archive("pending", pending_);
    archive("projected", projected_);
    archive("values", values_);
    archive("residuals", residuals_);
    archive("drawn", drawn_);
    archive("steps", steps_);
    archive("products", products_);
    archive("checks_left", checks_left_);
    archive("checked_value", checked_value_);
  }

 private:
  struct Pairs {
    std::vector<double> values, vectors;
  };
  [[nodiscard]] Pairs projected_pairs(std::size_t count) const;
  [[nodiscard]] std::size_t largest_basis() const;
  void begin(const RandomStream& random, Executor& executor);
  std::vector<double> extend(const SymmetricOperator& a, Executor& executor);
  void add_random(std::size_t count, const RandomStream& random, Executor& executor);
  void rayleigh_ritz(std::vector<double> coupling);
  [[nodiscard]] bool is_converged(std::size_t j) const;
  bool go_on(const RandomStream& random, Executor& executor);
  void restart(Executor& executor);

  std::size_t n_ = 0;
  LanczosOptions options_;
  std::size_t size_ = 0, pending_size_ = 0;  // vectors of the basis, of the pending block
  std::vector<double> basis_, pending_;      // V and P, a vector after the other
  std::vector<double> projected_;            // H, size x size
  std::vector<double> values_, residuals_;
  std::uint64_t drawn_ = 0, steps_ = 0, products_ = 0;
  std::int64_t checks_left_ = -1;  // steps with random vectors to go; -1: not begun
  double checked_value_ = 0;       // the least wanted value when they began
};

}  // namespace ansatz
