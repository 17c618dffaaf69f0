// Patterns and states as bits: bit j of row mu is set where neuron j is +1 in pattern mu.
//
//   BitMatrix patterns{p, n};
//   patterns.set(mu, j, true);
//   const BitMatrix neurons = patterns.transposed();     // row j: the p bits of neuron j
//
// Rows are padded with zero bits to whole lines of 64 bytes.
#pragma once

#include <ansatz/num/random.hpp>
#include <ansatz/session.hpp>

#include <cstdint>
#include <span>

namespace ansatz::hopfield {

class BitMatrix {
 public:
  BitMatrix() = default;
  BitMatrix(std::uint64_t rows, std::uint64_t columns);  // all bits zero

  [[nodiscard]] std::uint64_t rows() const { return static_cast<std::uint64_t>(words_.rows()); }
  [[nodiscard]] std::uint64_t columns() const { return columns_; }
  // Of a row, the padding included; a multiple of 8.
  [[nodiscard]] std::uint64_t words() const { return static_cast<std::uint64_t>(words_.cols()); }
  [[nodiscard]] const std::uint64_t* row(std::uint64_t i) const { return words_.data() + i * words(); }
  [[nodiscard]] std::uint64_t* row(std::uint64_t i) { return words_.data() + i * words(); }

  [[nodiscard]] bool get(std::uint64_t i, std::uint64_t j) const {
    return (row(i)[j / 64] >> j % 64 & 1) != 0;
  }
  [[nodiscard]] int sign(std::uint64_t i, std::uint64_t j) const { return get(i, j) ? 1 : -1; }
  void set(std::uint64_t i, std::uint64_t j, bool value) {
    const std::uint64_t bit = std::uint64_t{1} << j % 64;
    row(i)[j / 64] = value ? row(i)[j / 64] | bit : row(i)[j / 64] & ~bit;
  }

  // Each bit with probability 1/2.
  void draw_row(std::uint64_t i, Rng& random);
  // Row i as numbers -1 and 1, and back.
  void unpack(std::uint64_t i, std::span<std::int8_t> values) const;
  void pack(std::uint64_t i, std::span<const std::int8_t> values);
  void append(const BitMatrix& more);  // of as many columns, or to an empty one
  [[nodiscard]] BitMatrix transposed() const;
  [[nodiscard]] bool operator==(const BitMatrix& other) const {
    return columns_ == other.columns_ && words_ == other.words_;
  }

  // Throws BadState if what is read has another padding than zero.
  void state(Archive& archive);

 private:
  std::uint64_t columns_ = 0;
  Matrix<std::uint64_t> words_;
};

}  // namespace ansatz::hopfield
