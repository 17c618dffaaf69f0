#include "plugins/tables.hpp"

#include <cstring>
#include <string_view>

#include "core/dims.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace ansatz::host {
namespace tables {
namespace {

constexpr std::size_t longest_text = 65536;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void check_dims(const std::string& dims, const Place& place) {
  for (const DimNames& names : dim_alternatives(dims)) {
    if (names.size() > ANSATZ_MAX_RANK) {
      refuse(place, fmt::format("its dims '{}' have more than {} dimensions", dims, ANSATZ_MAX_RANK));
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string& dim = names[i];
      bool good = !dim.empty();
      for (const char c : dim) good = good && (is_letter(c) || is_digit(c) || c == '_');
      if (dim == "..." && i + 1 == names.size()) good = true;
      if (!good) {
        refuse(place, fmt::format("'{}' in its dims '{}' is no name, no number, and no '...' at the end", dim,
                                  dims));
      }
    }
  }
}

PortInfo port(const ansatz_port& table, const Place& outer) {
  PortInfo p;
  p.name = name(table.name, outer + " port");
  const Place place = fmt::format("{} port '{}'", outer, p.name);
  p.text = text(table.text, place, "text");
  p.dims = text(table.dims, place, "dims");
  check_dims(p.dims, place);
  p.types = table.types, p.flags = table.flags, p.picture = table.picture;
  constexpr std::uint32_t known_types = ANSATZ_BIT(ANSATZ_TEXT + 1) - ANSATZ_BIT(ANSATZ_F64);
  if (p.types == 0 || (p.types & ~known_types) != 0) {
    refuse(place, fmt::format("its element types {:#x} are none or unknown", p.types));
  }
  if ((p.flags & ~std::uint32_t{ANSATZ_OPTIONAL | ANSATZ_MISSING}) != 0) {
    refuse(place, fmt::format("its flags {:#x} are unknown", p.flags));
  }
  if (p.picture < ANSATZ_NO_PICTURE || p.picture > ANSATZ_TABLE) {
    refuse(place, fmt::format("its picture {} is unknown", p.picture));
  }
  return p;
}

VerbInfo verb(const ansatz_verb& table, const Place& outer) {
  VerbInfo v;
  v.name = name(table.name, outer + " verb");
  const Place place = fmt::format("{} verb '{}'", outer, v.name);
  v.text = text(table.text, place, "text");
  v.flags = table.flags;
  if ((v.flags & ~std::uint32_t{ANSATZ_LEARNS | ANSATZ_NEEDS_MODEL | ANSATZ_TAKES_MODEL | ANSATZ_STEPS |
                                ANSATZ_TOLERANCE}) != 0) {
    refuse(place, fmt::format("its flags {:#x} are unknown", v.flags));
  }
  v.parameters = list<ParameterInfo>(table.parameters, table.parameter_count, place, parameter);
  v.inputs = list<PortInfo>(table.inputs, table.input_count, place + " input", port);
  v.outputs = list<PortInfo>(table.outputs, table.output_count, place + " output", port);
  return v;
}

void check_verbs(const ModelInfo& m, const Place& place) {
  if (m.verbs.empty()) refuse(place, "it has no verbs");
  bool learns = false;
  for (const VerbInfo& v : m.verbs) learns = learns || (v.flags & ANSATZ_LEARNS) != 0;
  for (const VerbInfo& v : m.verbs) {
    if (!learns && (v.flags & ANSATZ_NEEDS_MODEL) != 0) {
      refuse(place, fmt::format("verb '{}' needs a learned model, but no verb learns one", v.name));
    }
    // One name for one meaning in `with:`.
    for (const ParameterInfo& own : v.parameters) {
      for (const ParameterInfo& shared : m.parameters) {
        if (own.name != shared.name) continue;
        refuse(place, fmt::format("'{}' is a parameter of the model and of verb '{}'", own.name, v.name));
      }
    }
    check_conditions(v.parameters, m.parameters, fmt::format("{} verb '{}'", place, v.name));
  }
  check_conditions(m.parameters, {}, place);
}

ModelInfo model(const ansatz_model& table, const Place&) {
  ModelInfo m;
  m.name = name(table.name, "model");
  const Place place = fmt::format("model '{}'", m.name);
  m.text = text(table.text, place, "text");
  m.references = text(table.references, place, "references");
  m.parameters = list<ParameterInfo>(table.parameters, table.parameter_count, place, parameter);
  m.verbs = list<VerbInfo>(table.verbs, table.verb_count, place, verb);
  check_verbs(m, place);
  if (table.create == nullptr || table.destroy == nullptr || table.begin == nullptr ||
      table.step == nullptr || table.save == nullptr || table.load == nullptr) {
    refuse(place, "one of its functions is missing (null)");
  }
  return m;
}

}  // namespace

void refuse(const Place& place, const std::string& why) {
  throw Error{Exit::plugin_refused, fmt::format("its tables are unsound: {}: {}", place, why)};
}

std::string text(const char* value, const Place& place, const char* what) {
  if (value == nullptr) refuse(place, fmt::format("its {} is missing (null)", what));
  const std::size_t size = strnlen(value, longest_text);
  if (size == longest_text) refuse(place, fmt::format("its {} does not end within 64 KiB", what));
  if (!is_utf8({value, size})) refuse(place, fmt::format("its {} is not UTF-8", what));
  return {value, size};
}

std::string name(const char* value, const Place& place) {
  std::string result = text(value, place, "name");
  bool good = !result.empty() && is_letter(result.front());
  for (const char c : result) good = good && (is_letter(c) || is_digit(c) || c == '_' || c == '-');
  if (!good) {
    refuse(place, fmt::format("'{}' is no name: a letter, then letters, digits, '_' and '-'", result));
  }
  return result;
}

}  // namespace tables

PluginInfo plugin_from_tables(const PluginInfo& header, const ansatz_info* info) {
  const ansatz_info& table = tables::checked(info, "info()");
  PluginInfo plugin = header;
  plugin.text = tables::text(table.text, "info()", "text");
  plugin.models = tables::list<ModelInfo>(table.models, table.model_count, "models", tables::model);
  if (plugin.models.empty()) tables::refuse("info()", "it has no models");
  return plugin;
}

}  // namespace ansatz::host
