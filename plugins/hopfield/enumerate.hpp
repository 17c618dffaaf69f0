// Verb `enumerate`: every fixed point of a small network, by going through all its states.
#pragma once

#include <ansatz/session.hpp>

#include <cstdint>
#include <vector>

#include "network.hpp"

namespace ansatz::hopfield {

inline constexpr std::uint64_t most_enumerated = 24;

// Fixed points: no neuron's field opposes it (s_i h_i >= 0).  A state descends by the flip that lowers the energy
// most, the first of equal ones, until no flip lowers it.
class Enumeration {
 public:
  // One block of states; the last step names what was found.  True: there is more to do.
  bool step(Session& session, const Network& network);
  // Throws BadState if what is read does not fit together.
  void state(Archive& archive);

 private:
  void finish(Session& session, const Network& network) const;

  std::vector<std::uint8_t> steepest_;  // of the states so far, bit i for neuron i: who flips, or n
};

}  // namespace ansatz::hopfield
