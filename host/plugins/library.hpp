// A loaded plugin.  Loading runs the plugin's code: only workers and the `describe` child do that, and the
// host with --in-process.
#pragma once

#include <ansatz/abi.h>

#include <filesystem>

#include "core/catalogue.hpp"

namespace ansatz::host {

class Library {
 public:
  // Checks the header in the file, loads with Boost.DLL (rtld_now | rtld_local), checks that loading left the
  // floating-point mode alone (restores it and refuses otherwise), that the loaded header equals the one in
  // the file, and that info() is sound.  Never unloads.  Throws Error with Exit::plugin_refused and the
  // reason.
  explicit Library(const std::filesystem::path& path);

  [[nodiscard]] const ansatz_info& info() const { return *info_; }
  // Tables copied into values.
  [[nodiscard]] const PluginInfo& description() const { return description_; }
  // Throws Error (plugin_refused) if there is none of the name.
  [[nodiscard]] const ansatz_model& model(const std::string& name) const;

 private:
  const ansatz_info* info_ = nullptr;
  PluginInfo description_;
};

}  // namespace ansatz::host
