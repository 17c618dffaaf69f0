// What is in a folder of runs.
#pragma once

#include <filesystem>
#include <functional>
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

// Of an archive; only its seal's length and attributes are read.  What cannot be read has the status unreadable.
[[nodiscard]] ListedRun listed_archive(const std::filesystem::path& file);

// Newest first.  `listed`: what listed_archive does, perhaps in a process of its own; an Error of code data_invalid
// makes the archive unreadable.  Whether a run is alive is asked of its process (see liveness.hpp).  Throws IoError if the folder
// cannot be read.
[[nodiscard]] std::vector<ListedRun> list_runs(
    const std::filesystem::path& folder,
    const std::function<ListedRun(const std::filesystem::path&)>& listed = listed_archive);

[[nodiscard]] std::string runs_text(const std::vector<ListedRun>& runs);
[[nodiscard]] nlohmann::ordered_json runs_json(const std::vector<ListedRun>& runs);
[[nodiscard]] ListedRun run_from_json(const nlohmann::ordered_json& json);

}  // namespace ansatz::host
