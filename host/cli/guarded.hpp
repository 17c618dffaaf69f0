// Reading files that anybody may have made, in a child with limits: a file that crashes or hangs its reader
// costs the child, and the command says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace ansatz::host {

// Run `body`, which reads `files` and writes to stdout and stderr, in a fork of this process, and return what it returns.
// Memory is limited to 4 GiB and the files' size, time to `seconds` and one more for every 20 MB.  Throws what
// `body` throws, as an Error, and DataError if the child dies or does not end.  Call while this process has one thread.
Exit run_guarded(const std::vector<std::filesystem::path>& files, const std::function<Exit()>& body,
                 std::uint64_t seconds = 20);

// The same, and returns the text that `body` makes.
[[nodiscard]] std::string text_guarded(const std::vector<std::filesystem::path>& files,
                                       const std::function<std::string()>& body, std::uint64_t seconds = 20);

}  // namespace ansatz::host
