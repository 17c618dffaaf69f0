// Locks by name that die with their owner, however it ends.
//
//   if (auto lock = LockFile::try_lock("runs/x.partial/lock")) { ... nobody else is here ... }
#pragma once

#include <cstdint>
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

// One of 2^63 locks in a file that stays: a file made and removed for each of a thousand steps costs more than they do.
class PlaceLock {
 public:
  // Nothing: someone else holds it.  Throws IoError if the file cannot be made.  Needs a folder that is there, and
  // place < 2^63.
  [[nodiscard]] static std::optional<PlaceLock> try_lock(const std::filesystem::path& file,
                                                         std::uint64_t place);
  ~PlaceLock();
  PlaceLock(PlaceLock&& other) noexcept : file_{std::exchange(other.file_, -1)} {}
  PlaceLock& operator=(PlaceLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }

 private:
  explicit PlaceLock(int file) : file_{file} {}
  int file_ = -1;
};

}  // namespace ansatz::host
