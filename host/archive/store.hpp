// Trees as sealed HDF5 files.
//
// A sealed file is a complete HDF5 file followed by a 64-byte trailer: magic "ANSATZ-SEAL-1\n" padded to 16,
// length of the HDF5 part (u64, little endian), SHA-256 of that part (32 bytes), 8 bytes zero.  It appears
// under its name by rename after fsync; a sealed file is never written again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tree.hpp"

namespace ansatz::host {

struct WriteOptions {
  // false: arrays contiguous and page-aligned, to be mapped (step files).  true: arrays of 64 KiB and more in
  // chunks of at most 1 MiB with fletcher32, and dimension scales (archives).
  bool archive = false;
  // Chunks and metadata are held in memory up to this many bytes, then in the temporary file.  Contiguous
  // arrays are never copied.
  std::uint64_t memory_cap = std::uint64_t{256} << 20;
};

// Write `tree` and seal it as `path` (temporary file in the same folder, fsync, rename, fsync of the folder).
// Equal trees give equal bytes.  Throws IoError (disk full: needed and free bytes); then nothing is left
// behind. Returns the SHA-256 of the HDF5 part, in hex.
std::string write_sealed(const Tree& tree, const std::filesystem::path& path,
                         const WriteOptions& options = {});

// An unsealed HDF5 file for `import`, same layout rules, same atomic replacement.
void write_plain(const Tree& tree, const std::filesystem::path& path, const WriteOptions& options = {});

// Check the trailer and the digest without HDF5; throws DataError (truncated, no trailer, digest differs:
// both shown). Returns the digest in hex.
std::string verify_sealed(const std::filesystem::path& path);
// Whether there is such a file and it passes.
[[nodiscard]] bool is_sealed(const std::filesystem::path& path);

// The digest from the trailer, after checking magic and length only (fast).
std::string sealed_digest(const std::filesystem::path& path);

// Read a file written by us, or any HDF5 file, as a tree.  Arrays are mapped where contiguous, else read at
// once.  Soft links are followed, links to other files are not; a group that several links lead to stands
// where it is met first; attributes of kinds that Value has not are left out.  Throws DataError with the file
// and the object, also for arrays of types that Array has not.
[[nodiscard]] Tree read_tree(const std::filesystem::path& path, const std::string& group = "/");

// The attributes of one group, and the names of its groups; nothing else is read.  Throws DataError.
struct GroupHead {
  Attributes attributes;
  std::vector<std::string> groups;
};
[[nodiscard]] GroupHead read_head(const std::filesystem::path& path, const std::string& group = "/");

// What a file holds, for people: arrays of more than `limit` bytes come without elements (data.size() is 0),
// and those that cannot be read as empty texts with the reason in the attribute "unreadable".
[[nodiscard]] Tree read_outline(const std::filesystem::path& path, const std::string& group = "/",
                                std::uint64_t limit = 64 << 10);

// The array at `item`, with its elements; nothing if a group stands there.  Throws DataError if there is
// neither, or if the array cannot be read.
[[nodiscard]] std::optional<Array> read_array(const std::filesystem::path& path, const std::string& item);

// SHA-256 in hex.
[[nodiscard]] std::string sha256(const void* data, std::size_t bytes);
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path);

// Incremental; `add` of a text is length-prefixed, so that ("ab","c") and ("a","bc") differ.
class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  void bytes(const void* data, std::size_t size);
  void text(const std::string& text);
  void number(std::uint64_t value);
  [[nodiscard]] std::string hex();  // ends the digest

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// SHA-256 of an array's type, shape, dims, attributes and elements; not of its name or place.
[[nodiscard]] std::string content_digest(const Array& array);

}  // namespace ansatz::host
