// Locks by name that die with their owner, however it ends.
//
//   if (auto lock = LockFile::try_lock("runs/.store/ab/abcd.lock")) { ... nobody else is here ... }
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

namespace ansatz::host {

// Held until it is destroyed; the file goes with it, so that free locks leave no files.  What a killed owner
// leaves is an unlocked file, which the next owner takes over.  Works between processes and within one.
class LockFile {
 public:
  // Nothing: someone else holds it.  Throws IoError if the file cannot be made.
  [[nodiscard]] static std::optional<LockFile> try_lock(const std::filesystem::path& path);
  // Nobody holds it, or there is no such file.
  [[nodiscard]] static bool is_free(const std::filesystem::path& path);
  ~LockFile();
  LockFile(LockFile&& other) noexcept
      : path_{std::exchange(other.path_, {})}, file_{std::exchange(other.file_, -1)} {}
  LockFile& operator=(LockFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    return *this;
  }

 private:
  LockFile(std::filesystem::path path, int file) : path_{std::move(path)}, file_{file} {}
  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace ansatz::host
