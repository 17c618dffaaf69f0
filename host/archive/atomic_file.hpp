// A file that appears under its name whole or not at all: written under a temporary name in the same folder,
// synced, then renamed.
//
//   AtomicFile file{"runs/a.h5"};
//   file.reserve(size);             // fails here, not half way, if the disk is full
//   file.write(0, data, size);
//   file.commit();                  // without this the destructor removes the temporary file
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>

namespace ansatz::host {

// All functions throw IoError with the file that was to be written.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Refuse, with both numbers, if the folder has not got that many bytes free or this process may not write
  // a file of that size (which would otherwise end it by SIGXFSZ).
  void check_space(std::uint64_t bytes) const;
  // The same, then allocate the blocks.
  void reserve(std::uint64_t bytes);
  void write(std::uint64_t offset, const std::byte* data, std::size_t size);
  void read(std::uint64_t offset, std::byte* data, std::size_t size) const;
  // fsync, rename, fsync of the folder.
  void commit();

 private:
  [[noreturn]] void fail(int error) const;

  std::filesystem::path path_, temporary_;
  int file_ = -1;
  std::uint64_t unsynced_ = 0;
};

// Make the names in a folder durable, if this process may list it.  Throws IoError.
void sync_folder(const std::filesystem::path& folder);
// create_directories, durable.  Throws IoError.
void make_folder(const std::filesystem::path& folder);
// Several; what they stand in is synced once.
void make_folders(const std::set<std::filesystem::path>& folders);

// Remove temporary files in `folder` whose writers were killed; those of the living are locked.  Returns the
// bytes that were freed; with `dry_run` those that would be.  Throws IoError if the folder cannot be listed now.
std::uint64_t remove_leftovers(const std::filesystem::path& folder, bool dry_run = false);

}  // namespace ansatz::host
