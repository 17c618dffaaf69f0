// The fields of one state, kept up to date while its neurons flip.
//
//   FieldMaker maker{network};                  // once: lays out the patterns by neurons
//   const auto fields = maker.make();           // one a thread
//   fields->start(state);
//   if (state[i] * fields->field(i) < 0) state[i] = -state[i], fields->flip(i);
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "network.hpp"

namespace ansatz::hopfield {

using State = std::span<std::int8_t>;
using ConstState = std::span<const std::int8_t>;  // -1 and 1

class Fields {
 public:
  virtual ~Fields() = default;
  // Look at this state from now on; it must outlive the use.
  virtual void start(ConstState s) = 0;
  // (Ws)_i over the network's unit: exact where the weights over the unit are integers.
  [[nodiscard]] virtual double field(std::uint64_t i) const = 0;
  // s_i was changed to its negative.
  virtual void flip(std::uint64_t i) = 0;
  // s'Ws over the unit.
  [[nodiscard]] virtual double quadratic() const = 0;
  // Row i will be asked for soon.
  virtual void prefetch(std::uint64_t /*i*/) const {}
};

class FieldMaker {
 public:
  // `network` must outlive this.
  explicit FieldMaker(const Network& network);
  [[nodiscard]] std::unique_ptr<Fields> make() const;
  [[nodiscard]] const Network& network() const { return network_; }

 private:
  const Network& network_;
  BitMatrix neurons_;               // n x p, of the packed form
  std::vector<std::int64_t> ones_;  // set bits of each of its rows
};

// E of the state that `fields` looks at.
[[nodiscard]] double energy(const Network& network, const Fields& fields, ConstState s);

// Overlaps sum over i of xi_i s_i of bits with every pattern.
void overlaps(const BitMatrix& patterns, const std::uint64_t* state, std::span<std::int32_t> result);

}  // namespace ansatz::hopfield
