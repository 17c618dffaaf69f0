// Patterns of binary neurons for dense energies, and one state among them.
#pragma once

#include <ansatz/bit_ports.hpp>
#include <ansatz/labels.hpp>
#include <ansatz/num/bit_kernels.hpp>

#include <span>
#include <vector>

#include "dense_function.hpp"

namespace ansatz::modern_hopfield {

class DenseMemory {
 public:
  DenseMemory() = default;
  DenseMemory(BitMatrix patterns, DenseEnergy energy, std::int64_t power, Coding coding = Coding::sign);

  [[nodiscard]] std::uint64_t size() const { return patterns_.rows(); }
  [[nodiscard]] std::uint64_t neurons() const { return patterns_.columns(); }
  [[nodiscard]] const BitMatrix& patterns() const { return patterns_; }
  [[nodiscard]] const BitMatrix& columns() const { return columns_; }  // row i: neuron i of every pattern
  [[nodiscard]] const DenseFunction& function() const { return function_; }
  [[nodiscard]] DenseEnergy energy() const { return energy_; }
  [[nodiscard]] std::int64_t power() const { return power_; }
  [[nodiscard]] Coding coding() const { return coding_; }

  Labels labels;  // one a pattern, or none

  // Throws BadState if what is read does not fit together.
  void state(Archive& archive);

 private:
  void prepare();

  BitMatrix patterns_, columns_;
  DenseEnergy energy_ = DenseEnergy::rectified;
  std::int64_t power_ = 3;
  Coding coding_ = Coding::sign;
  DenseFunction function_;
};

// A state of -1 and 1, kept with its overlaps: O(K) to turn a neuron round, K / 8 additions for what that would cost.
class DenseState {
 public:
  explicit DenseState(const DenseMemory& memory);  // which must outlive it

  // Look at a state; it may change by flip() alone.
  void start(std::span<const std::int8_t> s);
  // E with s_i turned round less E; of an exponential memory the difference of logarithms.
  [[nodiscard]] double turning(std::uint64_t i) const;
  // Half of E(s_i = -1) - E(s_i = 1).
  [[nodiscard]] double field(std::uint64_t i) const { return 0.5 * s_[i] * turning(i); }
  // s_i has been turned round.
  void flip(std::uint64_t i);

  // Over 2^exponent of the function.  O(K).
  [[nodiscard]] double energy() const;
  // What energies are to be compared with: the sum of |F|, or the logarithm's size.
  [[nodiscard]] double scale() const;
  [[nodiscard]] std::span<const std::int32_t> overlaps() const { return {overlaps_.data(), memory_.size()}; }

 private:
  const DenseMemory& memory_;
  const BitKernels& kernels_ = bit_kernels();
  std::span<const std::int8_t> s_;
  std::vector<std::int32_t> overlaps_;  // padded as the columns
  std::vector<double> turn_;
  DenseFunction::Turns turns_;
  mutable std::vector<std::uint64_t> agreeing_;  // scratch: patterns that agree with s_i
};

}  // namespace ansatz::modern_hopfield
