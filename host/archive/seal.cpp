// Sealing: a file is whole before it has a name.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <vector>

#include "archive/h5_tree.hpp"
#include "archive/map_file.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr char magic[16] = "ANSATZ-SEAL-1\n";
constexpr std::uint64_t trailer_bytes = 64;
constexpr std::uint64_t metadata_slack = 1 << 20;  // groups, attributes, gaps of alignment

using Trailer = std::array<unsigned char, trailer_bytes>;

std::uint64_t tree_bytes(const Tree& tree) {
  std::uint64_t bytes = 0;
  for (const auto& [name, node] : tree.children()) {
    const Array* array = std::get_if<Array>(node.get());
    bytes += 4096 + (array != nullptr ? array->bytes() : tree_bytes(std::get<Tree>(*node)));
  }
  return bytes;
}

Trailer make_trailer(std::uint64_t length, const std::string& digest) {
  Trailer trailer{};
  std::memcpy(trailer.data(), magic, sizeof magic);
  for (std::size_t i = 0; i < 8; ++i) trailer[16 + i] = static_cast<unsigned char>(length >> (8 * i));
  for (std::size_t i = 0; i < 32; ++i) {
    trailer[24 + i] = static_cast<unsigned char>(std::stoi(digest.substr(2 * i, 2), nullptr, 16));
  }
  return trailer;
}

// A file that is nobody's until it is renamed, and gone if it never is.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target) : target_{target} {
    path_ = target.string() + fmt::format(".tmp-{}", getpid());
    open(O_CREAT | O_TRUNC);
  }
  ~TemporaryFile() {
    if (file_ >= 0) ::close(file_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // Again after HDF5 made a file of this name.
  void reopen() {
    ::close(file_);
    open(O_APPEND);
  }

  void write(const void* data, std::uint64_t bytes) {
    const auto* next = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t n = ::write(file_, next, std::min<std::uint64_t>(bytes, std::uint64_t{1} << 30));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail("cannot write", errno, bytes);
      next += n;
      bytes -= static_cast<std::uint64_t>(n);
    }
  }

  [[nodiscard]] std::uint64_t size() const {
    struct stat status {};
    if (fstat(file_, &status) != 0) throw IoError{"cannot look at " + path_, errno};
    return static_cast<std::uint64_t>(status.st_size);
  }

  // The commit: fsync, rename, fsync of the folder.
  void commit() {
    if (fsync(file_) != 0) fail("cannot flush", errno, 0);
    if (::rename(path_.c_str(), target_.c_str()) != 0)
      throw IoError{"cannot rename to " + target_.string(), errno};
    path_.clear();
    const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path{"."};
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool flushed = directory >= 0 && fsync(directory) == 0;
    const int error = errno;
    if (directory >= 0) ::close(directory);
    if (!flushed) throw IoError{"cannot flush the folder " + folder.string(), error};
  }

  [[noreturn]] void fail(const std::string& what, int error, std::uint64_t bytes) const {
    struct statvfs space {};
    std::string text = fmt::format("{} {}", what, target_.string());
    if ((error == ENOSPC || error == EDQUOT || error == EFBIG) && statvfs(path_.c_str(), &space) == 0) {
      text += fmt::format(
          " ({} bytes more needed, {} free; free some space or choose another folder with --runs)", bytes,
          space.f_bavail * space.f_frsize);
    }
    throw IoError{text, error};
  }

 private:
  void open(int flags) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | flags, 0644);
    if (file_ < 0) throw IoError{"cannot write " + target_.string(), errno};
  }

  fs::path target_;
  std::string path_;
  int file_ = -1;
};

// Ask before gigabytes are written, not after.
void check_space(const TemporaryFile& file, std::uint64_t needed) {
  struct statvfs space {};
  if (statvfs(file.path().c_str(), &space) != 0) return;
  if (needed > std::uint64_t{space.f_bavail} * space.f_frsize)
    file.fail("there is no room for", ENOSPC, needed);
}

// The HDF5 part, in memory.
std::vector<char> build_image(const Tree& tree, const std::string& name, const WriteOptions& options) {
  const H5Handle file = h5_create_file(name, true);
  h5_write_tree(file.id(), tree, options);
  h5_check(H5Fflush(file.id(), H5F_SCOPE_GLOBAL), "cannot build " + name);
  const ssize_t size = H5Fget_file_image(file.id(), nullptr, 0);
  h5_check(static_cast<hid_t>(size), "cannot build " + name);
  std::vector<char> image(static_cast<std::size_t>(size));
  if (H5Fget_file_image(file.id(), image.data(), image.size()) < 0) throw IoError{"cannot build " + name};
  return image;
}

void write_through_hdf5(const Tree& tree, TemporaryFile& file, const WriteOptions& options) {
  try {
    H5Handle h5 = h5_create_file(file.path(), false);
    h5_write_tree(h5.id(), tree, options);
    h5_check(H5Fflush(h5.id(), H5F_SCOPE_GLOBAL), "cannot flush");
  } catch (const DataError& e) {
    file.fail(fmt::format("HDF5 failed ({}) writing", e.what()), errno, tree_bytes(tree));
  }
  file.reopen();
}

std::string write_file(const Tree& tree, const fs::path& path, const WriteOptions& options, bool seal) {
  TemporaryFile file{path};
  const std::uint64_t bytes = tree_bytes(tree);
  check_space(file, bytes + metadata_slack);
  std::string digest;
  std::uint64_t length = 0;
  if (bytes <= options.memory_cap) {
    const std::vector<char> image = build_image(tree, file.path(), options);
    digest = sha256(image.data(), image.size());
    length = image.size();
    file.write(image.data(), image.size());
  } else {
    write_through_hdf5(tree, file, options);
    length = file.size();
    if (seal) digest = sha256_of_file(file.path());
  }
  if (seal) {
    const Trailer trailer = make_trailer(length, digest);
    file.write(trailer.data(), trailer.size());
  }
  file.commit();
  return digest;
}

// Length and digest that the trailer claims.
std::pair<std::uint64_t, std::string> read_trailer(const fs::path& path) {
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (error) throw DataError{fmt::format("{} cannot be read: {}", path.string(), error.message())};
  const std::string name = path.string();
  if (size < trailer_bytes) {
    throw DataError{fmt::format("{} is not a sealed file: it has {} bytes, the seal alone has {}", name, size,
                                trailer_bytes)};
  }
  const Buffer tail = map_file(name, size - trailer_bytes, trailer_bytes);
  const auto* trailer = reinterpret_cast<const unsigned char*>(tail.data());
  if (std::memcmp(trailer, magic, sizeof magic) != 0) {
    throw DataError{name + " has no seal at its end: it was truncated, changed, or never written by ansatz"};
  }
  std::uint64_t length = 0;
  std::string digest;
  for (std::size_t i = 0; i < 8; ++i) length |= std::uint64_t{trailer[16 + i]} << (8 * i);
  for (std::size_t i = 0; i < 32; ++i) digest += fmt::format("{:02x}", trailer[24 + i]);
  if (length != size - trailer_bytes) {
    throw DataError{
        fmt::format("{}: the seal speaks of {} bytes, but there are {}", name, length, size - trailer_bytes)};
  }
  for (std::size_t i = 56; i < trailer_bytes; ++i) {
    if (trailer[i] != 0) throw DataError{name + ": the seal's last bytes are not zero: the file was changed"};
  }
  return {length, digest};
}

}  // namespace

std::string write_sealed(const Tree& tree, const fs::path& path, const WriteOptions& options) {
  return write_file(tree, path, options, true);
}

void write_plain(const Tree& tree, const fs::path& path, const WriteOptions& options) {
  write_file(tree, path, options, false);
}

std::string sealed_digest(const fs::path& path) { return read_trailer(path).second; }

std::string verify_sealed(const fs::path& path) {
  const auto [length, claimed] = read_trailer(path);
  const Buffer content = map_file(path.string(), 0, length);
  const std::string found = sha256(content.data(), length);
  if (found != claimed) {
    throw DataError{fmt::format("{} was changed after it was sealed: its SHA-256 is {}, the seal says {}",
                                path.string(), found, claimed)};
  }
  return found;
}

}  // namespace ansatz::host
