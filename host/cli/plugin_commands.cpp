// plugin list, info, new, validate.
#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "plugins/markdown.hpp"
#include "plugins/print.hpp"
#include "plugins/registry.hpp"
#include "plugins/scaffold.hpp"
#include "validate/report.hpp"

namespace ansatz::host {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }
void print_json(const nlohmann::ordered_json& json) { std::puts(json.dump(2).c_str()); }

void update_reference(const std::filesystem::path& readme, const PluginInfo& plugin) {
  std::ifstream file{readme, std::ios::binary};
  const std::string before{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  if (!file) throw IoError{"cannot read " + readme.string(), errno};
  const std::string after = with_reference(before, plugin);
  if (after == before) return;
  std::ofstream changed{readme, std::ios::binary};
  changed << after;
  changed.close();
  if (!changed) throw IoError{"cannot write " + readme.string(), errno};
}

}  // namespace

Exit plugin_list_command(const std::vector<std::string>& plugin_paths, bool failures, bool json) {
  Registry registry{search_folders(plugin_paths, {})};
  if (json) {
    print_json(plugin_list_json(registry));
  } else {
    print(plugin_list_text(registry, failures));
  }
  return Exit::ok;
}

Exit plugin_info_command(const PluginInfoArguments& arguments) {
  Registry registry{search_folders(arguments.plugin_paths, {})};
  const PluginInfo* plugin = registry.find(arguments.id);
  if (plugin == nullptr) throw Error{Exit::plugin_refused, registry.why_not(arguments.id)};
  if (!arguments.update.empty()) {
    update_reference(arguments.update, *plugin);
  } else if (arguments.json) {
    print_json(to_json(*plugin));
  } else {
    print(arguments.markdown ? plugin_info_markdown(*plugin) : plugin_info_text(*plugin));
  }
  return Exit::ok;
}

Exit plugin_new_command(const std::string& name, const std::filesystem::path& parent, bool json) {
  const auto files = make_plugin(template_folder(), parent, name);
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& file : files) list.push_back(file.string());
    print_json({{"files", list}});
    return Exit::ok;
  }
  const std::string folder = (parent / name).lexically_normal().string();
  for (const auto& file : files) print(file.lexically_normal().string() + "\n");
  std::fputs(
      fmt::format("\nNow:\n"
                  "  cmake -S {0} -B {0}/build && cmake --build {0}/build && ctest --test-dir {0}/build\n"
                  "  ansatz plugin validate {0}/build/{1}.ansatz.so\n"
                  "  ansatz --plugin-path {0}/build run {0}/{1}.yaml\n",
                  folder, name)
          .c_str(),
      stderr);
  return Exit::ok;
}

Exit plugin_validate_command(const validate::Request& request, bool json) {
  validate::ReportPrinter printer{request};
  const validate::Report report = validate::validate_plugin(request, [&](const validate::Outcome& outcome) {
    if (json) return;
    print(printer.add(outcome));
    std::fflush(stdout);
  });
  if (json) {
    print_json(report_json(request, report));
  } else {
    print(printer.finish(report));
  }
  return report.passed() ? Exit::ok : Exit::plugin_refused;
}

}  // namespace ansatz::host
