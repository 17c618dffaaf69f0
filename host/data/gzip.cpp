#include "data/gzip.hpp"

#include <fmt/core.h>
#include <sys/mman.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <vector>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t block = std::uint64_t{1} << 18;
constexpr std::uint64_t most_expansion = 1032;  // deflate cannot do better (zlib, technical details)
constexpr int gzip_window = 15 + 16, raw_window = -15;

// Memory that grows without being copied.
class Growing {
 public:
  explicit Growing(std::uint64_t capacity) : capacity_{std::max(capacity, block)} {
    start_ = ::mmap(nullptr, capacity_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start_ == MAP_FAILED) throw std::bad_alloc{};
  }
  Growing(const Growing&) = delete;
  Growing& operator=(const Growing&) = delete;
  ~Growing() {
    if (start_ != nullptr) ::munmap(start_, capacity_);
  }
  std::byte* end() const { return static_cast<std::byte*>(start_) + used; }
  std::uint64_t room() const { return capacity_ - used; }
  void grow() { resize(capacity_ + capacity_ / 2); }
  Buffer finish() {
    if (used == 0) return Buffer{0};
    resize(used);
    const std::shared_ptr<std::byte> memory{static_cast<std::byte*>(start_),
                                            [bytes = capacity_](std::byte* p) { ::munmap(p, bytes); }};
    start_ = nullptr;
    return {memory, used};
  }

  std::uint64_t used = 0;

 private:
  void resize(std::uint64_t capacity) {
    void* moved = ::mremap(start_, capacity_, capacity, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) throw std::bad_alloc{};
    start_ = moved;
    capacity_ = capacity;
  }
  void* start_ = nullptr;
  std::uint64_t capacity_;
};

// Feeds zlib block by block from the source.
class Inflater {
 public:
  Inflater(const Bytes& source, int window) : source_{source}, input_(std::min(block, source.size())) {
    if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc{};
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  // Writes up to `room` bytes; returns how many.  Fewer only at the end of the content.
  std::uint64_t next(std::byte* out, std::uint64_t room) {
    std::uint64_t written = 0;
    while (written < room && !ended_) {
      const std::uint64_t ask = std::min(room - written, block);
      stream_.next_out = reinterpret_cast<Bytef*>(out + written);
      stream_.avail_out = static_cast<uInt>(ask);
      refill();
      const int result = ::inflate(&stream_, Z_NO_FLUSH);
      written += ask - stream_.avail_out;
      if (result == Z_STREAM_END) {
        finish_member();
      } else if (result == Z_BUF_ERROR || (result == Z_OK && stream_.avail_in == 0 &&
                                           read_ == source_.size() && stream_.avail_out != 0)) {
        throw DataError{
            fmt::format("{}: its compressed data is truncated after {} bytes; copy or download it again",
                        source_.name(), source_.size())};
      } else if (result != Z_OK) {
        throw DataError{fmt::format(
            "{}: its compressed data is damaged near byte {} ({}); copy or download it "
            "again",
            source_.name(), read_ - stream_.avail_in, stream_.msg == nullptr ? "unknown" : stream_.msg)};
      }
    }
    return written;
  }
  bool single_member = false;

 private:
  void refill() {
    if (stream_.avail_in != 0 || read_ == source_.size()) return;
    const std::uint64_t count = std::min<std::uint64_t>(input_.size(), source_.size() - read_);
    source_.read(read_, count, input_.data());
    read_ += count;
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(count);
  }
  // A gzip file may be several members one after the other, and be padded with zeros (tapes, blocks).
  void finish_member() {
    refill();
    while (stream_.avail_in != 0 && *stream_.next_in == 0) {
      ++stream_.next_in;
      --stream_.avail_in;
      refill();
    }
    ended_ = stream_.avail_in == 0;
    if (ended_) return;
    if (single_member || *stream_.next_in != 0x1f || inflateReset(&stream_) != Z_OK) {
      throw DataError{
          fmt::format("{}: unexpected bytes follow its compressed data at byte {}; the file is damaged",
                      source_.name(), read_ - stream_.avail_in)};
    }
  }

  Bytes source_;
  std::vector<Bytef> input_;
  std::uint64_t read_ = 0;
  z_stream stream_{};
  bool ended_ = false;
};

// The last member's size as gzip stores it, modulo 2^32: a first guess, never trusted.
std::uint64_t guessed_size(const Bytes& bytes) {
  std::array<unsigned char, 4> tail{};
  if (bytes.size() < tail.size()) return 0;
  bytes.read(bytes.size() - tail.size(), tail.size(), tail.data());
  const std::uint64_t size = tail[0] | (std::uint64_t{tail[1]} << 8) | (std::uint64_t{tail[2]} << 16) |
                             (std::uint64_t{tail[3]} << 24);
  return std::min(size, bytes.size() * most_expansion);
}

}  // namespace

bool is_gzip(const Bytes& bytes) {
  std::array<unsigned char, 3> magic{};
  if (bytes.size() < magic.size()) return false;
  bytes.read(0, magic.size(), magic.data());
  return magic[0] == 0x1f && magic[1] == 0x8b && magic[2] == 8;
}

Buffer gunzip_start(const Bytes& bytes, std::uint64_t count) {
  Inflater inflater{bytes, gzip_window};
  Buffer buffer{static_cast<std::size_t>(count)};
  const std::uint64_t got = inflater.next(buffer.data(), count);
  return {std::shared_ptr<std::byte>{std::make_shared<Buffer>(buffer), buffer.data()},
          static_cast<std::size_t>(got)};
}

Bytes gunzip(const Bytes& bytes, std::uint64_t limit) {
  try {
    Inflater inflater{bytes, gzip_window};
    Growing content{std::min(guessed_size(bytes) + 1, limit + 1)};
    while (true) {
      if (content.room() == 0) content.grow();
      const std::uint64_t room = content.room();
      const std::uint64_t got = inflater.next(content.end(), room);
      content.used += got;
      if (content.used > limit) {
        throw DataError{
            fmt::format("{}: decompresses to more than the {} allowed here; decompress it with "
                        "gunzip and check what is inside",
                        bytes.name(), size_text(limit))};
      }
      if (got < room) return Bytes::of_memory(content.finish(), bytes.name());
    }
  } catch (const std::bad_alloc&) {
    throw DataError{fmt::format(
        "{}: there is not enough memory to decompress it; decompress it with gunzip first", bytes.name())};
  }
}

Buffer inflate_raw(const Bytes& bytes, std::uint64_t size, std::uint32_t crc) {
  if (size / most_expansion > bytes.size()) {
    throw DataError{
        fmt::format("{}: claims to expand from {} to {}, which is impossible; the file is damaged",
                    bytes.name(), size_text(bytes.size()), size_text(size))};
  }
  Buffer buffer = checked_buffer(size, bytes.name());
  Inflater inflater{bytes, raw_window};
  inflater.single_member = true;
  std::byte beyond{};
  const std::uint64_t got = inflater.next(buffer.data(), size);
  if (got != size || inflater.next(&beyond, 1) != 0) {
    throw DataError{fmt::format("{}: expands to {} bytes where {} were announced; the file is damaged",
                                bytes.name(), got == size ? "more" : std::to_string(got), size)};
  }
  if (crc32_of(Bytes::of_memory(buffer, bytes.name())) != crc) {
    throw DataError{fmt::format("{}: its checksum differs; the file is damaged", bytes.name())};
  }
  return buffer;
}

std::uint32_t crc32_of(const Bytes& bytes) {
  std::vector<Bytef> buffer(static_cast<std::size_t>(std::min(block, bytes.size())));
  uLong crc = ::crc32(0, nullptr, 0);
  for (std::uint64_t done = 0; done < bytes.size();) {
    const std::uint64_t count = std::min<std::uint64_t>(buffer.size(), bytes.size() - done);
    bytes.read(done, count, buffer.data());
    crc = ::crc32(crc, buffer.data(), static_cast<uInt>(count));
    done += count;
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace ansatz::host
