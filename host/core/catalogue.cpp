#include "core/catalogue.hpp"

#include <ansatz/abi.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

namespace ansatz::host {
namespace {

using Json = nlohmann::ordered_json;

Json bound_json(double bound) { return to_json(Value{bound}); }
double bound_from(const Json& json) { return std::get<double>(value_from_json(json)); }

Json parameter_json(const ParameterInfo& p) {
  return {{"name", p.name},
          {"text", p.text},
          {"unit", p.unit},
          {"kinds", p.kinds},
          {"minimum", bound_json(p.minimum)},
          {"maximum", bound_json(p.maximum)},
          {"minimum_excluded", p.minimum_excluded},
          {"maximum_excluded", p.maximum_excluded},
          {"choices", p.choices},
          {"default", p.initial ? to_json(*p.initial) : Json{}},
          {"affects_result", p.affects_result},
          {"used_if", p.used_if}};
}

ParameterInfo parameter_from(const Json& json) {
  ParameterInfo p;
  p.name = json.at("name");
  p.text = json.at("text");
  p.unit = json.at("unit");
  p.kinds = json.at("kinds");
  p.minimum = bound_from(json.at("minimum"));
  p.maximum = bound_from(json.at("maximum"));
  p.minimum_excluded = json.at("minimum_excluded");
  p.maximum_excluded = json.at("maximum_excluded");
  p.choices = json.at("choices").get<std::vector<std::string>>();
  if (!json.at("default").is_null()) p.initial = value_from_json(json.at("default"));
  p.affects_result = json.at("affects_result");
  p.used_if = json.at("used_if");
  return p;
}

Json port_json(const PortInfo& p) {
  return {{"name", p.name},   {"text", p.text},   {"dims", p.dims},
          {"types", p.types}, {"flags", p.flags}, {"picture", p.picture}};
}

PortInfo port_from(const Json& json) {
  return {json.at("name"),  json.at("text"),  json.at("dims"),
          json.at("types"), json.at("flags"), json.at("picture")};
}

template <class Item, class ToJson>
Json list_json(const std::vector<Item>& items, const ToJson& convert) {
  Json list = Json::array();
  for (const Item& item : items) list.push_back(convert(item));
  return list;
}

template <class From>
auto list_from(const Json& json, const From& convert) {
  std::vector<decltype(convert(json))> items;
  for (const Json& item : json) items.push_back(convert(item));
  return items;
}

Json verb_json(const VerbInfo& v) {
  return {{"name", v.name},
          {"text", v.text},
          {"flags", v.flags},
          {"parameters", list_json(v.parameters, parameter_json)},
          {"inputs", list_json(v.inputs, port_json)},
          {"outputs", list_json(v.outputs, port_json)}};
}

VerbInfo verb_from(const Json& json) {
  return {json.at("name"),
          json.at("text"),
          json.at("flags"),
          list_from(json.at("parameters"), parameter_from),
          list_from(json.at("inputs"), port_from),
          list_from(json.at("outputs"), port_from)};
}

Json model_json(const ModelInfo& m) {
  return {{"name", m.name},
          {"text", m.text},
          {"references", m.references},
          {"parameters", list_json(m.parameters, parameter_json)},
          {"verbs", list_json(m.verbs, verb_json)}};
}

ModelInfo model_from(const Json& json) {
  return {json.at("name"), json.at("text"), json.at("references"),
          list_from(json.at("parameters"), parameter_from), list_from(json.at("verbs"), verb_from)};
}

std::string range_text(const ParameterInfo& p) {
  const bool low = std::isfinite(p.minimum), high = std::isfinite(p.maximum);
  if (low && high) {
    return fmt::format(" in {}{}, {}{}", p.minimum_excluded ? '(' : '[', p.minimum, p.maximum,
                       p.maximum_excluded ? ')' : ']');
  }
  if (low) return fmt::format(" {} {}", p.minimum_excluded ? ">" : ">=", p.minimum);
  if (high) return fmt::format(" {} {}", p.maximum_excluded ? "<" : "<=", p.maximum);
  return "";
}

}  // namespace

std::vector<Condition> ParameterInfo::conditions() const {
  std::vector<Condition> result;
  std::istringstream parts{used_if};
  for (std::string part; std::getline(parts, part, '&');) {
    const auto equals = part.find('=');
    Condition condition{part.substr(0, equals), {}};
    std::istringstream values{equals == std::string::npos ? std::string{} : part.substr(equals + 1)};
    for (std::string value; std::getline(values, value, '|');) condition.values.push_back(value);
    result.push_back(std::move(condition));
  }
  return result;
}

std::string ParameterInfo::used_if_text() const {
  std::string words;
  for (const char c : used_if) words += c == '&' ? std::string{" and "} : std::string{c};
  return words;
}

std::string ParameterInfo::expectation() const {
  const auto accepts = [&](int kind) { return (kinds & ANSATZ_BIT(kind)) != 0; };
  std::vector<std::string> parts;
  const bool number = accepts(ANSATZ_KIND_REAL) || accepts(ANSATZ_KIND_INTEGER);
  if (accepts(ANSATZ_KIND_BOOL)) parts.emplace_back("true or false");
  if (number) parts.push_back((accepts(ANSATZ_KIND_REAL) ? "real" : "integer") + range_text(*this));
  if (number && accepts(ANSATZ_KIND_LIST)) parts.emplace_back("a list of these");
  if (accepts(ANSATZ_KIND_TEXT)) {
    if (choices.empty()) {
      parts.emplace_back(accepts(ANSATZ_KIND_LIST) && !number ? "text or a list of texts" : "text");
    } else if (choices.size() == 1) {
      parts.push_back("the word " + choices[0]);
    } else {
      parts.push_back(fmt::format("one of {}", fmt::join(choices, ", ")));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", or "));
}

bool PortInfo::optional() const { return (flags & ANSATZ_OPTIONAL) != 0; }

Json to_json(const PluginInfo& p) {
  return {{"id", p.id},
          {"version", p.version},
          {"sdk_version", p.sdk_version},
          {"compiler", p.compiler},
          {"text", p.text},
          {"abi_major", p.abi_major},
          {"abi_minor", p.abi_minor},
          {"instruction_sets", p.instruction_sets},
          {"build_flags", p.build_flags},
          {"path", p.path.string()},
          {"models", list_json(p.models, model_json)}};
}

PluginInfo plugin_info_from_json(const Json& json) {
  PluginInfo p;
  p.id = json.at("id");
  p.version = json.at("version");
  p.sdk_version = json.at("sdk_version");
  p.compiler = json.at("compiler");
  p.text = json.at("text");
  p.abi_major = json.at("abi_major");
  p.abi_minor = json.at("abi_minor");
  p.instruction_sets = json.at("instruction_sets");
  p.build_flags = json.at("build_flags");
  p.path = json.at("path").get<std::string>();
  p.models = list_from(json.at("models"), model_from);
  return p;
}

}  // namespace ansatz::host
