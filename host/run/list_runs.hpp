// What is in a folder of runs.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace ansatz::host {

struct ListedRun {
  std::filesystem::path file;  // an archive, or the folder of a run that has none yet
  std::string name, id;
  std::string status;  // done, failed, interrupted, unreadable; of a folder also running, killed, "on HOST"
  std::size_t claims = 0, holding = 0, points = 0;
  double age_seconds = 0;
};

// Newest first.  Only seals' lengths and attributes are read.  Whether a run is alive is asked of its process
// (see liveness.hpp).  Throws IoError if the folder cannot be read.
[[nodiscard]] std::vector<ListedRun> list_runs(const std::filesystem::path& folder);

[[nodiscard]] std::string runs_text(const std::vector<ListedRun>& runs);
[[nodiscard]] nlohmann::ordered_json runs_json(const std::vector<ListedRun>& runs);

}  // namespace ansatz::host
