// Verb `continuous.retrieve`: states follow the updates of their energy.
#pragma once

#include "continuous.hpp"

namespace ansatz::modern_hopfield {

struct RetrieveOptions {
  Temperature temperature;
  std::int64_t updates = 1;
  double tolerance = 0, damping = 1;
  std::int64_t truncate = 0, top = 10;
  bool energy = true;
  static constexpr auto params = std::tuple{
      params_of(&RetrieveOptions::temperature),
      param(&RetrieveOptions::updates, "updates", "Most updates of a state; one of attention is 1",
            at_least(1)),
      param(&RetrieveOptions::tolerance, "tolerance",
            "A state whose last update moved it no farther is done; 0: all updates are made", at_least(0),
            unit("unit of x")),
      param(&RetrieveOptions::damping, "damping", "Share of the way to the update that is gone", above(0),
            at_most(1)),
      param(&RetrieveOptions::truncate, "truncate",
            "Patterns of the largest dot products that an update takes; 0: all, exactly", at_least(0)),
      param(&RetrieveOptions::top, "top", "Patterns to name at weight and index; 0: none", at_least(0)),
      param(&RetrieveOptions::energy, "energy",
            "Give energies and check that no update raises them, at the cost of another product")};
};

class Retrieval {
 public:
  // One update of all states that are not done; true: there are some left.
  bool step(Session& session, SoftmaxEnergy& energy, const RetrieveOptions& options);
  void state(Archive& archive);

 private:
  void begin(Session& session, SoftmaxEnergy& energy, const RetrieveOptions& options);
  void read_mask(Session& session, std::uint64_t q, std::uint64_t d);
  void audit(std::uint64_t i, double now, double slack) const;
  void tell(Session& session, const std::vector<double>& before, const std::vector<double>& patterns);
  void finish(Session& session, SoftmaxEnergy& energy, const RetrieveOptions& options);

  Matrix<double> x_;                        // q x d
  std::vector<std::uint8_t> known_, done_;  // q d, or none; q
  std::vector<std::int64_t> steps_;
  std::vector<double> residual_;
  std::vector<double> energy_, due_;  // before the last update, and by how much that had to lower it
  std::vector<double> error_;         // largest bound of a truncated update
  double beta_ = 0;
};

}  // namespace ansatz::modern_hopfield
