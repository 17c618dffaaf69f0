// Patterns and states of binary neurons as bits: bit j of row mu is set where neuron j is +1 in pattern mu.
//
//   BitMatrix patterns{p, n};
//   patterns.set(mu, j, true);
//   const BitMatrix neurons = patterns.transposed();     // row j: the p bits of neuron j
//
// Rows are padded with zero bits to whole lines of 64 bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "ansatz/num/random.hpp"
#include "ansatz/session.hpp"

namespace ansatz {

namespace detail {

inline std::uint64_t padded_words(std::uint64_t columns) { return (columns + 511) / 512 * 8; }
// The bits of word w that belong to columns.
inline std::uint64_t used_bits(std::uint64_t columns, std::uint64_t w) {
  if (columns >= 64 * (w + 1)) return ~std::uint64_t{0};
  return columns <= 64 * w ? 0 : (std::uint64_t{1} << (columns - 64 * w)) - 1;
}

// Transpose 64 x 64 bits: swap the off-diagonal blocks of size 32, 16, ... 1.
inline void transpose(std::array<std::uint64_t, 64>& block) {
  std::uint64_t mask = 0x00000000FFFFFFFF;
  for (std::size_t size = 32; size != 0; size /= 2, mask ^= mask << size) {
    for (std::size_t i = 0; i < 64; i = ((i | size) + 1) & ~size) {
      const std::uint64_t swapped = ((block[i] >> size) ^ block[i | size]) & mask;
      block[i] ^= swapped << size;
      block[i | size] ^= swapped;
    }
  }
}

}  // namespace detail

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

inline BitMatrix::BitMatrix(std::uint64_t rows, std::uint64_t columns)
    : columns_{columns},
      words_{Matrix<std::uint64_t>::Zero(static_cast<Eigen::Index>(rows),
                                         static_cast<Eigen::Index>(detail::padded_words(columns)))} {}

inline void BitMatrix::draw_row(std::uint64_t i, Rng& random) {
  random.fill_bits({row(i), (columns_ + 63) / 64});
  if (columns_ > 0) row(i)[(columns_ - 1) / 64] &= detail::used_bits(columns_, (columns_ - 1) / 64);
}

inline void BitMatrix::unpack(std::uint64_t i, std::span<std::int8_t> values) const {
  for (std::uint64_t j = 0; j < columns_; ++j) values[j] = static_cast<std::int8_t>(sign(i, j));
}

inline void BitMatrix::pack(std::uint64_t i, std::span<const std::int8_t> values) {
  std::uint64_t* words = row(i);
  for (std::uint64_t w = 0; 64 * w < columns_; ++w) {
    words[w] = 0;
    for (std::uint64_t j = 64 * w; j < std::min(columns_, 64 * (w + 1)); ++j) {
      words[w] |= std::uint64_t{values[j] > 0} << j % 64;
    }
  }
}

inline void BitMatrix::append(const BitMatrix& more) {
  if (rows() == 0) {
    *this = more;
    return;
  }
  const Eigen::Index old = words_.rows();
  words_.conservativeResize(old + more.words_.rows(), Eigen::NoChange);
  words_.bottomRows(more.words_.rows()) = more.words_;
}

inline BitMatrix BitMatrix::transposed() const {
  BitMatrix result{columns_, rows()};
  std::array<std::uint64_t, 64> block{};
  for (std::uint64_t first = 0; first < rows(); first += 64) {
    for (std::uint64_t w = 0; 64 * w < columns_; ++w) {
      for (std::uint64_t k = 0; k < 64; ++k) block[k] = first + k < rows() ? row(first + k)[w] : 0;
      detail::transpose(block);
      for (std::uint64_t k = 0; k < 64 && 64 * w + k < columns_; ++k) {
        result.row(64 * w + k)[first / 64] = block[k];
      }
    }
  }
  return result;
}

inline void BitMatrix::state(Archive& archive) {
  archive("columns", columns_);
  archive("bits", words_);
  if (archive.writing()) return;
  bool sound = rows() == 0 || words() == detail::padded_words(columns_);
  for (std::uint64_t i = 0; sound && i < rows(); ++i) {
    for (std::uint64_t w = columns_ / 64; w < words(); ++w)
      sound &= (row(i)[w] & ~detail::used_bits(columns_, w)) == 0;
  }
  if (!sound) throw BadState("bits of the saved state do not fit their number of columns");
}

}  // namespace ansatz
