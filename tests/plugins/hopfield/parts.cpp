// The loops over bits on every set of instructions.
#include <algorithm>
#include <ansatz/num/bit_kernels.hpp>
#include <ansatz/num/overlap_kernels.hpp>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace ansatz;

TEST_CASE("hopfield: the loops over bits give the sums of their definitions on every set of instructions") {
  std::mt19937_64 engine{5};
  int sets = 0;
  for (const Instructions set : {Instructions::plain, Instructions::avx2, Instructions::avx512}) {
    const BitKernels* kernels = bit_kernels(set);
    if (kernels == nullptr) continue;
    ++sets;
    CAPTURE(kernels->name);
    for (const std::size_t words : {8U, 16U, 56U}) {
      std::vector<std::uint64_t> a(words), b(words);
      std::vector<std::int32_t> values(64 * words);
      for (auto& w : a) w = engine();
      for (auto& w : b) w = engine();
      for (auto& v : values) v = static_cast<std::int32_t>(engine() % 200001) - 100000;
      const auto bit = [](const std::vector<std::uint64_t>& bits, std::size_t j) {
        return (bits[j / 64] >> j % 64 & 1) != 0;
      };
      std::uint64_t apart = 0;
      std::int64_t sum = 0;
      std::vector<std::int32_t> moved = values;
      for (std::size_t j = 0; j < 64 * words; ++j) {
        apart += bit(a, j) != bit(b, j) ? 1 : 0;
        sum += bit(a, j) ? values[j] : 0;
        moved[j] += bit(a, j) ? -2 : 2;
      }
      CHECK(kernels->differing(a.data(), b.data(), words) == apart);
      std::vector<double> reals(values.size());
      std::array<double, 32> parts{};
      for (std::size_t j = 0; j < 64 * words; ++j) {
        reals[j] = 0.1 * values[j];
        parts[j % 32] += bit(a, j) ? reals[j] : 0;
      }
      double real_sum = 0;
      for (const double part : parts) real_sum += part;
      CHECK(kernels->masked_real_sum(a.data(), reals.data(), words) == real_sum);
      CHECK(kernels->masked_sum(a.data(), values.data(), words) == sum);
      kernels->add_signed(a.data(), -2, values.data(), words);
      CHECK(values == moved);
    }
  }
  CHECK(sets >= 1);
}

TEST_CASE(
    "hopfield: the loops over overlaps give the sums of their definitions on every set of instructions") {
  std::mt19937_64 engine{6};
  for (const Instructions set : {Instructions::plain, Instructions::avx2, Instructions::avx512}) {
    const OverlapKernels* kernels = overlap_kernels(set);
    if (kernels == nullptr) continue;
    CAPTURE(kernels->name);
    for (const std::size_t words : {std::size_t{8}, std::size_t{24}, std::size_t{72}}) {
      // As large as they may be: all of one sign, then of both.
      for (const bool one_sign : {true, false}) {
        std::vector<std::uint64_t> row(words, ~std::uint64_t{0});
        std::vector<std::int16_t> values(64 * words, most_short_overlap);
        if (!one_sign) {
          for (auto& w : row) w = engine();
          for (auto& v : values)
            v = static_cast<std::int16_t>(static_cast<int>(engine() % (2 * most_short_overlap + 1)) -
                                          most_short_overlap);
        }
        std::int64_t sum = 0;
        std::vector<std::int16_t> moved = values;
        for (std::size_t j = 0; j < 64 * words; ++j) {
          const bool bit = (row[j / 64] >> j % 64 & 1) != 0;
          sum += bit ? values[j] : 0;
          moved[j] = static_cast<std::int16_t>(moved[j] + (bit ? -2 : 2));
        }
        CHECK(kernels->masked_sum(row.data(), values.data(), words) == sum);
        kernels->add_signed(row.data(), -2, values.data(), words);
        CHECK(values == moved);
      }
      // Several rows at once, of which parts are looked at: a block of four, rows left over, none.
      for (const std::size_t used : {std::size_t{4}, std::size_t{8}, words - 4}) {
        for (const std::size_t count : {0U, 3U, 4U, 11U}) {
          std::vector<std::uint64_t> rows(count * words);
          std::vector<std::int16_t> values(64 * used);
          for (auto& w : rows) w = count == 4 ? ~std::uint64_t{0} : engine();
          for (auto& v : values)
            v = static_cast<std::int16_t>(count == 4 ? most_short_overlap
                                                     : static_cast<int>(engine() % 4095) - 2047);
          std::vector<std::int32_t> sums(count + 1, 7), expected(count + 1);
          expected[count] = 7;  // and nothing beyond
          for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t j = 0; j < 64 * used; ++j)
              expected[i] += (rows[i * words + j / 64] >> j % 64 & 1) != 0 ? values[j] : 0;
          }
          kernels->masked_sums(rows.data(), words, count, values.data(), used, sums.data());
          CHECK(sums == expected);
        }
      }
      // Few rows, no multiple of sixteen, and enough that counts reach several planes.
      for (const std::size_t count : {0U, 5U, 16U, 700U}) {
        std::vector<std::uint64_t> rows(count * words);
        for (auto& w : rows) w = engine() | engine();
        std::vector<std::int8_t> s(count);
        for (auto& one : s) one = engine() % 5 != 0 ? 1 : -1;
        std::vector<std::int32_t> all(64 * words), counted(64 * words);
        for (std::size_t i = 0; i < count; ++i) {
          for (std::size_t j = 0; j < 64 * words; ++j)
            all[j] += (rows[i * words + j / 64] >> j % 64 & 1) != 0 ? s[i] : -s[i];
        }
        kernels->overlaps(rows.data(), words, count, s.data(), counted.data());
        CHECK(counted == all);
      }
    }
  }
}
