// Flow to states sampled from the model in place of all one-bit flips.
//
// With samples y of the model at weights w0 and E' = E at w less E at w0, its objective is
//
//   K(w) = mean over patterns x of e^(E'(x) / 2) times mean over samples y of e^(-E'(y) / 2)
//
// (Sohl-Dickstein, Battaglino, DeWeese 2011, connecting every pattern with every sample), whose gradient at w0 is half the
// difference of the means of dE.  That is half the gradient of the likelihood, so one step is taken along it, and the
// samples move on under the new weights: persistent contrastive divergence (Tieleman 2008, "Training restricted Boltzmann
// machines using approximations to the likelihood gradient").
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/random.hpp>

#include <cstdint>
#include <functional>

#include "network.hpp"

namespace ansatz::hopfield {

struct SampledFitProblem {
  bool thresholds = false;  // learned; else zero
  double penalty = 0, step_size = 1;
  std::uint64_t samples = 200, epochs = 1000;
};

// <s_i s_j> and, in the last column, <s_i>, of rows s of -1 and 1 followed by a 1; the diagonal is zero.
[[nodiscard]] Matrix<double> mean_products(const Matrix<double>& rows);

class SampledFit {
 public:
  // A stream of random numbers of a name and number.
  using Random = std::function<Rng(const char*, std::uint64_t)>;

  // n x (n + 1) weights, zero, with the thresholds reversed last; samples that are uniform, as the model then is.
  void begin(std::uint64_t neurons, const SampledFitProblem& problem, const Random& random);
  // Epoch number `epoch`: a step of length step_size / n, falling to a fifth by the last epoch, then five sweeps of
  // every sample at temperature 1.  `data`: mean_products() of the patterns.
  void step(const SampledFitProblem& problem, const Matrix<double>& data, std::uint64_t epoch,
            const Random& random, Executor& executor);

  [[nodiscard]] std::uint64_t neurons() const { return samples_.rows() > 0 ? samples_.columns() : 0; }
  // Means over the second half of the epochs, which still the noise of the samples.
  [[nodiscard]] Matrix<double> weights() const { return sum_ / static_cast<double>(summed_); }
  // Largest difference of a mean product between patterns and samples, before the last step.
  [[nodiscard]] double mismatch() const { return mismatch_; }
  // Throws BadState if what is read does not fit together.
  void state(Archive& archive);

 private:
  Matrix<double> w_, sum_;
  std::uint64_t summed_ = 0;
  double mismatch_ = 0;
  BitMatrix samples_;  // a row each
};

}  // namespace ansatz::hopfield
