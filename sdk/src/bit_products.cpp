#include "ansatz/num/bit_products.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "byte_kernel.hpp"

namespace ansatz {
namespace {

// Byte j is bit j of the index.
constexpr std::array<std::uint64_t, 256> spread_bits = [] {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t bits = 0; bits < 256; ++bits) {
    for (unsigned j = 0; j < 8; ++j) table[bits] |= (bits >> j & 1) << 8 * j;
  }
  return table;
}();

// Byte r of the j-th group of four is byte j of rows[r].
void interleave(const std::uint64_t (&rows)[4], std::uint8_t (&out)[32]) {
  const auto row = [&](int r) { return _mm_cvtsi64_si128(static_cast<long long>(rows[r])); };
  const __m128i front = _mm_unpacklo_epi8(row(0), row(1)), back = _mm_unpacklo_epi8(row(2), row(3));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_unpacklo_epi16(front, back));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16), _mm_unpackhi_epi16(front, back));
}

}  // namespace

SignedRows::SignedRows(std::size_t rows, std::size_t depth) : rows_{rows}, groups_{(depth + 3) / 4} {
  const std::size_t height = detail::best_byte_kernel().rows;
  packed_.resize((rows + height - 1) / height * height * groups_ * 4);
}

void SignedRows::set(std::size_t i, std::span<const std::int8_t> numbers) {
  const std::size_t height = detail::best_byte_kernel().rows;
  std::uint8_t* to = packed_.data() + i / height * height * groups_ * 4 + i % height * 4;
  const std::size_t whole = numbers.size() / 4 * 4;
  for (std::size_t k = 0; k < whole; k += 4, to += 4 * height) std::memcpy(to, numbers.data() + k, 4);
  std::copy(numbers.begin() + static_cast<std::ptrdiff_t>(whole), numbers.end(), to);
}

std::size_t BitPanel::width() { return detail::best_byte_kernel().columns; }

void BitPanel::resize(std::size_t depth) {
  width_ = width();
  groups_ = (depth + 3) / 4;
  bytes_.assign((groups_ + 1) * 4 * width_, 0);  // take_rows() writes two groups at a time
}

void BitPanel::take_rows(const std::uint64_t* bits, std::size_t words, std::size_t depth, std::size_t first,
                         std::size_t count) {
  resize(depth);
  for (std::size_t j = 0; j < count; ++j) {
    const std::uint64_t* row = bits + (first + j) * words;
    std::uint8_t* to = bytes_.data() + 4 * j;
    for (std::size_t k = 0; k < depth; k += 8, to += 8 * width_) {
      const std::uint64_t eight = spread_bits[row[k / 64] >> k % 64 & 255];
      std::memcpy(to, &eight, 4);
      std::memcpy(to + 4 * width_, reinterpret_cast<const char*>(&eight) + 4, 4);
    }
  }
}

void BitPanel::take_columns(const std::uint64_t* bits, std::size_t words, std::size_t depth,
                            std::size_t first, std::size_t count) {
  resize(depth);
  for (std::size_t k = 0; k < depth; k += 4) {
    const std::size_t rows = std::min<std::size_t>(4, depth - k);
    for (std::size_t j = 0; j < count; j += 8) {
      std::uint64_t spread[4] = {};
      for (std::size_t r = 0; r < rows; ++r) {
        spread[r] = spread_bits[bits[(k + r) * words + (first + j) / 64] >> (first + j) % 64 & 255];
      }
      std::uint8_t columns[32];
      interleave(spread, columns);
      std::memcpy(bytes_.data() + k * width_ + 4 * j, columns, sizeof columns);
    }
  }
}

void BitPanel::multiply(const SignedRows& a) {
  const detail::ByteKernel& kernel = detail::best_byte_kernel();
  if (a.rows_ > rows_) sums_ = LargeBuffer<std::int32_t>((rows_ = a.rows_) * width_);
  kernel.product({a.rows_, width_, groups_, a.packed_.data(), kernel.rows * groups_ * 4, bytes_.data(),
                  width_ * groups_ * 4, reinterpret_cast<float*>(sums_.data()), width_});
}

}  // namespace ansatz
