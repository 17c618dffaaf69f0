// Calling the verbs of a real plugin file in tests.
//
//   Plugin prepare{PREPARE_PLUGIN};
//   const VerbResult result =
//       prepare.run("prepare", "split", {{"x", reals({4, 2}, values)}}, {{"test", 0.5}});
#pragma once

#include <ansatz/abi.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "plugins/library.hpp"
#include "run/verb_call.hpp"

namespace ansatz::test {

using host::Array;
using host::ElementType;
using host::Value;
using host::VerbCall;
using host::VerbResult;

using Inputs = std::map<std::string, Array>;
using Settings = std::map<std::string, Value>;

// How a call is run, beside what it computes.
struct Around {
  std::uint64_t key = 1;
  unsigned threads = 1;
  const host::Tree* state = nullptr;
  Settings model_settings = {};
};

class Plugin {
 public:
  explicit Plugin(const char* path) : library_{path} {}

  [[nodiscard]] VerbResult run(const std::string& model, const std::string& verb, const Inputs& inputs,
                               const Settings& settings = {}, const Around& around = {}) const {
    return host::run_verb(call(model, verb, inputs, settings, around));
  }
  // The same, stopped after `steps` steps and taken up again from what was saved then.
  [[nodiscard]] VerbResult resumed(std::uint64_t steps, const std::string& model, const std::string& verb,
                                   const Inputs& inputs, const Settings& settings = {},
                                   const Around& around = {}) const {
    VerbCall first = call(model, verb, inputs, settings, around);
    std::vector<host::Checkpoint> saved;
    first.listener.wants_checkpoint = [] { return true; };
    first.listener.checkpoint = [&](host::Checkpoint checkpoint) { saved.push_back(std::move(checkpoint)); };
    VerbResult whole = host::run_verb(first);
    if (steps == 0 || steps > saved.size()) return whole;
    VerbCall second = call(model, verb, inputs, settings, around);
    second.resume = &saved[steps - 1];
    return host::run_verb(second);
  }
  [[nodiscard]] const host::PluginInfo& description() const { return library_.description(); }

 private:
  [[nodiscard]] VerbCall call(const std::string& model, const std::string& verb, const Inputs& inputs,
                              const Settings& settings, const Around& around) const {
    VerbCall call;
    call.model = &library_.model(model);
    call.verb = verb;
    call.verb_settings = settings;
    call.model_settings = around.model_settings;
    call.random_key = around.key;
    call.threads = around.threads;
    call.state = around.state;
    for (const auto& [name, array] : inputs) call.inputs[name] = host::source_of(array);
    return call;
  }

  host::Library library_;
};

template <class T>
constexpr ElementType element_type() {
  if constexpr (std::is_same_v<T, double>) return ElementType::f64;
  if constexpr (std::is_same_v<T, float>) return ElementType::f32;
  if constexpr (std::is_same_v<T, std::int64_t>) return ElementType::i64;
  if constexpr (std::is_same_v<T, std::int32_t>) return ElementType::i32;
  if constexpr (std::is_same_v<T, bool>) return ElementType::boolean;
  return ElementType::u8;
}

template <class T>
Array array_of(const std::vector<std::uint64_t>& shape, const std::vector<T>& values) {
  Array array{element_type<T>(), shape};
  std::copy(values.begin(), values.end(), array.as<T>().begin());
  return array;
}
inline Array reals(const std::vector<std::uint64_t>& shape, const std::vector<double>& values) {
  return array_of<double>(shape, values);
}
inline Array labels(const std::vector<std::int64_t>& values) { return array_of({values.size()}, values); }

template <class T>
std::vector<T> values_of(const VerbResult& result, const std::string& port) {
  const auto span = result.outputs.array(port).as<T>();
  return {span.begin(), span.end()};
}
inline double scalar(const VerbResult& result, const std::string& port) {
  return result.outputs.array(port).number(0);
}
inline std::vector<std::string> texts_of(const VerbResult& result, const std::string& port) {
  const Array& array = result.outputs.array(port);
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < array.count(); ++i) texts.push_back(array.text(i));
  return texts;
}

// Equal in type, shape and every byte, port by port.
inline bool same_bytes(const VerbResult& a, const VerbResult& b) {
  if (a.outputs.children().size() != b.outputs.children().size()) return false;
  for (const auto& [name, node] : a.outputs.children()) {
    const Array& one = a.outputs.array(name);
    const Array* two = b.outputs.find_array(name);
    if (two == nullptr || one.type != two->type || one.shape != two->shape) return false;
    if (std::memcmp(one.data.data(), two->data.data(), one.bytes()) != 0) return false;
  }
  return true;
}

// Test data, independent of the generator under test.
inline std::vector<double> random_reals(std::size_t count, unsigned seed, double low = -1, double high = 1) {
  std::mt19937_64 engine{seed};
  std::vector<double> values(count);
  for (double& x : values) {
    x = low + (high - low) * static_cast<double>(engine() >> 11) * 0x1p-53;
  }
  return values;
}
inline std::vector<std::int64_t> random_labels(std::size_t count, unsigned seed, std::uint64_t classes) {
  std::mt19937_64 engine{seed};
  std::vector<std::int64_t> values(count);
  for (auto& x : values) x = static_cast<std::int64_t>(engine() % classes);
  return values;
}

}  // namespace ansatz::test
