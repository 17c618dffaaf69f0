#include "archive/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

// Writing to the disk starts while the rest of the file is still being made.
constexpr std::uint64_t writeback_bytes = std::uint64_t{32} << 20;

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

int create_beside(const std::filesystem::path& path, std::filesystem::path& temporary) {
  static std::atomic<unsigned> counter{0};
  for (;;) {
    // Short whatever the target's name, which may be as long as a name can be.
    temporary = folder_of(path) / fmt::format(".ansatz-{}-{}.tmp", getpid(), counter++);
    const int file = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno == EEXIST) continue;
    if (file < 0) return file;
    // The lock shows that the writer lives.  Before it was had, the file may have passed for a dead one's.
    struct stat status {};
    const bool taken = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    const bool removed = fstat(file, &status) == 0 && status.st_nlink == 0;
    if (!taken && !removed) return file;
    close(file);
  }
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_{std::move(path)} {
  file_ = create_beside(path_, temporary_);
  if (file_ < 0) {
    throw IoError{fmt::format("cannot write {}: no file can be made in the folder {}", path_.string(),
                              folder_of(path_).string()),
                  errno};
  }
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) close(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void AtomicFile::fail(int error) const {
  if (error == ENOSPC || error == EDQUOT) {
    struct statvfs free {};
    fstatvfs(file_, &free);
    throw IoError{
        fmt::format("cannot write {}: the disk is full, {} bytes are free; free some space there or "
                    "choose another folder",
                    path_.string(), free.f_bavail * free.f_frsize)};
  }
  if (error == EFBIG) {
    throw IoError{
        fmt::format("cannot write {}: the file would be larger than this process or file system "
                    "allows (see `ulimit -f`)",
                    path_.string())};
  }
  throw IoError{"cannot write " + path_.string(), error};
}

void AtomicFile::check_space(std::uint64_t bytes) const {
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && bytes > limit.rlim_cur) {
    throw IoError{
        fmt::format("cannot write {}: {} bytes needed, but files may have {} at most here; raise the "
                    "limit with `ulimit -f`",
                    path_.string(), bytes, limit.rlim_cur)};
  }
  struct statvfs free {};
  if (fstatvfs(file_, &free) != 0) return;  // the write itself will tell
  struct stat own {};
  fstat(file_, &own);
  const std::uint64_t available = std::uint64_t{free.f_bavail} * free.f_frsize,
                      held = static_cast<std::uint64_t>(own.st_blocks) * 512;
  if (free.f_blocks != 0 && bytes > available + held) {
    throw IoError{
        fmt::format("cannot write {}: the disk is full: {} bytes needed, {} free; free some space "
                    "there or choose another folder",
                    path_.string(), bytes, available)};
  }
}

void AtomicFile::reserve(std::uint64_t bytes) {
  check_space(bytes);
  if (bytes == 0 || fallocate(file_, 0, 0, static_cast<off_t>(bytes)) == 0) return;
  // File systems without fallocate: the writes will tell.
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL && errno != EINTR) fail(errno);
}

void AtomicFile::write(std::uint64_t offset, const std::byte* data, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = pwrite(file_, data + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail(count < 0 ? errno : EIO);
    done += static_cast<std::size_t>(count);
  }
  unsynced_ += size;
  if (unsynced_ >= writeback_bytes) {
    sync_file_range(file_, 0, 0, SYNC_FILE_RANGE_WRITE);  // a hint; commit() does the real thing
    unsynced_ = 0;
  }
}

void AtomicFile::read(std::uint64_t offset, std::byte* data, std::size_t size) const {
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = pread(file_, data + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError{"cannot read back what was written of " + path_.string(), errno};
    if (count == 0) {  // a hole at the end
      std::memset(data + done, 0, size - done);
      return;
    }
    done += static_cast<std::size_t>(count);
  }
}

void AtomicFile::commit() {
  if (fsync(file_) != 0) fail(errno);
  const int closed = close(file_);
  file_ = -1;
  if (closed != 0) throw IoError{"cannot write " + path_.string(), errno};
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw IoError{"cannot rename the finished file to " + path_.string(), errno};
  }
  temporary_.clear();
  sync_folder(folder_of(path_));
}

void sync_folder(const std::filesystem::path& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 && errno == EACCES) return;  // a folder that may be written but not listed
  if (file < 0) throw IoError{"cannot sync the folder " + folder.string(), errno};
  const int result = fsync(file);
  const int error = errno;
  close(file);
  // EINVAL: a file system that has no such thing.
  if (result != 0 && error != EINVAL) throw IoError{"cannot sync the folder " + folder.string(), error};
}

void make_folder(const std::filesystem::path& folder) { make_folders({folder}); }

void make_folders(const std::set<std::filesystem::path>& folders) {
  std::set<std::filesystem::path> changed;
  for (const std::filesystem::path& folder : folders) {
    std::error_code error;
    if (std::filesystem::is_directory(folder, error)) continue;
    make_folder(folder_of(folder));
    std::filesystem::create_directory(folder, error);
    if (error) throw IoError{fmt::format("cannot make the folder {}", folder.string()), error.value()};
    changed.insert(folder_of(folder));
  }
  for (const std::filesystem::path& parent : changed) sync_folder(parent);
}

std::uint64_t remove_leftovers(const std::filesystem::path& folder, bool dry_run) {
  std::uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::directory_iterator entry{folder, error};
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(".ansatz-") || !name.ends_with(".tmp")) continue;
    const int file = open(entry->path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    struct stat status {};
    if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &status) == 0) {
      bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
      if (!dry_run) unlink(entry->path().c_str());
    }
    close(file);
  }
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::permission_denied)
    throw IoError{"cannot list the folder " + folder.string(), error.value()};
  return bytes;
}

}  // namespace ansatz::host
