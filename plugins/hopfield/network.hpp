// A network of n binary neurons: patterns in bits, and weights where the rule needs them.
//
// Everything is in the -1/+1 form: W = unit * (the weights held), fields h = W s - thresholds, energy
// E(s) = -1/2 s'Ws + thresholds's.  The Hebb rule without decay holds no weights: W = unit * sum of xi xi'.
#pragma once

#include <ansatz/bit_ports.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace ansatz::hopfield {

// Of representation int8: weights between -p and p, so few patterns, and bytes a weight.
inline constexpr std::uint64_t most_byte_patterns = 32767;
[[nodiscard]] constexpr std::uint64_t byte_width(std::uint64_t patterns) { return patterns < 128 ? 1 : 2; }

struct Network {
  BitMatrix bits;          // n x p: row i is neuron i in every pattern
  Matrix<double> weights;  // n x n, over unit; empty: packed
  double unit = 1;
  Eigen::VectorXd thresholds;  // n; empty: all zero
  bool self = false;           // the diagonal was kept
  bool bytes = false;          // packed, and fields from whole weights in bytes that FieldMaker forms
  bool symmetric = true;
  Coding coding = Coding::sign;

  [[nodiscard]] std::uint64_t neurons() const { return bits.rows(); }
  [[nodiscard]] std::uint64_t patterns() const { return bits.columns(); }
  // Pattern mu as numbers -1 and 1.
  void pattern(std::uint64_t mu, std::span<std::int8_t> s) const;
  // Append patterns, the rows of p x n bits; for a while three copies of the bits are held.
  void add(const BitMatrix& more);
  [[nodiscard]] bool packed() const { return weights.size() == 0; }
  [[nodiscard]] double threshold(std::uint64_t i) const {
    return thresholds.size() == 0 ? 0 : thresholds(static_cast<Eigen::Index>(i));
  }
  // W_ii, also of the packed form.
  [[nodiscard]] double self_coupling(std::uint64_t i) const;
  // W over the unit, also of the packed form: whole numbers stay whole; n^2 doubles.
  [[nodiscard]] Matrix<double> matrix_over_unit() const;

  // Throws BadState if what is read does not fit together.
  void state(Archive& archive);
};

// States of the neurons, rows of port x.  Throws BadArgument: another number of columns, or what read_bits() refuses.
[[nodiscard]] CodedBits read_states(Session& session, const std::string& where, const Network& network);

// The patterns as numbers -1 and 1: p x n.
[[nodiscard]] Matrix<double> as_signs(const Network& network);

}  // namespace ansatz::hopfield
