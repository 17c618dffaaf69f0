#include "dense_memory.hpp"

#include <cmath>

namespace ansatz::modern_hopfield {

DenseMemory::DenseMemory(BitMatrix patterns, DenseEnergy energy, std::int64_t power, Coding coding)
    : patterns_{std::move(patterns)}, energy_{energy}, power_{power}, coding_{coding} {
  prepare();
}

void DenseMemory::prepare() {
  columns_ = patterns_.transposed();
  function_ = DenseFunction{energy_, power_, neurons(), size()};
}

void DenseMemory::state(Archive& archive) {
  archive("patterns", patterns_);
  archive("labels", labels);
  archive("energy", energy_);
  archive("power", power_);
  archive("coding", coding_);
  if (archive.writing()) return;
  if (power_ < 1 || power_ > 64) throw BadState("the power of the saved state is not between 1 and 64");
  if (labels.size() != 0 && labels.size() != size()) {
    throw BadState("the saved state has " + std::to_string(size()) + " patterns and " +
                   std::to_string(labels.size()) + " labels");
  }
  prepare();
}

DenseState::DenseState(const DenseMemory& memory)
    : memory_{memory},
      overlaps_(64 * memory.columns().words()),
      turn_(64 * memory.columns().words()),
      agreeing_(memory.columns().words()) {}

void DenseState::start(std::span<const std::int8_t> s) {
  s_ = s;
  BitMatrix bits{1, memory_.neurons()};
  bits.pack(0, s);
  const auto n = static_cast<std::int64_t>(memory_.neurons());
  for (std::uint64_t mu = 0; mu < memory_.size(); ++mu) {
    const std::uint64_t apart = kernels_.differing(memory_.patterns().row(mu), bits.row(0), bits.words());
    overlaps_[mu] = static_cast<std::int32_t>(n - 2 * static_cast<std::int64_t>(apart));
  }
  turns_ = memory_.function().turns(overlaps_.data(), memory_.size(), turn_.data());
}

double DenseState::turning(std::uint64_t i) const {
  const std::uint64_t* column = memory_.columns().row(i);
  const std::size_t words = agreeing_.size();
  if (s_[i] < 0) {  // `turn_` is 0 behind the last pattern
    for (std::size_t w = 0; w < words; ++w) agreeing_[w] = ~column[w];
    column = agreeing_.data();
  }
  const double sum = kernels_.masked_real_sum(column, turn_.data(), words) + turns_.rest;
  return memory_.function().logarithmic() ? -std::log1p(-sum / turns_.value) : sum;
}

void DenseState::flip(std::uint64_t i) {
  kernels_.add_signed(memory_.columns().row(i), 2 * s_[i], overlaps_.data(), agreeing_.size());
  turns_ = memory_.function().turns(overlaps_.data(), memory_.size(), turn_.data());
}

double DenseState::energy() const {
  if (memory_.function().logarithmic())
    return -(static_cast<double>(turns_.largest) + std::log(turns_.value));
  return -memory_.function().sums(overlaps_.data(), memory_.size()).value;
}

double DenseState::scale() const {
  if (memory_.function().logarithmic()) return 1 + std::abs(energy());
  return memory_.function().sums(overlaps_.data(), memory_.size()).magnitude;
}

}  // namespace ansatz::modern_hopfield
