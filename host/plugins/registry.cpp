#include "plugins/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "plugins/child.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".ansatz.so";

fs::path executable_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

std::vector<fs::path> search_folders(const std::vector<std::string>& command_line,
                                     const std::vector<std::string>& pipeline) {
  std::vector<fs::path> folders;
  const auto add = [&](const fs::path& path) {
    if (path.empty()) return;  // would become the current folder
    const fs::path folder = fs::absolute(path).lexically_normal();
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(folder);
  };
  for (const std::string& folder : command_line) add(folder);
  for (const std::string& folder : pipeline) add(folder);
  if (const char* variable = std::getenv("ANSATZ_PLUGIN_PATH")) {
    std::istringstream stream{variable};
    for (std::string folder; std::getline(stream, folder, ':');) {
      if (fs::path{folder}.is_absolute()) add(folder);
    }
  }
  if (const fs::path here = executable_folder(); !here.empty()) {
    add(here);
    add(here / "../lib/ansatz/plugins");
  }
  return folders;
}

Registry::Registry(std::vector<fs::path> folders, Describer describer)
    : folders_{std::move(folders)}, describer_{std::move(describer)} {}

const std::vector<FoundPlugin>& Registry::found() {
  if (found_) return *found_;
  found_.emplace();
  std::set<std::string> seen;
  for (const fs::path& folder : folders_) {
    std::error_code error;
    fs::directory_iterator entry{folder, error};
    for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (!name.ends_with(suffix) || !seen.insert(name).second) continue;
      found_->push_back(inspect_plugin(entry->path()));
    }
  }
  std::sort(found_->begin(), found_->end(),
            [](const FoundPlugin& a, const FoundPlugin& b) { return a.header.id < b.header.id; });
  return *found_;
}

std::vector<std::string> Registry::ids() {
  std::vector<std::string> ids;
  for (const FoundPlugin& plugin : found()) {
    if (plugin.refused.empty()) ids.push_back(plugin.header.id);
  }
  return ids;
}

void Registry::describe(const std::vector<const FoundPlugin*>& plugins) {
  using Json = nlohmann::ordered_json;
  std::vector<std::vector<std::string>> commands;
  for (const FoundPlugin* plugin : plugins) {
    commands.push_back({describer_.executable.string(), "describe", plugin->path.string()});
  }
  const std::vector<ChildResult> children = run_children(commands, describer_.limit);
  for (std::size_t i = 0; i < plugins.size(); ++i) {
    const std::string& id = plugins[i]->header.id;
    const auto refuse = [&](const std::string& why) {
      failed_[id] = fmt::format("plugin {} is refused: {}", plugins[i]->path.string(), why);
    };
    if (!children[i].failure.empty()) {
      refuse(clean(children[i].failure));
      continue;
    }
    try {
      const Json answer = Json::parse(children[i].output);
      if (answer.contains("refused")) {
        failed_[id] = answer.at("refused").get<std::string>();
        continue;
      }
      auto info = std::make_unique<PluginInfo>(plugin_info_from_json(answer.at("plugin")));
      if (info->id == id) {
        described_[id] = std::move(info);
      } else {
        refuse(fmt::format("the file changed while it was looked at: it calls itself '{}' now", info->id));
      }
    } catch (const std::exception&) {
      refuse("it could not be described: it ended its process, or disturbed its memory, before it answered");
    }
  }
}

void Registry::describe_all() {
  std::vector<const FoundPlugin*> plugins;
  for (const FoundPlugin& plugin : found()) {
    const std::string& id = plugin.header.id;
    if (plugin.refused.empty() && !described_.contains(id) && !failed_.contains(id)) {
      plugins.push_back(&plugin);
    }
  }
  describe(plugins);
}

const PluginInfo* Registry::find(const std::string& id) {
  const auto described = [&] {
    const auto known = described_.find(id);
    return known == described_.end() ? nullptr : known->second.get();
  };
  if (described() != nullptr || failed_.contains(id)) return described();
  const auto plugin = std::find_if(found().begin(), found().end(),
                                   [&](const FoundPlugin& candidate) { return candidate.header.id == id; });
  if (plugin == found().end() || !plugin->refused.empty()) return nullptr;
  describe({&*plugin});
  return described();
}

std::string Registry::why_not(const std::string& id) {
  for (const FoundPlugin& plugin : found()) {
    if (plugin.header.id != id) continue;
    if (const auto failed = failed_.find(id); failed != failed_.end()) return failed->second;
    if (!plugin.refused.empty()) {
      return fmt::format("plugin {} is refused: {}", plugin.path.string(), plugin.refused);
    }
  }
  std::vector<std::string> searched;
  for (const fs::path& folder : folders_) {
    std::error_code error;
    searched.push_back(folder.string() + (fs::is_directory(folder, error) ? "" : " (no such folder)"));
  }
  std::string text = fmt::format("there is no plugin '{}': {}{} was looked for in {}", id, id, suffix,
                                 fmt::join(searched, ", "));
  const std::string meant = did_you_mean(id, ids());
  if (!meant.empty()) text += fmt::format("; did you mean '{}'?", meant);
  return text;
}

}  // namespace ansatz::host
