#include "plugins/describe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "core/dims.hpp"
#include "core/error.hpp"
#include "plugins/library.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t longest_list = 10'000;

// Names of the tables on the way down, for messages.
using Place = std::string;

[[noreturn]] void refuse(const Place& place, const std::string& why) {
  throw Error{Exit::plugin_refused, fmt::format("its tables are unsound: {}: {}", place, why)};
}

// Fields beyond struct_size belong to a later minor version and must not be touched; those we know must all
// be there.
template <class Table>
const Table& checked(const Table* table, const Place& place) {
  if (table == nullptr) refuse(place, "the table is missing (null)");
  if (table->struct_size < sizeof(Table)) {
    refuse(place, fmt::format("the table has {} bytes, at least {} were expected", table->struct_size,
                              sizeof(Table)));
  }
  return *table;
}

std::string text(const char* value, const Place& place, const char* what) {
  if (value == nullptr) refuse(place, fmt::format("its {} is missing (null)", what));
  return value;
}

std::string name(const char* value, const Place& place) {
  const std::string result = text(value, place, "name");
  if (result.empty() || result.find_first_of(" \t\n/.") != std::string::npos) {
    refuse(place, fmt::format("'{}' is no name: it must not be empty nor hold blanks, '/' or '.'", result));
  }
  return result;
}

template <class Item, class Table, class Convert>
std::vector<Item> list(const Table* const* tables, std::uint64_t count, const Place& place,
                       const Convert& convert) {
  if (count > longest_list || (count > 0 && tables == nullptr))
    refuse(place, "a list is missing or absurdly long");
  std::vector<Item> items;
  std::set<std::string> names;
  for (std::uint64_t i = 0; i < count; ++i) {
    items.push_back(convert(checked(tables[i], fmt::format("{} {}", place, i)), place));
    if (!names.insert(items.back().name).second)
      refuse(place, fmt::format("the name '{}' occurs twice", items.back().name));
  }
  return items;
}

Value initial_value(const ansatz_value& value, const Place& place) {
  const bool scalar = value.is_list == 0;
  if (scalar && value.count != 1) refuse(place, "its default is a scalar without an element");
  const auto make = [&]<class T, class From>(const From* from, T) -> Value {
    if (value.count > 0 && from == nullptr) refuse(place, "its default points nowhere");
    if (scalar) return static_cast<T>(from[0]);
    return std::vector<T>(from, from + value.count);
  };
  switch (value.kind) {
    case ANSATZ_KIND_BOOL: return make(value.integers, bool{});
    case ANSATZ_KIND_INTEGER: return make(value.integers, std::int64_t{});
    case ANSATZ_KIND_REAL: return make(value.reals, double{});
    case ANSATZ_KIND_TEXT: return make(value.texts, std::string{});
    default: refuse(place, "its default is of an unknown kind");
  }
}

ParameterInfo parameter(const ansatz_parameter& p, const Place& outer) {
  ParameterInfo info;
  info.name = name(p.name, outer + " parameter");
  const Place place = fmt::format("{} parameter '{}'", outer, info.name);
  info.text = text(p.text, place, "text");
  info.unit = text(p.unit, place, "unit");
  info.kinds = p.kinds;
  constexpr std::uint32_t known = ANSATZ_BIT(ANSATZ_KIND_BOOL) | ANSATZ_BIT(ANSATZ_KIND_INTEGER) |
                                  ANSATZ_BIT(ANSATZ_KIND_REAL) | ANSATZ_BIT(ANSATZ_KIND_TEXT) |
                                  ANSATZ_BIT(ANSATZ_KIND_LIST);
  if (p.kinds == 0 || (p.kinds & ~known) != 0) refuse(place, "its kinds are none or unknown");
  if (std::isnan(p.minimum) || std::isnan(p.maximum) || p.minimum > p.maximum)
    refuse(place, "its range is empty");
  info.minimum = p.minimum, info.maximum = p.maximum;
  info.minimum_excluded = p.minimum_excluded != 0, info.maximum_excluded = p.maximum_excluded != 0;
  if (p.choice_count > longest_list || (p.choice_count > 0 && p.choices == nullptr))
    refuse(place, "its choices are missing");
  for (std::uint64_t i = 0; i < p.choice_count; ++i)
    info.choices.push_back(text(p.choices[i], place, "choice"));
  if (p.initial != nullptr) info.initial = initial_value(checked(p.initial, place), place);
  info.affects_result = p.affects_result != 0;
  if (p.used_if != nullptr) info.used_if = p.used_if;
  return info;
}

PortInfo port(const ansatz_port& p, const Place& outer) {
  PortInfo info;
  info.name = name(p.name, outer + " port");
  const Place place = fmt::format("{} port '{}'", outer, info.name);
  info.text = text(p.text, place, "text");
  info.dims = text(p.dims, place, "dims");
  for (const DimNames& names : dim_alternatives(info.dims)) {
    if (names.size() > ANSATZ_MAX_RANK) refuse(place, "its dims have too many dimensions");
    for (const std::string& dim : names) {
      if (dim.empty()) refuse(place, fmt::format("its dims '{}' have an empty name", info.dims));
    }
  }
  info.types = p.types, info.flags = p.flags, info.picture = p.picture;
  if (p.types == 0 || (p.types & ~0xfeu) != 0) refuse(place, "its element types are none or unknown");
  return info;
}

VerbInfo verb(const ansatz_verb& v, const Place& outer) {
  VerbInfo info;
  info.name = name(v.name, outer + " verb");
  const Place place = fmt::format("{} verb '{}'", outer, info.name);
  info.text = text(v.text, place, "text");
  info.flags = v.flags;
  info.parameters = list<ParameterInfo>(v.parameters, v.parameter_count, place, parameter);
  info.inputs = list<PortInfo>(v.inputs, v.input_count, place, port);
  info.outputs = list<PortInfo>(v.outputs, v.output_count, place, port);
  return info;
}

ModelInfo model(const ansatz_model& m, const Place&) {
  ModelInfo info;
  info.name = name(m.name, "model");
  const Place place = fmt::format("model '{}'", info.name);
  info.text = text(m.text, place, "text");
  info.references = text(m.references, place, "references");
  info.parameters = list<ParameterInfo>(m.parameters, m.parameter_count, place, parameter);
  info.verbs = list<VerbInfo>(m.verbs, m.verb_count, place, verb);
  if (info.verbs.empty()) refuse(place, "it has no verbs");
  if (m.create == nullptr || m.destroy == nullptr || m.begin == nullptr || m.step == nullptr ||
      m.save == nullptr || m.load == nullptr) {
    refuse(place, "one of its functions is missing (null)");
  }
  // One name for one meaning in `with:`.
  for (const VerbInfo& v : info.verbs) {
    for (const ParameterInfo& own : v.parameters) {
      for (const ParameterInfo& shared : info.parameters) {
        if (own.name == shared.name)
          refuse(place, fmt::format("'{}' is a parameter of the model and of verb '{}'", own.name, v.name));
      }
    }
  }
  return info;
}

}  // namespace

PluginInfo describe(const PluginInfo& header, const ansatz_info* info) {
  const ansatz_info& table = checked(info, "info()");
  PluginInfo plugin = header;
  plugin.text = text(table.text, "info()", "text");
  plugin.models = list<ModelInfo>(table.models, table.model_count, "models", model);
  if (plugin.models.empty()) refuse("info()", "it has no models");
  return plugin;
}

int describe_main(const std::filesystem::path& path) {
  // What the plugin prints must not mix with the answer.
  const int answer = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDOUT_FILENO);
  nlohmann::ordered_json json;
  try {
    json = {{"plugin", to_json(Library{path}.description())}};
  } catch (const std::exception& e) {
    json = {{"refused", e.what()}};
  }
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::write(answer, text.data() + sent, text.size() - sent);
    if (n <= 0) return 74;
    sent += static_cast<std::size_t>(n);
  }
  _exit(0);  // the plugin's destructors have no say
}

}  // namespace ansatz::host
