// The child process that loads a plugin and tells what it offers.
#pragma once

#include <filesystem>

namespace ansatz::host {

// Sub-command `describe`: loads the plugin and writes {"plugin": its description} or {"refused": why} as JSON
// to stdout, with nothing of what the plugin prints.  Returns only on failure, with the exit code.
int describe_main(const std::filesystem::path& path);

}  // namespace ansatz::host
