// The verbs of the real plugin file, and small tools for what tests compute by hand.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "plugins/plugin_call.hpp"

namespace modern_hopfield_test {

using namespace ansatz::test;
using Catch::Contains;

using Numbers = std::vector<double>;

inline const Plugin& plugin() {
  static const Plugin file{MODERN_HOPFIELD_PLUGIN};
  return file;
}
inline std::string word(const char* text) { return text; }
inline std::int64_t whole(std::int64_t n) { return n; }

inline Array rows(const Numbers& x, std::size_t columns) { return reals({x.size() / columns, columns}, x); }
inline Array singles(const Numbers& x, std::size_t columns) {
  return array_of<float>({x.size() / columns, columns}, std::vector<float>(x.begin(), x.end()));
}

inline VerbResult done(VerbResult result) {
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}
inline VerbResult run(const std::string& model, const std::string& verb, const Inputs& inputs,
                      const Settings& settings = {}, const Around& around = {}) {
  return done(plugin().run(model, verb, inputs, settings, around));
}
inline VerbResult on(const VerbResult& stored, const std::string& model, const std::string& verb,
                     const Inputs& inputs, const Settings& settings = {}, unsigned threads = 1) {
  return run(model, verb, inputs, settings, {1, threads, &stored.state, {}});
}
inline void refused(const VerbResult& result, int status, const std::vector<std::string>& parts) {
  CHECK(result.status == status);
  for (const std::string& part : parts) CHECK_THAT(result.text, Contains(part));
}

inline Numbers part(const Numbers& x, std::size_t first, std::size_t count) {
  return {x.begin() + static_cast<std::ptrdiff_t>(first),
          x.begin() + static_cast<std::ptrdiff_t>(first + count)};
}
inline double dot(const double* a, const double* b, std::size_t d) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) sum += a[j] * b[j];
  return sum;
}
inline double distance(const double* a, const double* b, std::size_t d) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return std::sqrt(sum);
}
inline double largest_difference(const Numbers& a, const Numbers& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, std::abs(a[k] - b[k]));
  return most;
}

// The rows of x, each of the given norm.
inline Numbers with_norm(Numbers x, std::size_t d, double norm) {
  for (std::size_t i = 0; i < x.size() / d; ++i) {
    const double own = std::sqrt(dot(&x[i * d], &x[i * d], d));
    for (std::size_t j = 0; j < d; ++j) x[i * d + j] *= norm / own;
  }
  return x;
}

}  // namespace modern_hopfield_test
