// Verb `sample`: states with the odds of the Gibbs law exp(-E / temperature), by Glauber sweeps.
#pragma once

#include <ansatz/session.hpp>

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "dynamics.hpp"

namespace ansatz::hopfield {

enum class SampleOrder { random, fixed };
constexpr auto choices(SampleOrder) { return std::array{"random", "fixed"}; }

struct SampleOptions {
  double temperature = 1;
  std::int64_t chains = 10, sweeps = 200, burn_in = 50;
  SampleOrder order = SampleOrder::random;
  static constexpr auto params = std::tuple{
      param(&SampleOptions::temperature, "temperature", "Of the law exp(-E / temperature)", above(0),
            unit("unit of the energy")),
      param(&SampleOptions::chains, "chains", "States that move, each on its own; with x as many as it has",
            at_least(1)),
      param(&SampleOptions::sweeps, "sweeps", "After burn_in; they count in mean and correlation",
            at_least(1), unit("sweeps")),
      param(&SampleOptions::burn_in, "burn_in", "Sweeps before", at_least(0), unit("sweeps")),
      param(&SampleOptions::order, "order", "Of the neurons: drawn for each sweep, or 0, 1, 2, ...")};
};

class Sampling {
 public:
  // One sweep of every chain; true: there is more to do.
  bool step(Session& session, const Network& network, const FieldMaker& maker, const SampleOptions& options);
  // Throws BadState if what is read does not fit together.
  void state(Archive& archive);

 private:
  void begin(Session& session, const Network& network, const SampleOptions& options);
  void count(Session& session);
  void finish(Session& session, const Network& network, const SampleOptions& options) const;

  BitMatrix states_;              // c x n
  Coding coding_ = Coding::sign;  // of x
  std::vector<double> energies_;  // c a sweep, from the start
  Eigen::VectorXd sums_;          // n: of s_i over chains and sweeps; whole numbers
  Matrix<double> products_;       // n x n: of s_i s_j; empty where n is too large
};

}  // namespace ansatz::hopfield
