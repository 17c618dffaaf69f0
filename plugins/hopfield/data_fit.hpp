// Weights and thresholds fitted to patterns by descent on a convex objective:
//
//   flow               (1/p) sum over mu, i of exp(-xi_i h_i)             (Sohl-Dickstein, Battaglino, DeWeese 2011;
//                                                                         Hillar, Sohl-Dickstein, Koepsell 2012)
//   pseudo-likelihood  (1/p) sum over mu, i of log(1 + exp(-2 xi_i h_i))  (Besag 1975)
//
// plus half the penalty times the sum of the squared weights.  Both have the patterns' law as that of a network at
// temperature 1 if there is one.
#pragma once

#include <ansatz/num/executor.hpp>

#include <cstdint>
#include <vector>

#include "network.hpp"

namespace ansatz::hopfield {

enum class Objective { flow, pseudo_likelihood };

// What is fitted: n x (n + 1), the weights with a zero diagonal and, last, the thresholds reversed.
struct FitProblem {
  Objective objective = Objective::flow;
  bool symmetric = true;    // the gradient stays among symmetric weights
  bool thresholds = false;  // else the last column stays zero
  double penalty = 0;
};

// The value at w; sets its gradient, and the least xi_i h_i of each neuron over the norm of its row.  `x` is p x (n + 1), the
// patterns and a column of ones.
double evaluate_fit(const FitProblem& problem, const Matrix<double>& x, const Matrix<double>& w,
                    Matrix<double>& gradient, std::vector<double>& margins, Executor& executor);

// Gradient steps of the length of Barzilai and Borwein, halved until the value is below the largest of the last ones
// (Raydan 1997, "The Barzilai and Borwein gradient method for the large scale unconstrained minimization problem").
class DataFit {
 public:
  void begin(std::uint64_t neurons);
  // One step.
  void step(const FitProblem& problem, const Matrix<double>& x, Executor& executor);

  [[nodiscard]] const Matrix<double>& weights() const { return w_; }
  [[nodiscard]] double value() const { return recent_.empty() ? 0 : recent_.back(); }
  [[nodiscard]] double steepest() const;  // largest element of the gradient
  [[nodiscard]] const std::vector<double>& margins() const { return margins_; }
  // Throws BadState if what is read does not fit together.
  void state(Archive& archive);

 private:
  Matrix<double> w_, gradient_;
  std::vector<double> recent_, margins_;
  double length_ = 0;  // of the next step
};

}  // namespace ansatz::hopfield
