// Freeing what the store no longer needs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ansatz::host {

struct GcOptions {
  std::filesystem::path runs;
  // Also results, checkpoints and interrupted runs that were not used for so long.
  std::optional<double> older_days;
  bool dry_run = false;
};

struct GcItem {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::string why;
};

struct GcResult {
  std::vector<GcItem> removed;                     // or would be, in a dry run
  std::uint64_t kept_bytes = 0, kept_entries = 0;  // results that stay in the store
  [[nodiscard]] std::uint64_t removed_bytes() const;
};

// Without `older_days` only what nobody can use: temporary files of killed writers, locks that nobody holds,
// checkpoints of steps that have a result, results that fail their seal.  Leaves alone what a live run holds.
// Never touches archives.  Throws IoError.
[[nodiscard]] GcResult collect_garbage(const GcOptions& options);

}  // namespace ansatz::host
