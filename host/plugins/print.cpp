#include "plugins/print.hpp"

#include <ansatz/abi.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "plugins/cpu.hpp"
#include "plugins/words.hpp"

namespace ansatz::host {
namespace {

using Row = std::vector<std::string>;
using Rows = std::vector<Row>;

// Columns as wide as their widest cell, `indent` blanks before each line, none after it.
std::string table(const Rows& rows, std::size_t indent) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string indented(const std::string& text, std::size_t indent) {
  std::istringstream lines{text};
  std::string result;
  for (std::string line; std::getline(lines, line);) result += std::string(indent, ' ') + line + "\n";
  return result;
}

std::string bracketed(const std::string& words) { return words.empty() ? "" : " (" + words + ")"; }

std::string parameters_text(const std::vector<ParameterInfo>& parameters, std::size_t indent) {
  Rows rows;
  for (const ParameterInfo& p : parameters) {
    std::string text = p.text;
    if (!p.unit.empty() && p.unit != "dimensionless") text += fmt::format(" [{}]", p.unit);
    if (!p.used_if.empty()) text += fmt::format(" (only if {})", p.used_if_text());
    if (!p.affects_result) text += " (no effect on results)";
    rows.push_back({p.name, p.expectation(),
                    p.initial ? fmt::format("default {}", to_text(*p.initial)) : "must be given", text});
  }
  return table(rows, indent);
}

std::string verb_text(const VerbInfo& verb) {
  std::string text = fmt::format("\n  {}: {}{}\n", verb.name, verb.text, bracketed(verb_words(verb.flags)));
  Rows rows;
  const auto add = [&](const char* direction, const std::vector<PortInfo>& ports) {
    for (const PortInfo& port : ports) {
      rows.push_back({direction, port.name, port.dims.empty() ? "scalar" : port.dims,
                      type_words(port.types, "|"), port.text + bracketed(port_words(port))});
    }
  };
  add("in", verb.inputs);
  add("out", verb.outputs);
  text += table(rows, 4);
  if (!verb.parameters.empty()) text += "    with\n" + parameters_text(verb.parameters, 6);
  return text;
}

std::string model_text(const ModelInfo& model) {
  std::string text = fmt::format("\nmodel {}: {}\n", model.name, model.text);
  if (!model.references.empty()) text += "  references\n" + indented(model.references, 4);
  if (!model.parameters.empty()) text += "  parameters\n" + parameters_text(model.parameters, 4);
  for (const VerbInfo& verb : model.verbs) text += verb_text(verb);
  return text;
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

std::string folders_text(const Registry& registry) {
  std::string text = "searched, in this order:\n";
  for (const auto& folder : registry.folders()) {
    text += fmt::format("  {}{}\n", folder.string(), is_folder(folder) ? "" : "  (no such folder)");
  }
  return text;
}

}  // namespace

std::string plugin_list_text(Registry& registry, bool failures) {
  Rows rows;
  std::vector<const FoundPlugin*> refused;
  for (const FoundPlugin& plugin : registry.found()) {
    if (!plugin.refused.empty()) {
      refused.push_back(&plugin);
      continue;
    }
    if (rows.empty()) rows.push_back({"plugin", "version", "built by", "file"});
    rows.push_back({plugin.header.id, plugin.header.version, plugin.header.compiler, plugin.path.string()});
  }
  std::string text = table(rows, 0);
  if (rows.empty()) text = "no plugins\n";
  if (!failures) {
    if (!refused.empty()) {
      text += fmt::format("{} refused; `ansatz plugin list --failures` tells why\n", refused.size());
    }
    return rows.empty() ? text + folders_text(registry) : text;
  }
  text += refused.empty() ? "none is refused\n" : "refused:\n";
  for (const FoundPlugin* plugin : refused) {
    text += fmt::format("  {}\n    {}\n", plugin->path.string(), plugin->refused);
  }
  return text + folders_text(registry);
}

nlohmann::ordered_json plugin_list_json(Registry& registry) {
  using Json = nlohmann::ordered_json;
  Json plugins = Json::array(), refused = Json::array(), folders = Json::array();
  for (const FoundPlugin& plugin : registry.found()) {
    if (!plugin.refused.empty()) {
      refused.push_back(
          {{"id", plugin.header.id}, {"path", plugin.path.string()}, {"refused", plugin.refused}});
      continue;
    }
    const PluginInfo& header = plugin.header;
    plugins.push_back({{"id", header.id},
                       {"version", header.version},
                       {"path", plugin.path.string()},
                       {"abi", fmt::format("{}.{}", header.abi_major, header.abi_minor)},
                       {"sdk_version", header.sdk_version},
                       {"compiler", header.compiler},
                       {"instruction_sets", instruction_set_text(header.instruction_sets)}});
  }
  for (const auto& folder : registry.folders()) folders.push_back(folder.string());
  const Json list = {{"plugins", plugins}, {"refused", refused}, {"folders", folders}};
  // File names need not be UTF-8, JSON must be.
  return Json::parse(list.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string plugin_info_text(const PluginInfo& plugin) {
  std::string text = fmt::format("{} {}: {}\n", plugin.id, plugin.version, plugin.text);
  text +=
      table({{"file", plugin.path.string()},
             {"built", fmt::format("by {} with SDK {}, ABI {}.{}{}", plugin.compiler, plugin.sdk_version,
                                   plugin.abi_major, plugin.abi_minor,
                                   (plugin.build_flags & ANSATZ_BUILT_DEBUG) != 0 ? ", unoptimised" : "")},
             {"needs", instruction_set_text(plugin.instruction_sets)}},
            2);
  for (const ModelInfo& model : plugin.models) text += model_text(model);
  return text;
}

}  // namespace ansatz::host
