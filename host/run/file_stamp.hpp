// Whether a file is still the one that was looked at: what a system changes whenever somebody writes to it.  Far
// cheaper than its digest, so that it can be asked before and after each use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ansatz::host {

struct FileStamp {
  std::uint64_t bytes = 0, inode = 0;
  std::int64_t written = 0;  // last change of its content, in ns since 1970

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Throws DataError if there is no such file.
[[nodiscard]] FileStamp stamp_of(const std::filesystem::path& file);

// Throws DataError, which says what changed, if the file is not as it was.
void check_unchanged(const std::filesystem::path& file, const FileStamp& before);

[[nodiscard]] nlohmann::ordered_json to_json(const FileStamp& stamp);
[[nodiscard]] FileStamp stamp_from_json(const nlohmann::ordered_json& json);

}  // namespace ansatz::host
