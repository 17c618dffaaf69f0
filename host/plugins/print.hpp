// What `plugin list` and `plugin info` show.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "plugins/registry.hpp"

namespace ansatz::host {

// One line a plugin; with `failures` also every refused file with its reason, and the folders searched.
// Runs no plugin code.
[[nodiscard]] std::string plugin_list_text(Registry& registry, bool failures);
[[nodiscard]] nlohmann::ordered_json plugin_list_json(Registry& registry);

// Models, verbs, ports and parameters with their ranges, units and defaults.
[[nodiscard]] std::string plugin_info_text(const PluginInfo& plugin);

}  // namespace ansatz::host
