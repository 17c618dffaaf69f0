// The verbs of the real plugin file, and plain oracles.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "dense.hpp"
#include "plugins/plugin_call.hpp"
#include "reference.hpp"

namespace kpca {

using ansatz::host::Array;
using ansatz::host::Checkpoint;
using ansatz::host::VerbCall;
using ansatz::host::VerbResult;
using ansatz::test::Inputs;
using ansatz::test::Settings;
using reference::Dense;
using reference::normal;
using reference::Vector;

inline std::string text(const char* word) { return word; }
inline std::int64_t whole(std::int64_t n) { return n; }

inline const ansatz_model& model() {
  static const ansatz::host::Library library{KERNEL_PCA_PLUGIN};
  return library.model("kernel-pca");
}

inline Array array_of(const Dense& x) { return ansatz::test::reals({x.rows, x.columns}, x.values); }

struct Call {
  std::string verb;
  Inputs inputs;
  Settings settings{};  // of the model
  const VerbResult* fitted = nullptr;
  Settings options{};  // of the verb
  unsigned threads = 1;
  std::uint64_t key = 3;
};
inline VerbCall verb_call(const Call& c) {
  VerbCall call;
  call.model = &model();
  call.verb = c.verb;
  call.model_settings = c.settings;
  call.verb_settings = c.options;
  for (const auto& [name, array] : c.inputs) call.inputs[name] = ansatz::host::source_of(array);
  if (c.fitted != nullptr) call.state = &c.fitted->state;
  call.threads = c.threads;
  call.random_key = c.key;
  return call;
}
inline VerbResult attempt(const Call& c) { return ansatz::host::run_verb(verb_call(c)); }
inline VerbResult run(const Call& c) {
  VerbResult result = attempt(c);
  INFO(c.verb << ": " << result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}
inline VerbResult fit(const Dense& x, const Settings& settings) {
  return run({"fit", {{"x", array_of(x)}}, settings});
}

inline Dense table(const VerbResult& result, const std::string& port) {
  const Array& array = result.outputs.array(port);
  std::size_t columns = 1;
  for (std::size_t i = 1; i < array.shape.size(); ++i) columns *= array.shape[i];
  Dense values(array.shape.empty() ? 1 : array.shape[0], columns);
  for (std::uint64_t i = 0; i < array.count(); ++i) values.values[i] = array.number(i);
  return values;
}
inline Vector list(const VerbResult& result, const std::string& port) { return table(result, port).values; }
inline bool warned(const VerbResult& result, const std::string& part) {
  for (const std::string& line : result.log) {
    if (line.find(part) != std::string::npos) return true;
  }
  return false;
}

// H K H.
inline Dense centred(const Dense& k) {
  const std::size_t n = k.rows;
  Dense result = k;
  Vector means(n);
  double all = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) means[i] += k(i, j) / static_cast<double>(n);
    all += means[i] / static_cast<double>(n);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) result(i, j) += all - means[i] - means[j];
  }
  return result;
}
inline Vector eigenvalues(const Dense& a) {
  dense::Square square{a.rows};
  square.values = a.values;
  return dense::jacobi(square);
}
inline double trace(const Dense& a) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rows; ++i) sum += a(i, i);
  return sum;
}
inline Dense rows_of(const Dense& x, const std::vector<std::size_t>& chosen) {
  Dense result(chosen.size(), x.columns);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    for (std::size_t k = 0; k < x.columns; ++k) result(i, k) = x(chosen[i], k);
  }
  return result;
}
inline double largest_difference(const Vector& a, const Vector& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}
inline double largest(const Vector& a) { return largest_difference(a, Vector(a.size(), 0.0)); }
// The same but for the sign of each column.
inline double difference_of_columns(const Dense& a, const Dense& b) {
  REQUIRE(a.columns == b.columns);
  double most = 0;
  for (std::size_t j = 0; j < a.columns; ++j) {
    double plus = 0, minus = 0;
    for (std::size_t i = 0; i < a.rows; ++i) {
      plus = std::max(plus, std::abs(a(i, j) - b(i, j)));
      minus = std::max(minus, std::abs(a(i, j) + b(i, j)));
    }
    most = std::max(most, std::min(plus, minus));
  }
  return most;
}

// Points on a circle, equally spaced.
inline Dense circle(std::size_t m) {
  Dense x(m, 2);
  for (std::size_t i = 0; i < m; ++i) {
    const double angle = 2 * M_PI * static_cast<double>(i) / static_cast<double>(m);
    x(i, 0) = std::cos(angle), x(i, 1) = std::sin(angle);
  }
  return x;
}

}  // namespace kpca
