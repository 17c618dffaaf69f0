// Products of many rows of signed bytes with packed bits, by the instructions for dot products of bytes.
//
//   SignedRows a{rows, depth};  a.set(i, numbers);
//   BitPanel panel;                                          // one a thread
//   panel.take_rows(bits, words, depth, first, count);       // b(k, j) = bit k of row first + j
//   panel.take_columns(bits, words, depth, first, count);    // or b(k, j) = bit first + j of row k
//   panel.multiply(a);
//   panel.sums(i)[j];                                        // sum over k of a(i, k) b(k, j), b of 0 and 1: exact
//
// Rows of bits are `words` x 64 bits, bit j in word j / 64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ansatz/num/large_buffer.hpp"

namespace ansatz {

class SignedRows {
 public:
  // Zeros.  128 depth must stay below 2^31.
  SignedRows(std::size_t rows, std::size_t depth);
  // `numbers` has `depth` elements.
  void set(std::size_t i, std::span<const std::int8_t> numbers);
  [[nodiscard]] std::size_t rows() const { return rows_; }

 private:
  friend class BitPanel;
  std::size_t rows_, groups_;  // of four numbers
  std::vector<std::uint8_t> packed_;
};

class BitPanel {
 public:
  // Of a panel, at most: a multiple of 8.
  [[nodiscard]] static std::size_t width();

  void take_rows(const std::uint64_t* bits, std::size_t words, std::size_t depth, std::size_t first,
                 std::size_t count);
  // `first` is a multiple of 8.
  void take_columns(const std::uint64_t* bits, std::size_t words, std::size_t depth, std::size_t first,
                    std::size_t count);
  // a has as much depth as what was taken.
  void multiply(const SignedRows& a);
  [[nodiscard]] const std::int32_t* sums(std::size_t i) const { return sums_.data() + i * width_; }

 private:
  void resize(std::size_t depth);

  std::size_t width_ = 0, groups_ = 0, rows_ = 0;
  std::vector<std::uint8_t> bytes_;
  LargeBuffer<std::int32_t> sums_;
};

}  // namespace ansatz
