// What the host knows about plugins, as plain values: copied out of a plugin's tables, or read back from
// JSON.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/value.hpp"

namespace ansatz::host {

// "kernel=polynomial|sigmoid": a parameter, or the verb ("verb=fit"), has one of these values.
struct Condition {
  std::string parameter;
  std::vector<std::string> values;
};

struct ParameterInfo {
  std::string name, text, unit;
  std::uint32_t kinds = 0;  // set of ansatz_kind, ANSATZ_BIT(...)
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool minimum_excluded = false, maximum_excluded = false;
  std::vector<std::string> choices;
  std::optional<Value> initial;  // none: must be given
  bool affects_result = true;
  std::string used_if;  // "kernel=polynomial|sigmoid&verb=fit": used only then; empty: always

  // "real > 0, or one of median" and the like, for messages and documentation.
  [[nodiscard]] std::string expectation() const;
  // What used_if asks for, all of it; a part without '=' has no values.
  [[nodiscard]] std::vector<Condition> conditions() const;
  // "kernel=polynomial|sigmoid and verb=fit".
  [[nodiscard]] std::string used_if_text() const;
};

struct PortInfo {
  std::string name, text, dims;
  std::uint32_t types = 0;  // set of ansatz_type
  std::uint32_t flags = 0;  // set of ansatz_port_flag
  int picture = 0;
  [[nodiscard]] bool optional() const;
};

struct VerbInfo {
  std::string name, text;
  std::uint32_t flags = 0;  // ansatz_verb_flag
  std::vector<ParameterInfo> parameters;
  std::vector<PortInfo> inputs, outputs;
};

struct ModelInfo {
  std::string name, text, references;
  std::vector<ParameterInfo> parameters;  // of the learned model: given to verbs that learn without `model:`
  std::vector<VerbInfo> verbs;
};

struct PluginInfo {
  std::string id, version, sdk_version, compiler, text;
  std::uint16_t abi_major = 0, abi_minor = 0;
  std::uint64_t instruction_sets = 0, build_flags = 0;
  std::filesystem::path path;
  std::vector<ModelInfo> models;
};

[[nodiscard]] nlohmann::ordered_json to_json(const PluginInfo& plugin);
[[nodiscard]] PluginInfo plugin_info_from_json(const nlohmann::ordered_json& json);

// The plugins that a pipeline may name.  The real one is host/plugins/registry.hpp; tests make their own.
class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // nullptr if there is none or it was refused; then `why_not` says why, with the folders searched.
  virtual const PluginInfo* find(const std::string& id) = 0;
  virtual std::string why_not(const std::string& id) = 0;
  virtual std::vector<std::string> ids() = 0;
};

}  // namespace ansatz::host
