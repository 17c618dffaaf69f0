// The fields of one state, kept up to date while its neurons flip.
//
//   FieldMaker maker{network};                  // once
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
  // field() of every neuron.
  virtual void all(std::span<double> h) const = 0;
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
  std::vector<std::uint32_t> ones_;  // patterns in which each neuron is +1, of the packed form
  // W over the unit, n x n, of network.bytes: one of them.
  std::vector<std::int8_t> bytes_;
  std::vector<std::int16_t> shorts_;
};

// E of a state, from its s'Ws over the unit or from fields that look at it.
[[nodiscard]] double energy(const Network& network, double quadratic, ConstState s);
[[nodiscard]] inline double energy(const Network& network, const Fields& fields, ConstState s) {
  return energy(network, fields.quadratic(), s);
}

// Sum over i of xi_i s_i for every pattern.
[[nodiscard]] std::vector<std::int32_t> overlaps(const Network& network, ConstState s);

}  // namespace ansatz::hopfield
