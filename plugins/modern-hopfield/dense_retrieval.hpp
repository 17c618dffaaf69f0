// Verb `dense.retrieve`: states follow the dynamics until they settle.
#pragma once

#include <ansatz/binary_dynamics.hpp>
#include <ansatz/session.hpp>

#include "dense_memory.hpp"

namespace ansatz::modern_hopfield {

struct DenseRetrieveOptions {
  DynamicsOptions dynamics;
  static constexpr auto params = std::tuple{params_of(&DenseRetrieveOptions::dynamics)};
};

// Rows of a port as states of the memory's neurons.
[[nodiscard]] CodedBits read_dense_states(Session& session, const DenseMemory& memory,
                                          const std::string& where);

// Sweeps from s, which `at` has started from, until no neuron flips, `most` at the most.
// random(number): the draws of a sweep.
template <class Random>
void follow(DenseState& at, std::span<std::int8_t> s, const DynamicsOptions& dynamics, std::uint64_t most,
            const Random& random) {
  for (std::uint64_t number = 0; number < most; ++number) {
    // The last sweep of many neurons at once: nobody looks at the overlaps again.
    const bool last = dynamics.dynamics == Dynamics::synchronous && number + 1 == most;
    const Sweep sweep = sweep_neurons(
        s, dynamics, number, {}, random(number), [&](std::uint64_t i) { return at.field(i); },
        [&](std::uint64_t i) { last ? void() : at.flip(i); }, [](std::uint64_t) {});
    if (sweep.flips == 0) return;
  }
}

class DenseRetrieval {
 public:
  // One sweep of all states that have not settled; true: there are some left.
  bool step(Session& session, const DenseMemory& memory, const DynamicsOptions& options);
  void state(Archive& archive);

 private:
  void begin(Session& session, const DenseMemory& memory);
  void move(Session& session, const DenseMemory& memory, const DynamicsOptions& options, std::uint64_t k,
            DenseState& at, BitMatrix& next);
  void finish(Session& session, const DenseMemory& memory) const;

  BitMatrix states_, clamp_;  // q x n; 1 or q x n, or none
  Coding coding_ = Coding::sign;
  std::vector<double> trace_;  // energies, q a sweep
  std::vector<std::int64_t> sweeps_, ties_;
  std::vector<std::uint8_t> settled_;
};

}  // namespace ansatz::modern_hopfield
