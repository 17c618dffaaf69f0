#include "data/rehearse.hpp"

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr rlim_t most_seconds = 30;

void limit(__rlimit_resource resource, rlim_t most) {
  rlimit current{};
  if (::getrlimit(resource, &current) != 0 || current.rlim_cur <= most) return;
  current.rlim_cur = most;
  ::setrlimit(resource, &current);
}

[[noreturn]] void run_child(const std::function<void()>& reading) {
  // A crash is expected here: no handler of ours may report it, and no core file is wanted.
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGTERM}) {
    ::signal(signal, SIG_DFL);
  }
  ::signal(SIGINT, SIG_IGN);  // the parent answers it
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, most_seconds);
  try {
    reading();
  } catch (...) {
    // The parent does the same and tells.
  }
  ::_exit(0);
}

}  // namespace

void rehearse(const std::string& where, const std::function<void()>& reading) {
  const pid_t child = ::fork();
  if (child < 0) return;  // no process to be had: then without a rehearsal
  if (child == 0) run_child(reading);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const bool endless = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
  throw DataError{
      fmt::format("{}: the HDF5 library {} when it reads this; the file is damaged; copy or download it "
                  "again",
                  where,
                  endless               ? "does not come to an end"
                  : WIFSIGNALED(status) ? fmt::format("crashes ({})", ::strsignal(WTERMSIG(status)))
                                        : "fails")};
}

}  // namespace ansatz::host
