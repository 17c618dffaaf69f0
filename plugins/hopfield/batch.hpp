// Synchronous sweeps over many states of a packed network at once, with the same results as one by one.
//
//   SynchronousBatch batch{network, states, count};   // states: count x n of -1 and 1
//   const std::vector<Sweep> sweeps = batch.sweep(ties, clamped, random);
//   batch.quadratic(k);                               // s'Ws over the unit, of state k as it is now
#pragma once

#include <ansatz/binary_dynamics.hpp>
#include <ansatz/num/bit_products.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include "network.hpp"

namespace ansatz::hopfield {

class SynchronousBatch {
 public:
  // From so many states on it is faster than Fields.
  static constexpr std::size_t least = 16;
  // As many states share what it takes to unpack the patterns.
  static constexpr std::size_t most = 256;

  // `network` is packed; it and the states must outlive this.
  SynchronousBatch(const Network& network, std::span<std::int8_t> states, std::size_t count);

  // One sweep over every state; `clamped`, empty or which neurons stay as they are, and `random` have one for each.
  [[nodiscard]] std::vector<Sweep> sweep(Ties ties, std::span<const std::vector<std::uint8_t>> clamped,
                                         std::span<Rng> random);
  [[nodiscard]] double quadratic(std::size_t k);

 private:
  // Of type Whole, which holds every field.
  template <class Whole>
  [[nodiscard]] std::vector<Sweep> sweep_in(Ties ties, std::span<const std::vector<std::uint8_t>> clamped,
                                            std::span<Rng> random);
  void count_overlaps();

  const Network& network_;
  std::span<std::int8_t> states_;
  std::size_t count_;
  BitPanel panel_;
  bool counted_ = false;                // the overlaps are those of the states
  std::vector<std::int32_t> overlaps_;  // count x p
};

}  // namespace ansatz::hopfield
