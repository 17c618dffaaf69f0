#include "archive/seal.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr char magic[16] = "ANSATZ-SEAL-1\n";
constexpr std::size_t length_at = 16, digest_at = 24, digest_bytes = 32, zero_at = 56;
constexpr std::size_t block_bytes = std::size_t{256} << 10;  // stays in the cache from read to digest

class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : path_{path} {
    file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0 && errno == ENOENT) throw DataError{path.string() + ": there is no such file"};
    if (file_ < 0) throw IoError{"cannot open " + path.string(), errno};
    struct stat status {};
    if (fstat(file_, &status) == 0 && S_ISREG(status.st_mode)) {
      size_ = static_cast<std::uint64_t>(status.st_size);
      return;
    }
    close(file_);
    throw DataError{path.string() + " is not a file"};
  }
  ~InputFile() { close(file_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] std::uint64_t size() const { return size_; }

  void read(std::uint64_t offset, std::byte* data, std::size_t size) const {
    for (std::size_t done = 0; done < size;) {
      const ssize_t count = pread(file_, data + done, size - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw IoError{"cannot read " + path_.string(), errno};
      if (count == 0) throw DataError{path_.string() + " became shorter while it was read"};
      done += static_cast<std::size_t>(count);
    }
  }

 private:
  std::filesystem::path path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

Seal read_seal(const InputFile& file, const std::string& name) {
  const auto refuse_pipeline = [&] {
    if (name.ends_with(".yaml") || name.ends_with(".yml"))
      throw DataError{name + " is no archive; if it is a pipeline, `ansatz run` makes one of it"};
  };
  if (file.size() < seal_bytes) {
    refuse_pipeline();
    throw DataError{
        fmt::format("{} is not sealed: it has {} bytes, a seal alone has {}; it was truncated or "
                    "never written by ansatz",
                    name, file.size(), seal_bytes)};
  }
  std::array<std::byte, seal_bytes> bytes;
  file.read(file.size() - seal_bytes, bytes.data(), bytes.size());
  if (std::memcmp(bytes.data(), magic, sizeof magic) != 0) {
    refuse_pipeline();
    throw DataError{name + " has no seal at its end: it was truncated, changed, or never written by ansatz"};
  }
  Seal seal;
  for (std::size_t i = 0; i < 8; ++i)
    seal.length |= std::to_integer<std::uint64_t>(bytes[length_at + i]) << (8 * i);
  for (std::size_t i = 0; i < digest_bytes; ++i)
    seal.digest += fmt::format("{:02x}", std::to_integer<unsigned>(bytes[digest_at + i]));
  if (seal.length != file.size() - seal_bytes) {
    throw DataError{fmt::format("{} was truncated or changed: its seal speaks of {} bytes, there are {}",
                                name, seal.length, file.size() - seal_bytes)};
  }
  if (std::any_of(bytes.begin() + zero_at, bytes.end(), [](std::byte b) { return b != std::byte{0}; })) {
    throw DataError{name + " was changed: the last bytes of its seal are not zero"};
  }
  return seal;
}

}  // namespace

std::array<std::byte, seal_bytes> encode_seal(const Seal& seal) {
  std::array<std::byte, seal_bytes> bytes{};
  std::memcpy(bytes.data(), magic, sizeof magic);
  for (std::size_t i = 0; i < 8; ++i) bytes[length_at + i] = static_cast<std::byte>(seal.length >> (8 * i));
  for (std::size_t i = 0; i < digest_bytes; ++i)
    bytes[digest_at + i] = static_cast<std::byte>(std::stoi(seal.digest.substr(2 * i, 2), nullptr, 16));
  return bytes;
}

std::string sealed_digest(const std::filesystem::path& path) {
  return read_seal(InputFile{path}, path.string()).digest;
}

std::string verify_sealed(const std::filesystem::path& path) {
  const InputFile file{path};
  const Seal seal = read_seal(file, path.string());
  Digest digest;
  std::vector<std::byte> block(std::min<std::uint64_t>(block_bytes, seal.length));
  for (std::uint64_t done = 0; done < seal.length;) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), seal.length - done));
    file.read(done, block.data(), size);
    digest.bytes(block.data(), size);
    done += size;
  }
  std::string found = digest.hex();
  if (found != seal.digest) {
    throw DataError{fmt::format("{} was changed after it was sealed: its SHA-256 is {}, its seal says {}",
                                path.string(), found, seal.digest)};
  }
  return found;
}

bool is_sealed(const std::filesystem::path& path) {
  try {
    verify_sealed(path);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace ansatz::host
