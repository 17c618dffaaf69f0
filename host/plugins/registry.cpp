#include "plugins/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "plugins/child.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".ansatz.so";

// Edit distance with neighbours swapped counted once.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

fs::path executable_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

std::vector<fs::path> search_folders(const std::vector<std::string>& command_line,
                                     const std::vector<std::string>& pipeline) {
  std::vector<fs::path> folders;
  const auto add = [&](const fs::path& folder) {
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(folder);
  };
  for (const std::string& folder : command_line) add(fs::absolute(folder));
  for (const std::string& folder : pipeline) add(fs::absolute(folder));
  if (const char* variable = std::getenv("ANSATZ_PLUGIN_PATH")) {
    std::istringstream stream{variable};
    for (std::string folder; std::getline(stream, folder, ':');) {
      if (fs::path{folder}.is_absolute()) add(folder);
    }
  }
  if (const fs::path here = executable_folder(); !here.empty()) {
    add(here);
    add((here / "../lib/ansatz/plugins").lexically_normal());
  }
  return folders;
}

Registry::Registry(std::vector<fs::path> folders) : folders_{std::move(folders)} {}

const std::vector<FoundPlugin>& Registry::found() {
  if (found_) return *found_;
  found_.emplace();
  std::set<std::string> seen;
  for (const fs::path& folder : folders_) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator{folder, error}) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(suffix) || !seen.insert(name).second) continue;
      found_->push_back(inspect_plugin(entry.path()));
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

const PluginInfo* Registry::find(const std::string& id) {
  if (const auto known = described_.find(id); known != described_.end()) return known->second.get();
  const auto plugin = std::find_if(found().begin(), found().end(),
                                   [&](const FoundPlugin& candidate) { return candidate.header.id == id; });
  if (plugin == found().end() || !plugin->refused.empty() || failed_.contains(id)) return nullptr;
  // In a child: loading runs the plugin's code.
  const ChildResult child =
      run_child({"/proc/self/exe", "describe", plugin->path.string()}, std::chrono::seconds{10});
  const auto json = nlohmann::ordered_json::parse(child.output, nullptr, false);
  if (!child.failure.empty()) {
    failed_[id] = "it could not be described: " + child.failure;
  } else if (json.is_object() && json.contains("refused")) {
    failed_[id] = json.at("refused").get<std::string>();
  } else if (json.is_object() && json.contains("plugin")) {
    return (described_[id] = std::make_unique<PluginInfo>(plugin_info_from_json(json.at("plugin")))).get();
  } else {
    failed_[id] = "it could not be described: the child's answer is no description";
  }
  return nullptr;
}

std::string Registry::why_not(const std::string& id) {
  for (const FoundPlugin& plugin : found()) {
    if (plugin.header.id != id) continue;
    if (!plugin.refused.empty())
      return fmt::format("plugin {} is refused: {}", plugin.path.string(), plugin.refused);
    if (const auto failed = failed_.find(id); failed != failed_.end()) return failed->second;
  }
  std::vector<std::string> searched;
  for (const fs::path& folder : folders_) searched.push_back(folder.string());
  std::string text = fmt::format("there is no plugin '{}'", id);
  const std::vector<std::string> known = ids();
  const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return distance(id, a) < distance(id, b);
  });
  if (nearest != known.end() && distance(id, *nearest) <= std::max<std::size_t>(1, id.size() / 3)) {
    text += fmt::format("; did you mean '{}'?", *nearest);
  }
  return text + fmt::format(" ({}{} was looked for in {})", id, suffix, fmt::join(searched, ", "));
}

}  // namespace ansatz::host
