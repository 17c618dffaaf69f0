// Model `continuous` by its definitions, as plain sums, and its verbs.
#pragma once

#include <algorithm>
#include <limits>

#include "call.hpp"

namespace modern_hopfield_test {

inline const std::size_t n = 23, d = 7, q = 40;
inline const Numbers patterns = random_reals(n * d, 1), states = random_reals(q * d, 2);

struct Definition {
  const Numbers& x;
  std::size_t d;
  double beta;

  [[nodiscard]] std::size_t size() const { return x.size() / d; }
  [[nodiscard]] Numbers weights(const double* state) const {
    Numbers p(size());
    double most = -std::numeric_limits<double>::infinity(), total = 0;
    for (std::size_t i = 0; i < p.size(); ++i) most = std::max(most, p[i] = beta * dot(&x[i * d], state, d));
    for (double& w : p) total += w = std::exp(w - most);
    for (double& w : p) w /= total;
    return p;
  }
  [[nodiscard]] Numbers update(const double* state) const {
    const Numbers p = weights(state);
    Numbers y(d);
    for (std::size_t i = 0; i < p.size(); ++i) {
      for (std::size_t j = 0; j < d; ++j) y[j] += p[i] * x[i * d + j];
    }
    return y;
  }
  [[nodiscard]] double largest_norm() const {
    double most = 0;
    for (std::size_t i = 0; i < size(); ++i) most = std::max(most, std::sqrt(dot(&x[i * d], &x[i * d], d)));
    return most;
  }
  [[nodiscard]] double energy(const double* state) const {
    long double sum = 0;
    for (std::size_t i = 0; i < size(); ++i)
      sum += std::exp(static_cast<long double>(beta * dot(&x[i * d], state, d)));
    const auto top = static_cast<double>(std::log(sum / static_cast<long double>(size())) / beta);
    return -top + dot(state, state, d) / 2 + largest_norm() * largest_norm() / 2;
  }
  [[nodiscard]] double diameter() const {
    double most = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) most = std::max(most, distance(&x[i * d], &x[j * d], d));
    }
    return most;
  }
};

inline VerbResult store(const Numbers& x = patterns, std::size_t columns = d) {
  return run("continuous", "store", {{"x", rows(x, columns)}});
}
inline VerbResult retrieve(const VerbResult& stored, const Numbers& x, const Settings& settings,
                           std::size_t columns = d, unsigned threads = 1) {
  return on(stored, "continuous", "retrieve", {{"x", rows(x, columns)}}, settings, threads);
}
inline Numbers updated(const VerbResult& stored, const Numbers& x, double beta, std::size_t columns = d) {
  return values_of<double>(retrieve(stored, x, {{"beta", beta}}, columns), "x");
}
inline VerbResult evaluate(const VerbResult& stored, const Numbers& x, double beta, std::size_t columns = d) {
  return on(stored, "continuous", "evaluate", {{"x", rows(x, columns)}}, {{"beta", beta}});
}

}  // namespace modern_hopfield_test
