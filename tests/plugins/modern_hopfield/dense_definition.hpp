// The energies of model `dense` by their definition, E = -sum F(xi.s), as plain sums, and its verbs on patterns of signs.
#pragma once

#include <algorithm>
#include <bit>

#include "call.hpp"

namespace modern_hopfield_test {

using Signs = std::vector<std::int32_t>;

inline Signs random_signs(std::size_t count, unsigned seed) {
  std::mt19937_64 engine{seed};
  Signs values(count);
  for (auto& s : values) s = (engine() >> 40 & 1) != 0 ? 1 : -1;
  return values;
}
inline Array signs(const Signs& x, std::size_t n) { return array_of<std::int32_t>({x.size() / n, n}, x); }

inline Signs part_of(const Signs& x, std::size_t first, std::size_t count) {
  return {x.begin() + static_cast<std::ptrdiff_t>(first),
          x.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

struct Energy {
  const char* kind;
  std::int64_t power;  // 0: none to set

  [[nodiscard]] Settings settings() const {
    Settings all{{"energy", word(kind)}};
    if (power > 0) all["power"] = power;
    return all;
  }
  [[nodiscard]] long double f(std::int64_t m) const {
    const auto x = static_cast<long double>(m);
    if (word(kind) == "exponential") return std::exp(x);
    if (word(kind) == "rectified" && m < 0) return 0;
    long double y = 1;
    for (std::int64_t k = 0; k < (word(kind) == "quadratic" ? 2 : power); ++k) y *= x;
    return y;
  }
  // -sum F, and -log sum e^m.
  [[nodiscard]] long double of(const Signs& patterns, const std::int32_t* s, std::size_t n) const {
    long double sum = 0;
    for (std::size_t mu = 0; mu < patterns.size() / n; ++mu) {
      std::int64_t m = 0;
      for (std::size_t i = 0; i < n; ++i) m += patterns[mu * n + i] * s[i];
      sum += f(m);
    }
    return word(kind) == "exponential" ? -std::log(sum) : -sum;
  }
};
inline const std::vector<Energy> energies{{"quadratic", 0},  {"polynomial", 1}, {"polynomial", 3},
                                          {"polynomial", 4}, {"rectified", 1},  {"rectified", 2},
                                          {"rectified", 3},  {"rectified", 20}, {"exponential", 0}};

inline VerbResult store(const Signs& x, std::size_t n, const Energy& energy, const char* coding = "auto") {
  Settings settings = energy.settings();
  settings["coding"] = word(coding);
  return run("dense", "store", {{"x", signs(x, n)}}, {}, {1, 1, nullptr, settings});
}
inline VerbResult retrieve(const VerbResult& stored, const Signs& x, std::size_t n,
                           const Settings& settings = {}, unsigned threads = 1) {
  return on(stored, "dense", "retrieve", {{"x", signs(x, n)}}, settings, threads);
}
inline VerbResult evaluate(const VerbResult& stored, const Signs& x, std::size_t n) {
  return on(stored, "dense", "evaluate", {{"x", signs(x, n)}});
}

// From s in the order 0, 1, ..., until a sweep changes nothing; exact where the sums are.
inline Signs descend(const Energy& energy, const Signs& patterns, Signs s) {
  const std::size_t n = s.size();
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < n; ++i) {
      Signs turned = s;
      turned[i] = -s[i];
      if (energy.of(patterns, turned.data(), n) < energy.of(patterns, s.data(), n)) s = turned, moved = true;
    }
  }
  return s;
}

// The rows of Sylvester's Hadamard matrix.  With all of them stored sum xi xi' is a multiple of the identity, so that every
// state has the same quadratic energy, every neuron is a tie, and states stay what they are.
inline Signs hadamard(std::size_t n) {
  Signs x(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) x[i * n + j] = std::popcount(i & j) % 2 == 0 ? 1 : -1;
  }
  return x;
}

}  // namespace modern_hopfield_test
