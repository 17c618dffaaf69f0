// The verbs of the real plugin file, and the definitions of energy and field written out as plain sums.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "plugins/plugin_call.hpp"

namespace hopfield_test {

using namespace ansatz::test;

using Signs = std::vector<std::int32_t>;  // rows of n
using Numbers = std::vector<double>;

inline const Plugin& plugin() {
  static const Plugin file{HOPFIELD_PLUGIN};
  return file;
}
inline std::string word(const char* text) { return text; }
inline std::int64_t whole(std::int64_t n) { return n; }

inline Signs random_signs(std::size_t count, unsigned seed) {
  std::mt19937_64 engine{seed};
  Signs values(count);
  for (auto& s : values) s = (engine() >> 40 & 1) != 0 ? 1 : -1;
  return values;
}
inline Array rows(const Signs& values, std::size_t n) {
  return array_of<std::int32_t>({values.size() / n, n}, values);
}

inline VerbResult done(VerbResult result) {
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}
inline VerbResult store(const Signs& x, std::size_t n, const Settings& settings = {},
                        const VerbResult* before = nullptr) {
  return done(plugin().run("network", "store", {{"x", rows(x, n)}}, {},
                           {1, 1, before != nullptr ? &before->state : nullptr, settings}));
}
inline VerbResult on(const VerbResult& stored, const std::string& verb, const Inputs& inputs,
                     const Settings& options = {}, unsigned threads = 1, std::uint64_t key = 1) {
  return done(plugin().run("network", verb, inputs, options, {key, threads, &stored.state, {}}));
}
inline VerbResult retrieve(const VerbResult& stored, const Signs& x, std::size_t n,
                           const Settings& options = {}) {
  return on(stored, "retrieve", {{"x", rows(x, n)}}, options);
}

// W by its definition: sum of outer products over n, no diagonal.
inline Numbers hebb(const Signs& x, std::size_t n) {
  Numbers w(n * n);
  for (std::size_t mu = 0; mu < x.size() / n; ++mu) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        if (i != j)
          w[i * n + j] += static_cast<double>(x[mu * n + i] * x[mu * n + j]) / static_cast<double>(n);
      }
    }
  }
  return w;
}
inline double field(const Numbers& w, const std::int32_t* s, std::size_t n, std::size_t i) {
  double h = 0;
  for (std::size_t j = 0; j < n; ++j) h += w[i * n + j] * s[j];
  return h;
}
inline double energy(const Numbers& w, const std::int32_t* s, std::size_t n) {
  double e = 0;
  for (std::size_t i = 0; i < n; ++i) e -= 0.5 * s[i] * field(w, s, n, i);
  return e;
}
inline double largest_difference(const Numbers& a, const Numbers& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, std::abs(a[k] - b[k]));
  return most;
}

}  // namespace hopfield_test
