#include "plugins/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "core/error.hpp"

extern char** environ;

namespace ansatz::host {
namespace {

constexpr std::size_t most_output = std::size_t{64} << 20;
using Clock = std::chrono::steady_clock;

pid_t spawn(const std::vector<std::string>& arguments, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw IoError{"cannot start " + arguments[0], error};
  return pid;
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& arguments, std::chrono::milliseconds limit) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw IoError{"cannot make a pipe", errno};
  pid_t pid = -1;
  try {
    pid = spawn(arguments, ends[1]);
  } catch (...) {
    ::close(ends[0]), ::close(ends[1]);
    throw;
  }
  ::close(ends[1]);
  ChildResult result;
  const auto deadline = Clock::now() + limit;
  std::array<char, 65536> block;
  bool timed_out = false;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd descriptor{ends[0], POLLIN, 0};
    if (left <= 0 || poll(&descriptor, 1, static_cast<int>(left)) == 0) {
      timed_out = true;
      break;
    }
    const ssize_t n = ::read(ends[0], block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (result.output.size() < most_output) result.output.append(block.data(), static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  // It may have closed its end and hang all the same.
  int status = 0;
  while (!timed_out && waitpid(pid, &status, WNOHANG) == 0) {
    timed_out = Clock::now() > deadline;
    usleep(200);
  }
  if (timed_out) {
    ::kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  if (timed_out) {
    result.failure =
        fmt::format("it did not answer within {} s", std::chrono::duration<double>(limit).count());
  } else if (WIFSIGNALED(status)) {
    result.failure = fmt::format("it crashed when loaded (SIG{})", sigabbrev_np(WTERMSIG(status)));
  } else if (WEXITSTATUS(status) != 0) {
    result.failure = fmt::format("it ended its process with exit code {}", WEXITSTATUS(status));
  }
  return result;
}

}  // namespace ansatz::host
