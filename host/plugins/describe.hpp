// A plugin's tables as values, checked on the way: what the author layer guarantees, a plugin written in
// plain C may miss.
#pragma once

#include <ansatz/abi.h>

#include <filesystem>

#include "core/catalogue.hpp"

namespace ansatz::host {

// `header` gives id, versions and path.  Throws Error (plugin_refused) naming the table that is wrong.
[[nodiscard]] PluginInfo describe(const PluginInfo& header, const ansatz_info* info);

// Sub-command `describe`: loads the plugin and writes its description as JSON to stdout, whatever the plugin
// itself prints elsewhere.  Returns the exit code.
int describe_main(const std::filesystem::path& path);

}  // namespace ansatz::host
