#include "data/bytes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>

#include "core/error.hpp"
#include "core/suggest.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t alignment = 64;
constexpr std::uint64_t mapped_from = std::uint64_t{1} << 16;  // below it a read is cheaper than a mapping

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (std::filesystem::directory_iterator i{folder, ignored}, end; !ignored && i != end;
       i.increment(ignored)) {
    names.push_back(i->path().filename().string());
  }
  std::sort(names.begin(), names.end());  // the order of a folder is the file system's
  return names;
}

[[noreturn]] void no_file(const std::filesystem::path& path, int error_number) {
  if (error_number != ENOENT && error_number != ENOTDIR) {
    throw DataError{fmt::format("{}: cannot be opened: {}; expected a data file that this user may read",
                                path.string(), std::strerror(error_number))};
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    throw DataError{
        fmt::format("{}: there is no such file, nor the folder '{}'; relative paths start at the "
                    "folder of the pipeline file",
                    path.string(), folder.string())};
  }
  const std::string close = did_you_mean(path.filename().string(), names_in(folder));
  throw DataError{fmt::format("{}: there is no such file{}", path.string(),
                              close.empty() ? "" : fmt::format("; did you mean '{}'?", close))};
}

}  // namespace

struct Bytes::File {
  explicit File(int fd) : descriptor{fd} {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor); }
  int descriptor;
};

Bytes Bytes::of_file(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) no_file(path, errno);
  if (S_ISDIR(status.st_mode)) {
    throw DataError{fmt::format("{}: is a folder; expected a data file; {}", path.string(),
                                names_there_are("", names_in(path)))};
  }
  // A pipe or a device has no size, and opening it could wait for ever.
  if (!S_ISREG(status.st_mode)) {
    throw DataError{
        fmt::format("{}: is no regular file; expected a data file; copy it into one", path.string())};
  }
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) no_file(path, errno);
  Bytes bytes;
  bytes.file_ = std::make_shared<const File>(descriptor);
  if (::fstat(descriptor, &status) != 0) no_file(path, errno);
  bytes.size_ = static_cast<std::uint64_t>(status.st_size);
  bytes.name_ = path.string();
  if (bytes.size_ == 0) {
    throw DataError{
        fmt::format("{}: is empty (0 bytes); was its copy or download interrupted?", path.string())};
  }
  return bytes;
}

Bytes Bytes::of_memory(Buffer memory, std::string name) {
  Bytes bytes;
  bytes.size_ = memory.size();
  bytes.memory_ = std::move(memory);
  bytes.name_ = std::move(name);
  return bytes;
}

void Bytes::check(std::uint64_t offset, std::uint64_t count) const {
  if (offset > size_ || count > size_ - offset) {
    throw DataError{fmt::format(
        "{}: is truncated: bytes {} to {} are needed, but it has {}; copy or download it again", name_,
        offset,
        count > std::numeric_limits<std::uint64_t>::max() - offset ? "beyond 2^64"
                                                                   : std::to_string(offset + count),
        size_)};
  }
}

void Bytes::read(std::uint64_t offset, std::uint64_t count, void* buffer) const {
  check(offset, count);
  auto* to = static_cast<std::byte*>(buffer);
  if (!file_) {
    if (count != 0) std::memcpy(to, memory_.data() + begin_ + offset, static_cast<std::size_t>(count));
    return;
  }
  while (count != 0) {
    const ssize_t got =
        ::pread(file_->descriptor, to, static_cast<std::size_t>(count), static_cast<off_t>(begin_ + offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw IoError{fmt::format("{}: cannot be read at byte {}", name_, offset), errno};
    if (got == 0) {
      throw DataError{
          fmt::format("{}: became shorter while it was read, at byte {}; do not change data files "
                      "during a run",
                      name_, offset)};
    }
    to += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::uint64_t>(got);
  }
}

Buffer Bytes::map(std::uint64_t offset, std::uint64_t count) const {
  check(offset, count);
  if (count == 0) return Buffer{0};
  if (!file_) {
    return {std::shared_ptr<std::byte>{std::make_shared<Buffer>(memory_), memory_.data() + begin_ + offset},
            static_cast<std::size_t>(count)};
  }
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t skipped = (begin_ + offset) % page;
  const auto length = static_cast<std::size_t>(count + skipped);
  void* start = ::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, file_->descriptor,
                       static_cast<off_t>(begin_ + offset - skipped));
  if (start == MAP_FAILED) {
    throw IoError{fmt::format("{}: {} cannot be mapped", name_, size_text(count)), errno};
  }
  ::madvise(start, length, MADV_WILLNEED);
  return {std::shared_ptr<std::byte>{static_cast<std::byte*>(start) + skipped,
                                     [start, length](std::byte*) { ::munmap(start, length); }},
          static_cast<std::size_t>(count)};
}

Buffer Bytes::view(std::uint64_t offset, std::uint64_t count) const {
  check(offset, count);
  const std::uint64_t address =
      file_ ? begin_ + offset : reinterpret_cast<std::uintptr_t>(memory_.data() + begin_ + offset);
  if (address % alignment == 0 && (!file_ || count >= mapped_from)) return map(offset, count);
  Buffer copy = checked_buffer(count, name_);
  read(offset, count, copy.data());
  return copy;
}

Bytes Bytes::part(std::uint64_t offset, std::uint64_t count, std::string name) const {
  check(offset, count);
  Bytes bytes{*this};
  bytes.begin_ += offset;
  bytes.size_ = count;
  bytes.name_ = std::move(name);
  return bytes;
}

std::uint64_t checked_bytes(const std::vector<std::uint64_t>& shape, std::uint64_t element_bytes,
                            const std::string& where) {
  // A dimension of 0 makes 0 bytes, but must not hide that the others are absurd.
  std::uint64_t product = element_bytes;
  bool zero = element_bytes == 0;
  for (const std::uint64_t size : shape) {
    zero = zero || size == 0;
    if (__builtin_mul_overflow(product, size == 0 ? 1 : size, &product) ||
        product > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      throw DataError{
          fmt::format("{}: the sizes it declares ({}) are beyond any memory; the header is damaged", where,
                      fmt::join(shape, " x "))};
    }
  }
  return zero ? 0 : product;
}

Buffer checked_buffer(std::uint64_t bytes, const std::string& where) {
  const std::uint64_t memory = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                               static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (bytes <= memory) {
    try {
      return Buffer{static_cast<std::size_t>(bytes)};
    } catch (const std::bad_alloc&) {
      // the message below
    }
  }
  throw DataError{
      fmt::format("{}: needs {} of memory at once, which is not to be had (the machine has {}); "
                  "choose a part of the data, or a step that reads it by blocks",
                  where, size_text(bytes), size_text(memory))};
}

std::string size_text(std::uint64_t bytes) {
  static constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, units[unit]);
}

}  // namespace ansatz::host
