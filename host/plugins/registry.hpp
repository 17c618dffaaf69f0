// Finding plugins.  By name only (`<id>.ansatz.so`), in folders in order; the first found of a name counts.
// Listing reads ELF sections and runs no plugin code; descriptions come from a child process, so that a
// plugin that crashes when loaded costs nothing but its own entry.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/catalogue.hpp"

namespace ansatz::host {

// A file that looks like a plugin: its header, or the reason why it is refused.
struct FoundPlugin {
  std::filesystem::path path;
  PluginInfo header;    // id (from the file name if the header is unreadable), versions, sets; no models
  std::string refused;  // empty: may be loaded
};

// Read and check the header in the file: ELF for this machine, magic, ABI, id against the file's name,
// instruction sets against this CPU, fast-math.  Runs no code of the plugin.  Never throws for what the file
// contains.
[[nodiscard]] FoundPlugin inspect_plugin(const std::filesystem::path& path);

// --plugin-path, the pipeline's `plugins:`, ANSATZ_PLUGIN_PATH (':' separated), the folder beside the
// executable (its own folder, ../lib/ansatz/plugins).  Never the current directory: relative and empty
// entries of the environment are left out.
[[nodiscard]] std::vector<std::filesystem::path> search_folders(const std::vector<std::string>& command_line,
                                                                const std::vector<std::string>& pipeline);

// How the child is run that loads a plugin and describes it: `executable describe FILE`.
struct Describer {
  std::filesystem::path executable = "/proc/self/exe";
  std::chrono::milliseconds limit{10'000};
};

class Registry : public Catalogue {
 public:
  explicit Registry(std::vector<std::filesystem::path> folders, Describer describer = {});

  // Every candidate in every folder, hidden ones (same id in an earlier folder) left out; sorted by id.
  [[nodiscard]] const std::vector<FoundPlugin>& found();
  [[nodiscard]] const std::vector<std::filesystem::path>& folders() const { return folders_; }

  // Ask all plugins at once, instead of one after the other at the first find().
  void describe_all();

  const PluginInfo* find(const std::string& id) override;
  std::string why_not(const std::string& id) override;
  std::vector<std::string> ids() override;  // of those not refused

 private:
  void describe(const std::vector<const FoundPlugin*>& plugins);

  std::vector<std::filesystem::path> folders_;
  Describer describer_;
  std::optional<std::vector<FoundPlugin>> found_;
  std::map<std::string, std::unique_ptr<PluginInfo>> described_;
  std::map<std::string, std::string> failed_;  // refused when described: why
};

}  // namespace ansatz::host
