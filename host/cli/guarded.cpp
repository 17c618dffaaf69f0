#include "cli/guarded.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace ansatz::host {
namespace {

constexpr std::uint64_t memory_for_any = std::uint64_t{4} << 30;
constexpr std::uint64_t slowest_disk = 20'000'000;  // bytes a second

// What the child has to say to its parent, in memory of both.
class SharedText {
 public:
  SharedText() : file_{memfd_create("ansatz-answer", MFD_CLOEXEC)} {
    if (file_ < 0) throw IoError{"cannot get memory for the answer of a child process", errno};
  }
  ~SharedText() { close(file_); }
  SharedText(const SharedText&) = delete;
  SharedText& operator=(const SharedText&) = delete;

  [[nodiscard]] bool write(const std::string& text) const {
    return ::write(file_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  [[nodiscard]] std::string read() const {
    std::string text(static_cast<std::size_t>(lseek(file_, 0, SEEK_END)), '\0');
    if (pread(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
      throw IoError{"cannot read the answer of a child process", errno};
    return text;
  }

 private:
  int file_;
};

[[noreturn]] void run_child(const std::function<Exit()>& body, std::uint64_t bytes,
                            const SharedText& complaint) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit memory{memory_for_any + bytes, memory_for_any + bytes};
  setrlimit(RLIMIT_DATA, &memory);
#else
  (void)bytes;
#endif
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  int code = static_cast<int>(Exit::data_invalid);
  bool said = true;
  try {
    code = static_cast<int>(body());
  } catch (const Error& e) {
    said = complaint.write(e.what());
    code = static_cast<int>(e.code());
  } catch (const std::bad_alloc&) {
    said = complaint.write("the file says that it holds more than memory could; it is damaged");
  } catch (const std::exception& e) {
    said = complaint.write(e.what());
  }
  if (!said || std::fflush(stdout) != 0) code = static_cast<int>(Exit::io_error);
  _exit(code);
}

bool ends_within(pid_t child, std::uint64_t seconds) {
  const int descriptor = pidfd_open(child, 0);
  if (descriptor < 0) return true;  // then we wait for as long as it takes
  pollfd end{descriptor, POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&end, 1, static_cast<int>(1000 * seconds));
  } while (ready < 0 && errno == EINTR);
  close(descriptor);
  return ready != 0;
}

std::string names_of(const std::vector<std::filesystem::path>& files) {
  std::string names;
  for (const std::filesystem::path& file : files) names += (names.empty() ? "" : " or ") + file.string();
  return names;
}

}  // namespace

Exit run_guarded(const std::vector<std::filesystem::path>& files, const std::function<Exit()>& body,
                 std::uint64_t seconds) {
  std::uint64_t bytes = 0;
  for (const std::filesystem::path& file : files) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (!error) bytes += size;
  }
  const SharedText complaint;
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) throw IoError{"cannot start a reader of " + names_of(files), errno};
  if (child == 0) run_child(body, bytes, complaint);
  seconds += bytes / slowest_disk;
  const bool ended = ends_within(child, seconds);
  if (!ended) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) {
    throw DataError{fmt::format("{} could not be read in {} s; it is damaged, or made to waste time",
                                names_of(files), seconds)};
  }
  if (WIFSIGNALED(status) &&
      WTERMSIG(status) == SIGPIPE) {  // who read our output has closed it: end as the child did
    ::signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
  }
  if (WIFSIGNALED(status)) {
    throw DataError{fmt::format("{} made its reader crash (SIG{}); it is damaged, or made to do harm",
                                names_of(files), sigabbrev_np(WTERMSIG(status)))};
  }
  const auto code = static_cast<Exit>(WEXITSTATUS(status));
  if (const std::string text = complaint.read(); !text.empty()) throw Error{code, text};
  return code;
}

std::string text_guarded(const std::vector<std::filesystem::path>& files,
                         const std::function<std::string()>& body, std::uint64_t seconds) {
  const SharedText answer;
  const auto make = [&] { return answer.write(body()) ? Exit::ok : Exit::io_error; };
  if (run_guarded(files, make, seconds) != Exit::ok)
    throw IoError{"no memory for the answer of a child process"};
  return answer.read();
}

}  // namespace ansatz::host
