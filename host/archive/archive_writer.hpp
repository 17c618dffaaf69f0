// An archive written group by group, so that it may be far larger than memory; what is equal is written once
// and linked.
//
//   ArchiveWriter archive{"runs/sweep.h5"};
//   archive.put("points/0/steps/ridge", tree);
//   archive.link("points/1/steps/ridge", "points/0/steps/ridge");
//   archive.seal();                  // without this nothing is left behind
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

// Equal calls give equal bytes.  All functions throw IoError if the disk is full.
class ArchiveWriter {
 public:
  // Up to `memory_cap` bytes stay in memory until the end, the rest is written at once.
  explicit ArchiveWriter(const std::filesystem::path& path,
                         std::uint64_t memory_cap = std::uint64_t{2} << 20);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  // The tree as the group `path`, which must not be there; groups on the way are made.
  void put(const std::string& path, const Tree& tree);
  // The group `target` under another name as well (a hard link).
  void link(const std::string& path, const std::string& target);
  // More attributes of a group that is there; "/" is the root.
  void attributes(const std::string& path, const Attributes& attributes);
  // The SHA-256 of the HDF5 part, in hex.
  std::string seal();

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace ansatz::host
