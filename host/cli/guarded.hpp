// Reading files that anybody may have made, in a child with limits: a file that crashes or hangs its reader
// costs the child, and the command says so.
#pragma once

#include <filesystem>
#include <functional>

#include "core/error.hpp"

namespace ansatz::host {

// Run `body`, which reads `file` and writes to stdout and stderr, in a fork of this process, and return what
// it returns.  Memory and time are limited to what the file's size explains.  Throws DataError if the child
// dies or does not end.  Call while this process has one thread.
Exit run_guarded(const std::filesystem::path& file, const std::function<Exit()>& body);

}  // namespace ansatz::host
