// The reference pages of a plugin's README, written from its tables so that they cannot drift from them.
#pragma once

#include <string>

#include "core/catalogue.hpp"

namespace ansatz::host {

// Models, verbs, ports and parameters as Markdown tables.  Depends on the tables alone, not on the file's
// place, version or compiler.
[[nodiscard]] std::string plugin_info_markdown(const PluginInfo& plugin);

// `readme` with the text between its two marker comments replaced by the reference; without markers a section
// is appended.  Throws Error (data_invalid) if only one marker is there or they stand in the wrong order.
[[nodiscard]] std::string with_reference(const std::string& readme, const PluginInfo& plugin);

}  // namespace ansatz::host
