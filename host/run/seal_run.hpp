// The last act of a run: its archive, whatever happened.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "run/sweep_archive.hpp"

namespace ansatz::host {

// `pipeline`, `result` and `options` must outlive it.
class RunArchive {
 public:
  // `id`: the run's; with options.deterministic the content makes another, and a file of that name that is whole
  // already stays.
  RunArchive(const Pipeline& pipeline, const RunResult& result, const RunOptions& options, std::string id);
  // Of a sweep: writes what will not change any more.  Call now and then.
  void add_ended();
  // Seals runs/<name>-<id>.h5 and returns its path.  `status`: done or failed.
  [[nodiscard]] std::filesystem::path seal(const std::string& status);

 private:
  void begin_sweep();
  [[nodiscard]] std::filesystem::path path(const std::string& id) const;

  const Pipeline& pipeline_;
  const RunResult& result_;
  const RunOptions& options_;
  std::string id_;
  std::optional<SweepArchive> sweep_;  // from the start, where its name is known
};

}  // namespace ansatz::host
