#include "archive/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

// The file that was locked may have been removed by its last owner in between.
bool still_named(int file, const std::filesystem::path& path) {
  struct stat opened {
  }, named{};
  return fstat(file, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace

std::optional<LockFile> LockFile::try_lock(const std::filesystem::path& path) {
  for (;;) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) throw IoError{"cannot make the lock " + path.string(), errno};
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      close(file);
      if (error == EINTR) continue;
      if (error == EWOULDBLOCK) return std::nullopt;
      throw IoError{"cannot lock " + path.string(), error};
    }
    if (still_named(file, path)) return LockFile{path, file};
    close(file);
  }
}

bool LockFile::is_free(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return true;
  const bool free = flock(file, LOCK_SH | LOCK_NB) == 0;
  close(file);
  return free;
}

LockFile::~LockFile() {
  if (file_ < 0) return;
  // While it is held: who opened it before finds another file under the name.  Where the folder was removed and made
  // again meanwhile, that is another owner's lock.
  if (still_named(file_, path_)) unlink(path_.c_str());
  close(file_);
}

// A lock of the open file, not of the process: it works within one process, too.
std::optional<PlaceLock> PlaceLock::try_lock(const std::filesystem::path& path, std::uint64_t place) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) throw IoError{"cannot make the locks " + path.string(), errno};
  PlaceLock lock{file};
  struct flock wanted {};
  wanted.l_type = F_WRLCK, wanted.l_whence = SEEK_SET;
  wanted.l_start = static_cast<off_t>(place), wanted.l_len = 1;
  int result = 0;
  do {
    result = fcntl(file, F_OFD_SETLK, &wanted);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return lock;
  if (errno == EAGAIN || errno == EACCES) return std::nullopt;
  throw IoError{"cannot lock " + path.string(), errno};
}

PlaceLock::~PlaceLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace ansatz::host
