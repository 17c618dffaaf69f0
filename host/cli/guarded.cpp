#include "cli/guarded.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace ansatz::host {
namespace {

constexpr std::uint64_t memory_for_any = std::uint64_t{4} << 30;
constexpr std::uint64_t seconds_for_any = 20, slowest_disk = 20'000'000;  // bytes a second

[[noreturn]] void run_child(const std::function<Exit()>& body, std::uint64_t bytes) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit memory{memory_for_any + bytes, memory_for_any + bytes};
  setrlimit(RLIMIT_DATA, &memory);
#else
  (void)bytes;
#endif
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  int code = static_cast<int>(Exit::data_invalid);
  try {
    code = static_cast<int>(body());
  } catch (const Error& e) {
    std::fprintf(stderr, "ansatz: %s\n", e.what());
    code = static_cast<int>(e.code());
  } catch (const std::bad_alloc&) {
    std::fputs("ansatz: the file says that it holds more than memory could; it is damaged\n", stderr);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ansatz: %s\n", e.what());
  }
  if (std::fflush(stdout) != 0) code = static_cast<int>(Exit::io_error);
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

}  // namespace

Exit run_guarded(const std::filesystem::path& file, const std::function<Exit()>& body) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  const std::uint64_t bytes = error ? 0 : size;
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) throw IoError{"cannot start a reader of " + file.string(), errno};
  if (child == 0) run_child(body, bytes);
  const std::uint64_t seconds = seconds_for_any + bytes / slowest_disk;
  const bool ended = ends_within(child, seconds);
  if (!ended) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) {
    throw DataError{fmt::format("{} could not be read in {} s; it is damaged, or made to waste time",
                                file.string(), seconds)};
  }
  if (WIFSIGNALED(status)) {
    throw DataError{fmt::format("{} made its reader crash (SIG{}); it is damaged, or made to do harm",
                                file.string(), sigabbrev_np(WTERMSIG(status)))};
  }
  return static_cast<Exit>(WEXITSTATUS(status));
}

}  // namespace ansatz::host
