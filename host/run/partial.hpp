// The folder runs/<name>-<id>.partial: a run while it lasts, and what is left of it if its host dies.
//
//   lock        held by the host
//   frozen.h5   the archive as it would be sealed if no step had run: pipeline, plugins, inputs, environment
//   journal     what happened (see journal.hpp); its first record says how to run the pipeline again
//   *.json      job files of workers (of runs with few steps)
//
// Results and checkpoints of steps are in the store, under their keys.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "archive/lock_file.hpp"
#include "core/error.hpp"
#include "run/journal.hpp"
#include "run/liveness.hpp"
#include "run/run.hpp"

namespace ansatz::host {

// What the journal of a partial run says.
struct PartialInfo {
  std::filesystem::path folder;
  nlohmann::ordered_json header;                // the first record
  std::vector<nlohmann::ordered_json> records;  // all, the first included
  Owner owner;                                  // who had it last
  [[nodiscard]] Liveness liveness() const { return host::liveness(owner); }
};

// Nothing if the folder holds no journal with a first record: its run died before it began.
[[nodiscard]] std::optional<PartialInfo> read_partial(const std::filesystem::path& folder);
// The folder as an absolute path without links and without a slash at its end: runs/.store is beside it.  Throws Error if
// none is given.
[[nodiscard]] std::filesystem::path partial_path(const std::filesystem::path& given);
// The run has its archive.  Throws nothing.
void remove_partial(const std::filesystem::path& folder);
// What to say where there is nothing.
[[nodiscard]] DataError no_partial_run(const std::filesystem::path& folder);
// Newest first; throws IoError if the folder is there and cannot be listed.
[[nodiscard]] std::vector<std::filesystem::path> partial_folders(const std::filesystem::path& runs);

class PartialRun {
 public:
  // Takes over a dead run of the same plan (options.resume, or any in options.runs), else makes a new one.
  // `nothing_done`: the plan, and no step has run.
  PartialRun(const Pipeline& pipeline, const RunResult& nothing_done, const RunOptions& options);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] Journal& journal() { return *journal_; }
  // The run has its archive.
  void remove();

 private:
  bool adopt(const std::filesystem::path& folder, const std::string& digest);
  void make(const Pipeline& pipeline, const RunResult& nothing_done, const RunOptions& options,
            const std::string& digest);

  std::string id_;
  std::filesystem::path path_;
  std::optional<LockFile> lock_;
  std::optional<Journal> journal_;
};

// "20261124T130507-1a2b3c".
// Sorted by name they are sorted by time.
[[nodiscard]] std::string fresh_run_id();
// Two runs of equal digest end with the same archive, whoever finishes them.
[[nodiscard]] std::string plan_digest(const Pipeline& pipeline, const Plan& plan);

}  // namespace ansatz::host
