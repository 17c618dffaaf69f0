// Running an archive again, from the archive alone: its frozen pipeline, the inputs and plugins that it
// embeds or that are found by their SHA-256; then every result against what the archive holds.
//
//   const ReplayFolder folder{"runs"};
//   const auto archived = read_for_replay("runs/digits-x.h5", folder.path());
//   const ReplaySource source = prepare_replay(archived, "runs/digits-x.h5", folder.path(), {}, plugin_folders);
//   Registry registry{source.plugin_folders};
//   const RunResult result = run_pipeline(source.pipeline, registry, options, reporter);
//   const ReplayReport report = compare_replay(source, result, 0);
//
// The second and the last parse the archive, which anybody may have made: call them in a child (cli/guarded).
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/compare.hpp"
#include "run/run.hpp"

namespace ansatz::host {

// A folder for a replay's own store and archive, removed at the end.
class ReplayFolder {
 public:
  explicit ReplayFolder(const std::filesystem::path& runs);
  ~ReplayFolder();
  ReplayFolder(const ReplayFolder&) = delete;
  ReplayFolder& operator=(const ReplayFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct ReplaySource {
  std::filesystem::path archive;
  Pipeline pipeline;
  std::vector<std::filesystem::path> plugin_folders;  // one with the very files that ran, then those given
  std::vector<std::string> notes;                     // where things were found, and what was not
};

// What a replay needs of the archive, in plain words; files that it embeds are written below `folder`.  Throws DataError
// if it is damaged or no archive of a run.
[[nodiscard]] nlohmann::ordered_json read_for_replay(const std::filesystem::path& archive,
                                                     const std::filesystem::path& folder);

// `data`: files for entries, by name.  Throws DataError if an input with the archived SHA-256 is not found; then all
// places that were looked at are named.  A plugin file that is not found is a note: the one of its name will run.
[[nodiscard]] ReplaySource prepare_replay(const nlohmann::ordered_json& archived,
                                          const std::filesystem::path& archive,
                                          const std::filesystem::path& folder,
                                          const std::map<std::string, std::filesystem::path>& data,
                                          const std::vector<std::filesystem::path>& plugin_folders);

struct ReplayedResult {
  std::string step, name;  // "ridge", "outputs/fitted"
  ArrayDifference difference;
};

struct ReplayReport {
  std::filesystem::path archive;
  std::vector<ReplayedResult> results;
  std::string first_to_differ;           // the step; "": none
  std::vector<std::string> environment;  // what is not as it was: "cpu: 'A' -> 'B'"
  std::vector<std::string> notes;
  Exit code = Exit::ok;  // differs: a result is further off than `ulp`, or a step fails that did not
};

// Of a run with --keep-going that was sealed.  `ulp`: how far reals may be off; 0: bitwise.
[[nodiscard]] ReplayReport compare_replay(const ReplaySource& source, const RunResult& result,
                                          std::uint64_t ulp);

[[nodiscard]] std::string replay_text(const ReplayReport& report);
[[nodiscard]] nlohmann::ordered_json replay_json(const ReplayReport& report);

}  // namespace ansatz::host
