// Fit and predict through the plugin's file, as the host does.
#pragma once

#include <algorithm>

#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plugins/library.hpp"
#include "reference.hpp"
#include "run/verb_call.hpp"

namespace kr {

using ansatz::host::Array;
using ansatz::host::ElementType;
using ansatz::host::VerbCall;
using ansatz::host::VerbResult;
using reference::Dense;
using reference::Vector;
using Settings = std::map<std::string, ansatz::host::Value>;

inline std::string text(const char* word) { return word; }  // as a setting: a bare literal would be a bool

inline const ansatz_model& model() {
  static const ansatz::host::Library library{KERNEL_RIDGE_PLUGIN};
  return library.model("kernel-ridge");
}

template <class T>
Array array_of(ElementType type, std::vector<std::uint64_t> shape, const std::vector<T>& values) {
  Array array{type, std::move(shape)};
  REQUIRE(array.count() == values.size());
  std::copy(values.begin(), values.end(), array.as<T>().begin());
  return array;
}
inline Array array_of(const Dense& x) { return array_of(ElementType::f64, {x.rows, x.columns}, x.values); }
inline Array array_of(const Vector& x) { return array_of(ElementType::f64, {x.size()}, x); }

struct Problem {
  Array x, y;
  Settings settings{};
  Vector weight{};  // empty: not wired
  unsigned threads = 1;
  std::uint64_t random_key = 5;
};

inline VerbCall fit_call(const Problem& problem) {
  VerbCall call;
  call.model = &model();
  call.verb = "fit";
  call.model_settings = problem.settings;
  call.inputs["x"] = source_of(problem.x);
  call.inputs["y"] = source_of(problem.y);
  if (!problem.weight.empty()) call.inputs["weight"] = source_of(array_of(problem.weight));
  call.threads = problem.threads;
  call.random_key = problem.random_key;
  return call;
}
// Whatever comes of it.
inline VerbResult try_fit(const Problem& problem) { return run_verb(fit_call(problem)); }
inline VerbResult fit(const Problem& problem) {
  VerbResult result = try_fit(problem);
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}

inline VerbResult try_predict(const VerbResult& fitted, const Array& x, unsigned threads = 1) {
  VerbCall call;
  call.model = &model();
  call.verb = "predict";
  call.inputs["x"] = source_of(x);
  call.state = &fitted.state;
  call.threads = threads;
  return run_verb(call);
}
inline VerbResult predict(const VerbResult& fitted, const Array& x, unsigned threads = 1) {
  VerbResult result = try_predict(fitted, x, threads);
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}

// A call that must succeed.
inline VerbResult run(const VerbCall& call) {
  VerbResult result = run_verb(call);
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}

// Its values, step by step.
inline Vector metric(const VerbResult& result, const std::string& name) {
  Vector values;
  for (const auto& point : result.metrics) {
    if (point.name == name) values.push_back(point.value);
  }
  return values;
}

// The state after each step but the last.
inline std::vector<ansatz::host::Checkpoint> checkpoints_of(VerbCall call) {
  std::vector<ansatz::host::Checkpoint> checkpoints;
  call.listener.wants_checkpoint = [] { return true; };
  call.listener.checkpoint = [&](ansatz::host::Checkpoint checkpoint) {
    checkpoints.push_back(std::move(checkpoint));
  };
  (void)run(call);
  return checkpoints;
}

inline Vector numbers(const VerbResult& result, const std::string& port) {
  const Array& array = result.outputs.array(port);
  Vector values;
  for (std::uint64_t i = 0; i < array.count(); ++i) values.push_back(array.number(i));
  return values;
}

inline Dense first_rows(const Dense& a, std::size_t count) {
  Dense part(count, a.columns);
  std::copy_n(a.values.begin(), part.values.size(), part.values.begin());
  return part;
}

inline bool same_bytes(const Array& a, const Array& b) {
  return a.type == b.type && a.shape == b.shape && std::memcmp(a.data.data(), b.data.data(), a.bytes()) == 0;
}

}  // namespace kr
