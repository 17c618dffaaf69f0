// Verb `retrieve` of graded neurons: states follow their differential equation to a fixed point.
#pragma once

#include <ansatz/session.hpp>

#include <cstdint>
#include <memory>
#include <tuple>
#include <vector>

#include "graded.hpp"

namespace ansatz::hopfield {

struct GradedRetrieveOptions {
  double gain = 1, time_constant = 1, step_size = 0.1;
  Method method = Method::euler;
  double accuracy = 1e-6, arrived = 1e-10;
  std::int64_t max_steps = 4000;
  static constexpr auto params = std::tuple{
      param(&GradedRetrieveOptions::gain, "gain", "Slope of the outputs: V = tanh(gain u)", above(0)),
      param(&GradedRetrieveOptions::time_constant, "time_constant", "tau, the unit of the port time",
            above(0)),
      param(&GradedRetrieveOptions::step_size, "step_size",
            "Over time_constant: the longest step of euler, the first of rk45", above(0), at_most(1)),
      param(&GradedRetrieveOptions::method, "method",
            "euler: halves steps that raise the energy; rk45: chooses them by their error too"),
      param(&GradedRetrieveOptions::accuracy, "accuracy",
            "Error of a step over its length, where that is below 1", above(0), below(1),
            used_if("method=rk45")),
      param(&GradedRetrieveOptions::arrived, "arrived", "Residual at which a state has arrived", above(0)),
      param(&GradedRetrieveOptions::max_steps, "max_steps", "Steps before a state counts as not arrived",
            between(1, 4000), unit("steps"))};
};

class GradedRetrieval {
 public:
  // One integrator step of all states that have not arrived; true: there are some left.
  bool step(Session& session, const Network& network, const GradedRetrieveOptions& options);
  // Throws BadState if what is read does not fit together.
  void state(Archive& archive);

 private:
  void begin(Session& session, const GradedRetrieveOptions& options);
  void finish(Session& session, const Network& network, const GradedRetrieveOptions& options) const;

  Matrix<double> u_;                       // q x n
  std::vector<double> next_, residual_;    // q
  std::vector<double> times_, energies_;   // q a step, from the start
  std::vector<std::int64_t> steps_;        // q
  std::unique_ptr<GradedNetwork> graded_;  // made when first needed: it unpacks the patterns
};

// States in [-1, 1], of the verbs of graded neurons.  Throws BadArgument: another size, a value outside.
[[nodiscard]] ConstMatrixMap<double> read_outputs(Session& session, const char* where, std::uint64_t neurons);
// I; empty: none.
[[nodiscard]] inline std::span<const double> read_drive(Session& session) {
  return session.has("i") ? session.values<double>("i") : std::span<const double>{};
}

}  // namespace ansatz::hopfield
