// schema, explain and doctor.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "archive/hdf5_library.hpp"
#include "cli/commands.hpp"
#include "pipeline/codes.hpp"
#include "pipeline/diagnostic.hpp"
#include "pipeline/pipeline.hpp"
#include "plugins/registry.hpp"
#include "run/environment.hpp"

namespace ansatz::host {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }
void print_json(const nlohmann::ordered_json& json) { std::puts(json.dump(2).c_str()); }

Exit list_codes(bool json) {
  nlohmann::ordered_json codes = nlohmann::ordered_json::array();
  for (const std::string& code : diagnostic_codes()) {
    codes.push_back({{"code", code}, {"title", title_of(code)}});
    if (!json) print(fmt::format("{}  {}\n", code, title_of(code)));
  }
  if (json) print_json(codes);
  return Exit::ok;
}

}  // namespace

Exit schema_command(const std::vector<std::string>& plugin_paths) {
  Registry registry{search_folders(plugin_paths, {})};
  print_json(pipeline_schema(registry));
  return Exit::ok;
}

Exit explain_command(const std::string& code, bool json) {
  if (code.empty()) return list_codes(json);
  const std::string text = explain(code);
  if (text.empty()) {
    throw Error{Exit::usage, fmt::format("there is no diagnostic '{}'; `ansatz explain` lists all", code)};
  }
  if (json) {
    print_json({{"code", code}, {"text", text}});
  } else {
    print(text + (text.back() == '\n' ? "" : "\n"));
  }
  return Exit::ok;
}

Exit doctor_command(const std::vector<std::string>& plugin_paths, bool json) {
  Registry registry{search_folders(plugin_paths, {})};
  Attributes environment = environment_attributes();
  environment["hdf5_threads"] = std::string{
      hdf5_is_thread_safe() ? "safe" : "not safe: checkpoints are written between steps, not beside them"};
  std::vector<std::string> refused;
  for (const FoundPlugin& plugin : registry.found()) {
    if (plugin.refused.empty() && registry.find(plugin.header.id) == nullptr) {
      refused.push_back(registry.why_not(plugin.header.id));
    } else if (!plugin.refused.empty()) {
      refused.push_back(fmt::format("{}: {}", plugin.path.string(), plugin.refused));
    }
  }
  if (json) {
    nlohmann::ordered_json attributes = nlohmann::ordered_json::object();
    for (const auto& [name, value] : environment) attributes[name] = to_json(value);
    print_json({{"environment", attributes}, {"plugins", registry.ids()}, {"refused", refused}});
  } else {
    for (const auto& [name, value] : environment) print(fmt::format("{:<17}{}\n", name, to_text(value)));
    print(fmt::format("{:<17}{}\n", "plugins", fmt::join(registry.ids(), ", ")));
    for (const std::string& why : refused) print(fmt::format("refused          {}\n", why));
    print(refused.empty() ? "all is well\n" : "some plugins are refused; the reasons stand above\n");
  }
  return refused.empty() ? Exit::ok : Exit::plugin_refused;
}

}  // namespace ansatz::host
