// Random numbers without state: draw number i of a stream is a function of (key, stream, index, i) alone.
//
//   Rng rng{key, "init", layer};            // or session.rng("init", layer)
//   rng.fill_normal(weights);               // the same numbers as rng.normal(), one after another
//   const auto order = Rng{key, "order", epoch}.permutation(n);
//   if (rng.uniform() < 0.5) ...
//   rng.seek(1000);                         // go to draw 1000, forwards or backwards
//
// Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
// Its 64-bit key folds the bytes of the stream's name, one by one, into `key` with the finaliser of
// SplitMix64; its counter is (draw / 2, index), and each block of 128 bits serves two draws of 64.  Nothing
// but the position lives between calls, so there is nothing to save: a loop that starts `Rng{key, "batch",
// step}` in each step resumes exactly.  Give parallel tasks their own `index`.
//
// No function uses libm or std:: distributions, whose results differ between systems: the same numbers on
// every machine.  One thread at a time may use an Rng; copies are independent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace ansatz {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

// One block: ten rounds.
constexpr PhiloxCounter philox4x32_10(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t second = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(second),
        static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(first)};
    key = {key[0] + 0x9E3779B9U, key[1] + 0xBB67AE85U};
  }
  return counter;
}

class Rng {
 public:
  Rng(std::uint64_t key, std::string_view stream, std::uint64_t index = 0);

  // The number of the next draw.  Every function below uses one draw a number, but for `integer`, which in
  // rare cases (less than n / 2^64) uses more.
  [[nodiscard]] std::uint64_t position() const { return draw_; }
  void seek(std::uint64_t draw) { draw_ = draw; }

  std::uint64_t bits64() {
    const std::uint64_t block = draw_ / 2;
    // A block serves two draws: keep the last one.
    if (block != block_ || !filled_) {
      const auto w =
          philox4x32_10({low(block), high(block), low(index_), high(index_)}, {low(key_), high(key_)});
      words_ = {w[0] | std::uint64_t{w[1]} << 32, w[2] | std::uint64_t{w[3]} << 32};
      block_ = block;
      filled_ = true;
    }
    return words_[draw_++ % 2];
  }
  std::uint32_t bits32() { return high(bits64()); }

  // In [0, 1): the upper 53 bits of the draw times 2^-53.
  double uniform() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }
  // In [lowest, highest); both finite, lowest < highest (BadArgument).
  double uniform(double lowest, double highest);
  // Standard normal, by the inverse of its distribution function (normal_quantile below) at
  // (k + 1/2) 2^-52, k the upper 52 bits of the draw; within +-8.3.
  double normal();
  // In [0, n), each equally likely (Lemire 2019, "Fast random integer generation in an interval"); n > 0.
  std::uint64_t integer(std::uint64_t n);

  // Equal to one call of bits64(), uniform() or normal() an element, and faster.  The f32 numbers are the
  // upper 24 bits of the draw times 2^-24 (still below 1), and normal() rounded.
  void fill_bits(std::span<std::uint64_t> values);
  void fill_uniform(std::span<double> values);
  void fill_uniform(std::span<float> values);
  void fill_normal(std::span<double> values);
  void fill_normal(std::span<float> values);

  // Every order equally likely (Fisher and Yates).
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[integer(i)]);
  }
  // 0 ... n-1 in random order.
  std::vector<std::uint64_t> permutation(std::uint64_t n);
  // k different numbers below n, every ordered selection equally likely; k <= n (BadArgument).  O(k).
  std::vector<std::uint64_t> choice(std::uint64_t n, std::uint64_t k);

 private:
  static constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
  static constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

  std::uint64_t key_;
  std::uint64_t index_;
  std::uint64_t draw_ = 0;
  std::uint64_t block_ = 0;
  bool filled_ = false;
  std::array<std::uint64_t, 2> words_{};
};

// The z with Phi(z) = p: Wichura 1988, algorithm AS 241; p in (0, 1) (BadArgument).  For arrays:
// vector_math.hpp.
[[nodiscard]] double normal_quantile(double p);

}  // namespace ansatz
