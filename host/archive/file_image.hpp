// The bytes of a file in the making.  HDF5 writes into it as if it were a disk that never fails; large arrays
// are only pointed at.  The finished bytes then go out once, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "archive/atomic_file.hpp"

namespace ansatz::host {

class FileImage {
 public:
  // What does not fit into `memory_cap` bytes goes to its place in `spill` at once; both outlive the image.
  FileImage(AtomicFile& spill, std::uint64_t memory_cap) : spill_{spill}, memory_cap_{memory_cap} {}

  void write(std::uint64_t offset, const std::byte* data, std::size_t size);
  void read(std::uint64_t offset, std::byte* data, std::size_t size) const;  // what was never written is zero
  // Bytes that stay where they are; they must outlive stream().
  void borrow(std::uint64_t offset, const std::byte* data, std::size_t size);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  void resize(std::uint64_t size) { size_ = size; }

  // All bytes in order.  `in_place`: they are in the spill file already.
  using Sink =
      std::function<void(std::uint64_t offset, const std::byte* data, std::size_t size, bool in_place)>;
  void stream(const Sink& sink) const;

  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  using Bytes = std::unique_ptr<std::byte[], Free>;

 private:
  struct Page {
    Bytes bytes;
    bool spilled = false;
  };
  struct Extent {
    const std::byte* data;
    std::size_t size;
  };
  void stream_pages(std::uint64_t first, std::uint64_t last, const Sink& sink) const;

  AtomicFile& spill_;
  std::uint64_t memory_cap_;
  std::uint64_t in_memory_ = 0;
  std::uint64_t size_ = 0;
  std::map<std::uint64_t, Page> pages_;  // by number; sparse, since borrowed extents have none
  std::map<std::uint64_t, Extent> borrowed_;
};

// The image into its file, sealed or not, and the file under its name.  Returns the SHA-256 of a sealed one.
std::string write_image(const FileImage& image, AtomicFile& file, bool seal);

}  // namespace ansatz::host
