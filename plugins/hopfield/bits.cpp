#include "bits.hpp"

#include <array>

namespace ansatz::hopfield {
namespace {

std::uint64_t padded_words(std::uint64_t columns) { return (columns + 511) / 512 * 8; }
Eigen::Index index(std::uint64_t i) { return static_cast<Eigen::Index>(i); }
// The bits of word w that belong to columns.
std::uint64_t used_bits(std::uint64_t columns, std::uint64_t w) {
  if (columns >= 64 * (w + 1)) return ~std::uint64_t{0};
  return columns <= 64 * w ? 0 : (std::uint64_t{1} << (columns - 64 * w)) - 1;
}

// Transpose 64 x 64 bits: swap the off-diagonal blocks of size 32, 16, ... 1.
void transpose(std::array<std::uint64_t, 64>& block) {
  std::uint64_t mask = 0x00000000FFFFFFFF;
  for (std::size_t size = 32; size != 0; size /= 2, mask ^= mask << size) {
    for (std::size_t i = 0; i < 64; i = ((i | size) + 1) & ~size) {
      const std::uint64_t swapped = ((block[i] >> size) ^ block[i | size]) & mask;
      block[i] ^= swapped << size;
      block[i | size] ^= swapped;
    }
  }
}

}  // namespace

BitMatrix::BitMatrix(std::uint64_t rows, std::uint64_t columns)
    : columns_{columns}, words_{Matrix<std::uint64_t>::Zero(index(rows), index(padded_words(columns)))} {}

void BitMatrix::draw_row(std::uint64_t i, Rng& random) {
  random.fill_bits({row(i), (columns_ + 63) / 64});
  if (columns_ > 0) row(i)[(columns_ - 1) / 64] &= used_bits(columns_, (columns_ - 1) / 64);
}

void BitMatrix::unpack(std::uint64_t i, std::span<std::int8_t> values) const {
  for (std::uint64_t j = 0; j < columns_; ++j) values[j] = static_cast<std::int8_t>(sign(i, j));
}

void BitMatrix::pack(std::uint64_t i, std::span<const std::int8_t> values) {
  std::uint64_t* words = row(i);
  for (std::uint64_t w = 0; 64 * w < columns_; ++w) {
    words[w] = 0;
    for (std::uint64_t j = 64 * w; j < std::min(columns_, 64 * (w + 1)); ++j) {
      words[w] |= std::uint64_t{values[j] > 0} << j % 64;
    }
  }
}

void BitMatrix::append(const BitMatrix& more) {
  if (rows() == 0) {
    *this = more;
    return;
  }
  const Eigen::Index old = words_.rows();
  words_.conservativeResize(old + more.words_.rows(), Eigen::NoChange);
  words_.bottomRows(more.words_.rows()) = more.words_;
}

BitMatrix BitMatrix::transposed() const {
  BitMatrix result{columns_, rows()};
  std::array<std::uint64_t, 64> block{};
  for (std::uint64_t first = 0; first < rows(); first += 64) {
    for (std::uint64_t w = 0; 64 * w < columns_; ++w) {
      for (std::uint64_t k = 0; k < 64; ++k) block[k] = first + k < rows() ? row(first + k)[w] : 0;
      transpose(block);
      for (std::uint64_t k = 0; k < 64 && 64 * w + k < columns_; ++k) {
        result.row(64 * w + k)[first / 64] = block[k];
      }
    }
  }
  return result;
}

void BitMatrix::state(Archive& archive) {
  archive("columns", columns_);
  archive("bits", words_);
  if (archive.writing()) return;
  bool sound = rows() == 0 || words() == padded_words(columns_);
  for (std::uint64_t i = 0; sound && i < rows(); ++i) {
    for (std::uint64_t w = columns_ / 64; w < words(); ++w)
      sound &= (row(i)[w] & ~used_bits(columns_, w)) == 0;
  }
  if (!sound) throw BadState("bits of the saved state do not fit their number of columns");
}

}  // namespace ansatz::hopfield
