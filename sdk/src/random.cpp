#include "ansatz/num/random.hpp"

#include <bit>
#include <cmath>
#include <string>
#include <unordered_map>

#include "ansatz/num/error.hpp"

namespace ansatz {
namespace {

// SplitMix64's finaliser (Steele, Lea, Flood 2014): every output bit depends on every input bit.
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// The key of a stream: bytes of the name folded in one by one, so that names of one run never share a key by
// accident (64 bits: a chance of 1e-13 among a thousand streams).
PhiloxKey stream_key(std::uint64_t key, std::string_view stream) {
  std::uint64_t state = mix(key ^ 0x9e3779b97f4a7c15u);
  for (const char c : stream) state = mix(state ^ static_cast<unsigned char>(c)) + 0x9e3779b97f4a7c15u;
  state = mix(state ^ stream.size());
  return {static_cast<std::uint32_t>(state), static_cast<std::uint32_t>(state >> 32)};
}

// Natural logarithm from arithmetic alone, so that draws do not depend on the C library.  x = m 2^e with m in
// [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.1716: 12 terms of the series reach
// 1e-17.
double portable_log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752440) m *= 2, --exponent;
  const double s = (m - 1) / (m + 1), s2 = s * s;
  double series = 0;
  for (int k = 23; k >= 3; k -= 2) series = (series + 1.0 / k) * s2;
  constexpr double ln2_high = 0x1.62e42fefa38p-1,
                   ln2_low = 0x1.ef35793c7673p-45;  // high has 11 trailing zero bits
  return exponent * ln2_high + (2 * s + (2 * s * series + exponent * ln2_low));
}

template <std::size_t N>
double horner(const double (&coefficients)[N], double x) {
  double sum = 0;
  for (std::size_t i = N; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

}  // namespace

PhiloxCounter philox4x32_10(PhiloxCounter c, PhiloxKey k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0], p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9;  // the Weyl sequences of the key schedule
    k[1] += 0xBB67AE85;
  }
  return c;
}

Rng::Rng(std::uint64_t key, std::string_view stream, std::uint64_t index)
    : key_{stream_key(key, stream)}, index_{index} {}

std::uint64_t Rng::bits64() {
  const std::uint64_t block = draw_ >> 1;
  if (block != block_) {
    const PhiloxCounter words =
        philox4x32_10({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                       static_cast<std::uint32_t>(index_), static_cast<std::uint32_t>(index_ >> 32)},
                      key_);
    words_ = {words[0] | std::uint64_t{words[1]} << 32, words[2] | std::uint64_t{words[3]} << 32};
    block_ = block;
  }
  return words_[draw_++ & 1];
}

double Rng::normal() {
  // The middle of one of 2^53 equal cells: never 0 or 1.
  return normal_quantile((static_cast<double>(bits64() >> 12) + 0.5) * 0x1p-52);
}

std::uint64_t Rng::integer(std::uint64_t n) {
  if (n == 0) throw BadArgument("Rng::integer: n must be positive, got 0");
  // The high half of a 128-bit product is uniform once the low half is not among the 2^64 mod n surplus
  // values.
  for (;;) {
    const unsigned __int128 product = static_cast<unsigned __int128>(bits64()) * n;
    const auto low = static_cast<std::uint64_t>(product);
    if (low >= n || low >= (0 - n) % n) return static_cast<std::uint64_t>(product >> 64);
  }
}

std::vector<std::uint64_t> Rng::permutation(std::uint64_t n) {
  std::vector<std::uint64_t> order(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t j = integer(i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

std::vector<std::uint64_t> Rng::choice(std::uint64_t n, std::uint64_t k) {
  if (k > n)
    throw BadArgument("Rng::choice: cannot choose " + std::to_string(k) + " of " + std::to_string(n));
  // Fisher-Yates from the front on a virtual identity: only moved places are kept.
  std::unordered_map<std::uint64_t, std::uint64_t> moved;
  const auto at = [&](std::uint64_t i) {
    const auto found = moved.find(i);
    return found == moved.end() ? i : found->second;
  };
  std::vector<std::uint64_t> chosen(k);
  for (std::uint64_t i = 0; i < k; ++i) {
    const std::uint64_t j = i + integer(n - i);
    chosen[i] = at(j);
    moved[j] = at(i);
  }
  return chosen;
}

double normal_quantile(double p) {
  static constexpr double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                 1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                 3.3430575583588128105e4, 2.5090809287301226727e3};
  static constexpr double b[] = {1.0,
                                 4.2313330701600911252e1,
                                 6.8718700749205790830e2,
                                 5.3941960214247511077e3,
                                 2.1213794301586595867e4,
                                 3.9307895800092710610e4,
                                 2.8729085735721942674e4,
                                 5.2264952788528545610e3};
  static constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                 5.76949722146069140550e0,  3.64784832476320460504e0,
                                 1.27045825245236838258e0,  2.41780725177450611770e-1,
                                 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr double d[] = {1.0,
                                 2.05319162663775882187e0,
                                 1.67638483018380384940e0,
                                 6.89767334985100004550e-1,
                                 1.48103976427480074590e-1,
                                 1.51986665636164571966e-2,
                                 5.47593808499534494600e-4,
                                 1.05075007164441684324e-9};
  static constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                 1.78482653991729133580e0,  2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr double f[] = {1.0,
                                 5.99832206555887937690e-1,
                                 1.36929880922735805310e-1,
                                 1.48753612908506148525e-2,
                                 7.86869131145613259100e-4,
                                 1.84631831751005468180e-5,
                                 1.42151175831644588870e-7,
                                 2.04426310338993978564e-15};
  if (!(p > 0 && p < 1)) throw BadArgument("normal_quantile: p must be in (0, 1), got " + std::to_string(p));
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * horner(a, r) / horner(b, r);
  }
  double r = std::sqrt(-portable_log(q < 0 ? p : 1 - p));
  const double x = r <= 5 ? horner(c, r - 1.6) / horner(d, r - 1.6) : horner(e, r - 5) / horner(f, r - 5);
  return q < 0 ? -x : x;
}

}  // namespace ansatz
