// Model `attention` by its definition, as plain sums, and its verbs.
#pragma once

#include <algorithm>
#include <limits>

#include "call.hpp"

namespace modern_hopfield_test {

// Shapes of a call, and what hides keys from queries.
struct Call {
  std::size_t b = 2, l = 9, m = 11, d = 6, v = 4, heads = 2;
  Numbers query, key, value;
  std::vector<std::uint8_t> mask;     // b l m, or none
  Numbers bias;                       // l m, or none
  std::vector<std::int64_t> lengths;  // b, or none
  bool causal = false;
  std::vector<double> beta;  // a head

  Call() {
    query = random_reals(b * l * d, 1, -2, 2);
    key = random_reals(b * m * d, 2, -2, 2);
    value = random_reals(b * m * v, 3);
    beta = {0.7, 1.9};
  }
  [[nodiscard]] Inputs inputs() const {
    Inputs in{{"query", reals({b, l, d}, query)},
              {"key", reals({b, m, d}, key)},
              {"value", reals({b, m, v}, value)}};
    if (!mask.empty()) {
      Array array{ElementType::boolean, {b, l, m}};
      for (std::size_t k = 0; k < mask.size(); ++k) array.as<bool>()[k] = mask[k] != 0;
      in["mask"] = array;
    }
    if (!bias.empty()) in["bias"] = reals({l, m}, bias);
    if (!lengths.empty()) in["lengths"] = labels(lengths);
    return in;
  }
  [[nodiscard]] Settings settings(const char* precision = "f64") const {
    return {{"heads", whole(static_cast<std::int64_t>(heads))},
            {"beta", beta},
            {"causal", causal},
            {"precision", word(precision)}};
  }
  [[nodiscard]] bool sees(std::size_t item, std::size_t i, std::size_t j) const {
    if (causal && j > i) return false;
    if (!lengths.empty() && j >= static_cast<std::size_t>(lengths[item])) return false;
    return mask.empty() || mask[(item * l + i) * m + j] != 0;
  }
  // Weights b h l m, by the definition.
  [[nodiscard]] Numbers weights() const {
    Numbers p(b * heads * l * m);
    const std::size_t width = d / heads;
    for (std::size_t item = 0; item < b; ++item) {
      for (std::size_t h = 0; h < heads; ++h) {
        for (std::size_t i = 0; i < l; ++i) {
          double* row = &p[((item * heads + h) * l + i) * m];
          double most = -std::numeric_limits<double>::infinity(), total = 0;
          for (std::size_t j = 0; j < m; ++j) {
            if (!sees(item, i, j)) continue;
            row[j] = beta[h] *
                     dot(&query[(item * l + i) * d + h * width], &key[(item * m + j) * d + h * width], width);
            if (!bias.empty()) row[j] += bias[i * m + j];
            most = std::max(most, row[j]);
          }
          for (std::size_t j = 0; j < m; ++j) {
            row[j] = sees(item, i, j) ? std::exp(row[j] - most) : 0;
            total += row[j];
          }
          for (std::size_t j = 0; j < m; ++j) row[j] = total > 0 ? row[j] / total : 0;
        }
      }
    }
    return p;
  }
  [[nodiscard]] Numbers y() const {
    const Numbers p = weights();
    Numbers result(b * l * v);
    for (std::size_t item = 0; item < b; ++item) {
      for (std::size_t i = 0; i < l; ++i) {
        for (std::size_t c = 0; c < v; ++c) {
          const std::size_t h = c / (v / heads);
          for (std::size_t j = 0; j < m; ++j) {
            result[(item * l + i) * v + c] +=
                p[((item * heads + h) * l + i) * m + j] * value[(item * m + j) * v + c];
          }
        }
      }
    }
    return result;
  }
};

// Every way to hide a key, one after another and together; one query sees nothing.
inline std::vector<Call> calls() {
  std::vector<Call> all(6);
  const Call& plain = all[0];
  all[1].causal = true;
  all[2].lengths = {3, 11};
  for (const std::size_t k : {3U, 5U}) {
    std::mt19937_64 engine{k};
    for (std::size_t e = 0; e < plain.b * plain.l * plain.m; ++e) all[k].mask.push_back(engine() >> 20 & 1);
    for (std::size_t j = 0; j < plain.m; ++j) all[k].mask[2 * plain.m + j] = 0;
  }
  all[4].bias = all[5].bias = random_reals(plain.l * plain.m, 4, -3, 3);
  all[5].causal = true;
  all[5].lengths = {10, 7};
  return all;
}

inline Numbers as_reals(const VerbResult& result, const char* port) {
  const Array& array = result.outputs.array(port);
  Numbers values(array.count());
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = array.number(k);
  return values;
}
inline VerbResult apply(const Call& call, const char* precision = "f64", unsigned threads = 1) {
  Settings settings = call.settings(precision);
  settings["weights"] = true;
  return run("attention", "apply", call.inputs(), settings, {1, threads, nullptr, {}});
}
inline Numbers y_of(const Call& call, const char* precision = "f64") {
  return as_reals(apply(call, precision), "y");
}

}  // namespace modern_hopfield_test
