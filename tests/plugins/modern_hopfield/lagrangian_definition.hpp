// Model `lagrangian` by its equations, as plain sums, and its verbs.
#pragma once

#include <utility>

#include "call.hpp"

namespace modern_hopfield_test {

inline const std::size_t lagrangian_d = 6, lagrangian_patterns = 8;

struct Lagrangian {
  const char* kind;
  int power;
  double beta, tau_visible, tau_hidden;
  Numbers x;      // patterns
  Numbers input;  // or none

  [[nodiscard]] bool softmax() const { return word(kind) == "B"; }
  [[nodiscard]] Settings settings() const {
    Settings all{{"kind", word(kind)}, {"tau_visible", tau_visible}, {"tau_hidden", tau_hidden}};
    softmax() ? void(all["beta"] = beta) : void(all["power"] = whole(power));
    return all;
  }
  [[nodiscard]] VerbResult store(std::size_t columns = lagrangian_d) const {
    return run("lagrangian", "store", {{"x", rows(x, columns)}}, {}, {1, 1, nullptr, settings()});
  }
  [[nodiscard]] VerbResult on(const VerbResult& stored, const char* verb, const Inputs& inputs,
                              const Settings& options = {}, unsigned threads = 1) const {
    return run("lagrangian", verb, inputs, options, {1, threads, &stored.state, settings()});
  }

  [[nodiscard]] Numbers g(const Numbers& v) const {
    Numbers result = v;
    const double norm = std::sqrt(dot(v.data(), v.data(), v.size()));
    for (double& value : result) {
      if (word(kind) == "A") value = value > 0 ? 1 : value < 0 ? -1 : 0;
      if (word(kind) == "C") value /= norm;
    }
    return result;
  }
  [[nodiscard]] Numbers settled(const Numbers& v) const {
    const Numbers activity = g(v);
    Numbers h(x.size() / v.size());
    for (std::size_t k = 0; k < h.size(); ++k) h[k] = dot(&x[k * v.size()], activity.data(), v.size());
    return h;
  }
  [[nodiscard]] Numbers f(const Numbers& h) const {
    Numbers result(h.size());
    double total = 0;
    for (std::size_t k = 0; k < h.size(); ++k) {
      result[k] = softmax() ? std::exp(beta * h[k]) : h[k] > 0 ? power * std::pow(h[k], power - 1) : 0;
      total += result[k];
    }
    for (double& value : result) value /= softmax() ? total : 1;
    return result;
  }
  [[nodiscard]] std::pair<Numbers, Numbers> derivative(const Numbers& v, const Numbers& h) const {
    const Numbers own = f(h), rest = settled(v);
    Numbers dv(v.size()), dh(h.size());
    for (std::size_t j = 0; j < v.size(); ++j) {
      double force = input.empty() ? 0 : input[j];
      for (std::size_t k = 0; k < h.size(); ++k) force += x[k * v.size() + j] * own[k];
      dv[j] = (force - v[j]) / tau_visible;
    }
    for (std::size_t k = 0; k < h.size() && tau_hidden > 0; ++k) dh[k] = (rest[k] - h[k]) / tau_hidden;
    return {dv, dh};
  }
  [[nodiscard]] double energy(const Numbers& v, const Numbers& h) const {
    const Numbers activity = g(v), own = f(h), rest = settled(v);
    double l_v = 0, l_h = 0, e = 0;
    for (std::size_t j = 0; j < v.size(); ++j) {
      e += (v[j] - (input.empty() ? 0 : input[j])) * activity[j];
      l_v += softmax() ? v[j] * v[j] / 2 : word(kind) == "A" ? std::abs(v[j]) : 0;
    }
    if (word(kind) == "C") l_v = std::sqrt(dot(v.data(), v.data(), v.size()));
    for (std::size_t k = 0; k < h.size(); ++k) {
      e += h[k] * own[k] - rest[k] * own[k];
      l_h += softmax() ? std::exp(beta * h[k]) : h[k] > 0 ? std::pow(h[k], power) : 0;
    }
    return e - l_v - (softmax() ? std::log(l_h) / beta : l_h);
  }
};

}  // namespace modern_hopfield_test
