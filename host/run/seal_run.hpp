// The last act of a run: its archive, whatever happened.
#pragma once

#include <filesystem>
#include <string>

#include "run/run.hpp"

namespace ansatz::host {

// Seals runs/<name>-<id>.h5 and returns its path.  `status`: done or failed.  `id`: the run's; with
// options.deterministic the content makes another, and a file of that name that is whole already stays.
[[nodiscard]] std::filesystem::path seal_run(const Pipeline& pipeline, const RunResult& result,
                                             const RunOptions& options, const std::string& status,
                                             const std::string& id);

}  // namespace ansatz::host
