#include "ansatz/num/random.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "ansatz/num/error.hpp"
#include "vector_table.hpp"

namespace ansatz {
namespace {

__extension__ using Uint128 = unsigned __int128;

// SplitMix64's finaliser (Steele, Lea, Flood 2014): every output bit depends on every input bit.
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

// The key of a stream: bytes of the name folded in one by one, so that names of one run never share a key by
// accident (64 bits: a chance of 1e-13 among a thousand streams).
std::uint64_t stream_key(std::uint64_t key, std::string_view stream) {
  std::uint64_t state = mix(key ^ 0x9e3779b97f4a7c15U);
  for (const char c : stream) state = mix(state ^ static_cast<unsigned char>(c)) + 0x9e3779b97f4a7c15U;
  return mix(state ^ stream.size());
}

}  // namespace

Rng::Rng(std::uint64_t key, std::string_view stream, std::uint64_t index)
    : key_{stream_key(key, stream)}, index_{index} {}

double Rng::uniform(double lowest, double highest) {
  if (!(lowest < highest && std::isfinite(lowest) && std::isfinite(highest))) {
    throw BadArgument("Rng::uniform: needs finite bounds with lowest < highest, got " +
                      std::to_string(lowest) + " and " + std::to_string(highest));
  }
  const double u = uniform();
  // Two products, since highest - lowest may overflow; rounding must not reach the upper bound.
  const double x = lowest * (1 - u) + highest * u;
  return x < highest ? std::max(x, lowest) : std::nextafter(highest, lowest);
}

double Rng::normal() {
  const std::uint64_t draw = bits64();
  double z = 0;
  detail::single_table().normal_f64(&draw, &z, 1);
  return z;
}

std::uint64_t Rng::integer(std::uint64_t n) {
  if (n == 0) throw BadArgument("Rng::integer: n must be positive, got 0");
  Uint128 product = static_cast<Uint128>(bits64()) * n;
  if (static_cast<std::uint64_t>(product) < n) {
    // The first 2^64 mod n values of the lower half would favour some results.
    const std::uint64_t surplus = (0 - n) % n;
    while (static_cast<std::uint64_t>(product) < surplus) product = static_cast<Uint128>(bits64()) * n;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

void Rng::fill_bits(std::span<std::uint64_t> values) {
  std::size_t done = 0;
  if (draw_ % 2 != 0 && !values.empty()) values[done++] = bits64();
  const std::size_t blocks = (values.size() - done) / 2;
  detail::vector_table().philox(key_, index_, draw_ / 2, blocks, values.data() + done);
  draw_ += 2 * blocks;
  done += 2 * blocks;
  if (done < values.size()) values[done] = bits64();
}

namespace {

// Draws in pieces that stay in the first cache.
template <class T>
void fill(Rng& rng, std::span<T> values, void (*convert)(const std::uint64_t*, T*, std::size_t)) {
  std::array<std::uint64_t, 512> draws;
  while (!values.empty()) {
    const std::size_t count = std::min(values.size(), draws.size());
    rng.fill_bits(std::span{draws}.first(count));
    convert(draws.data(), values.data(), count);
    values = values.subspan(count);
  }
}

}  // namespace

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) throw BadArgument("normal_quantile: p must be in (0, 1), got " + std::to_string(p));
  double z = 0;
  detail::single_table().normal_quantile.f64(&p, &z, 1);
  return z;
}

void Rng::fill_uniform(std::span<double> values) { fill(*this, values, detail::vector_table().uniform_f64); }
void Rng::fill_uniform(std::span<float> values) { fill(*this, values, detail::vector_table().uniform_f32); }
void Rng::fill_normal(std::span<double> values) { fill(*this, values, detail::vector_table().normal_f64); }
void Rng::fill_normal(std::span<float> values) { fill(*this, values, detail::vector_table().normal_f32); }

}  // namespace ansatz
