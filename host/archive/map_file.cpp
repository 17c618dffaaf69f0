#include "archive/map_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ansatz::host {

Buffer map_file(const std::string& path, std::uint64_t offset, std::uint64_t bytes) {
  if (bytes == 0) return Buffer{0};
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw IoError{"cannot read " + path, errno};
  struct stat status {};
  const bool known = fstat(file, &status) == 0;
  const auto size = known ? static_cast<std::uint64_t>(status.st_size) : 0;
  if (!known || offset > size || bytes > size - offset) {
    ::close(file);
    throw DataError{
        fmt::format("{} is truncated: {} bytes, but an array ends at {}", path, size, offset + bytes)};
  }
  const std::uint64_t page = 4096, start = offset / page * page;
  const std::size_t length = offset - start + bytes;
  void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, static_cast<off_t>(start));
  const int error = errno;
  ::close(file);
  if (memory == MAP_FAILED) throw IoError{"cannot map " + path, error};
  madvise(memory, length, MADV_SEQUENTIAL);
  auto* base = static_cast<std::byte*>(memory);
  return {std::shared_ptr<std::byte>{base + (offset - start),
                                     [base, length](std::byte*) { munmap(base, length); }},
          static_cast<std::size_t>(bytes)};
}

}  // namespace ansatz::host
