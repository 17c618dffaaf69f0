// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as
// easy as 1, 2, 3").  Draw number i of a stream is a pure function of (key, stream, index, i): there is no
// state to lose, any thread may start anywhere, and a resumed run draws what the uninterrupted one would
// have.
//
//   Rng rng = session.rng("weights", epoch);
//   double u = rng.uniform();                 // [0, 1), 53 bits
//   double z = rng.normal();
//   auto order = rng.permutation(n);
//
// Distributions are our own, since those of <random> differ between libraries; they use no libm function.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ansatz {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

// One block: ten rounds.
[[nodiscard]] PhiloxCounter philox4x32_10(PhiloxCounter counter, PhiloxKey key);

class Rng {
 public:
  // The Philox key is a mix of `key` and the stream's name; the counter's upper half is `index`, its lower
  // half counts blocks of two 64-bit draws.
  Rng(std::uint64_t key, std::string_view stream, std::uint64_t index = 0);

  [[nodiscard]] std::uint64_t position() const { return draw_; }
  void seek(std::uint64_t draw) { draw_ = draw; }  // the next draw is number `draw`

  std::uint64_t bits64();                                                     // one draw
  double uniform() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }  // [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // Standard normal, one draw each, by inversion (Wichura 1988, algorithm AS 241, relative accuracy about
  // 1e-16).
  double normal();
  // Uniform on 0 .. n-1 without bias (Lemire 2019); n > 0, else BadArgument.
  std::uint64_t integer(std::uint64_t n);

  // Uniform random order of 0 .. n-1 (Fisher and Yates).
  std::vector<std::uint64_t> permutation(std::uint64_t n);
  // k of 0 .. n-1 without replacement, in random order; BadArgument if k > n.  O(k) memory.
  std::vector<std::uint64_t> choice(std::uint64_t n, std::uint64_t k);

 private:
  PhiloxKey key_;
  std::uint64_t index_, draw_ = 0;
  std::uint64_t block_ = ~std::uint64_t{0};  // which block is in words_
  std::array<std::uint64_t, 2> words_{};
};

// Inverse of the standard normal distribution function; p in (0, 1).  Source: AS 241 (PPND16).
[[nodiscard]] double normal_quantile(double p);

}  // namespace ansatz
