// A run of bytes read by position: a file, a part of a file, or memory.  Copies are cheap and share it.
//
//   const Bytes file = Bytes::of_file("x.npy");
//   file.read(0, 10, header);                  // throws DataError if the file ends before
//   const Buffer data = file.view(128, 8000);  // mapped where aligned, else read
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

class Bytes {
 public:
  // Throws DataError if there is no readable, regular, non-empty file, with the nearest name in the folder.
  [[nodiscard]] static Bytes of_file(const std::filesystem::path& path);
  [[nodiscard]] static Bytes of_memory(Buffer memory, std::string name);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::string& name() const { return name_; }  // for messages

  // Bytes [offset, offset + count); throws DataError if they reach beyond the end.
  void read(std::uint64_t offset, std::uint64_t count, void* buffer) const;
  // The same bytes, read only: 64-byte aligned, a private mapping of the file where its offset allows.
  [[nodiscard]] Buffer view(std::uint64_t offset, std::uint64_t count) const;
  // The same, mapped wherever they lie, so of any alignment.
  [[nodiscard]] Buffer map(std::uint64_t offset, std::uint64_t count) const;
  [[nodiscard]] Bytes part(std::uint64_t offset, std::uint64_t count, std::string name) const;

 private:
  struct File;
  void check(std::uint64_t offset, std::uint64_t count) const;

  std::shared_ptr<const File> file_;  // or else
  Buffer memory_;
  std::uint64_t begin_ = 0, size_ = 0;  // of this part, in the file or the memory
  std::string name_;
};

// The product of a shape and the size of an element; throws DataError that begins with `where` if it does not
// fit 63 bits.
[[nodiscard]] std::uint64_t checked_bytes(const std::vector<std::uint64_t>& shape,
                                          std::uint64_t element_bytes, const std::string& where);

// Room for `bytes`; throws DataError that begins with `where` if the machine has no such memory.
[[nodiscard]] Buffer checked_buffer(std::uint64_t bytes, const std::string& where);

// "1.5 GiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace ansatz::host
