#include "validate/isolated.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

#include "core/error.hpp"

namespace ansatz::host::validate {
namespace {

constexpr std::size_t activity_bytes = 1024;
char* current_activity = nullptr;
int current_answer = -1;

void send(int to, const char* text, std::size_t size) {
  while (size > 0) {
    const ssize_t n = write(to, text, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text += n, size -= static_cast<std::size_t>(n);
  }
}

// The last lines of what the process printed, on one line.
std::string last_words(int prints) {
  std::array<char, 300> block;
  const off_t size = lseek(prints, 0, SEEK_END);
  const off_t first = std::max<off_t>(0, size - static_cast<off_t>(block.size()));
  const ssize_t n = pread(prints, block.data(), block.size(), first);
  std::string text{block.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

void set_activity(const std::string& text) {
  if (current_activity == nullptr) return;
  const std::size_t n = text.copy(current_activity, activity_bytes - 1);
  current_activity[n] = 0;
}

void answer_at_once(const char* answer) {
  send(current_answer, "+", 1);
  send(current_answer, answer, strlen(answer));
  _exit(0);
}

void Isolated::child(const std::function<std::string()>& body, int answer, int prints) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  dup2(prints, STDOUT_FILENO);
  dup2(prints, STDERR_FILENO);
  current_answer = answer;
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit memory{rlim_t{4} << 30, rlim_t{4} << 30};  // a request beyond it is refused, not granted
  setrlimit(RLIMIT_DATA, &memory);
#endif
  std::string text;
  try {
    text = "+" + body();
  } catch (const std::exception& e) {
    text = std::string{"-"} + e.what();
  } catch (...) {
    text = "-an exception that is no std::exception";
  }
  send(answer, text.data(), text.size());
  _exit(0);  // no destructor or exit handler of the plugin has a say
}

Isolated::Isolated(const std::function<std::string()>& body, std::chrono::milliseconds limit)
    : limit_{limit}, started_{std::chrono::steady_clock::now()} {
  int ends[2];
  prints_ = memfd_create("prints", MFD_CLOEXEC);
  if (prints_ < 0 || pipe2(ends, O_CLOEXEC) != 0) throw IoError{"cannot make a pipe", errno};
  void* page = mmap(nullptr, activity_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw IoError{"cannot share memory with a child process", errno};
  activity_ = static_cast<char*>(page);
  std::fflush(nullptr);  // or both processes would write what is buffered
  pid_ = fork();
  if (pid_ < 0) throw IoError{"cannot start a child process", errno};
  if (pid_ == 0) {
    current_activity = activity_;
    ::close(ends[0]);
    child(body, ends[1], prints_);
  }
  ::close(ends[1]);
  answer_ = ends[0];
  fcntl(answer_, F_SETFL, O_NONBLOCK);
  setpgid(pid_, pid_);
  end_ = pidfd_open(pid_, 0);
  if (end_ < 0) throw IoError{"cannot watch a child process", errno};
}

Isolated::~Isolated() {
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (const int descriptor : {answer_, end_, prints_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
  munmap(activity_, activity_bytes);
}

double Isolated::milliseconds_left() const {
  const std::chrono::duration<double, std::milli> past = std::chrono::steady_clock::now() - started_;
  return static_cast<double>(limit_.count()) - past.count();
}

void Isolated::drain() {
  std::array<char, 65536> block;
  for (ssize_t n; (n = read(answer_, block.data(), block.size())) > 0;) {
    ending_.answer.append(block.data(), static_cast<std::size_t>(n));
  }
}

bool Isolated::look() {
  if (pid_ < 0) return true;
  drain();
  pollfd ended{end_, POLLIN, 0};
  const bool late = milliseconds_left() <= 0;
  if (poll(&ended, 1, 0) <= 0 && !late) return false;
  ::kill(-pid_, SIGKILL);  // and whatever it left running
  if (late) ::kill(pid_, SIGKILL);
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  drain();
  judge(status, late);
  return true;
}

// What a process that was ended by others had sent may be the first half of its answer.
void Isolated::judge(int status, bool late) {
  const bool by_itself = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (by_itself && ending_.answer.starts_with('+')) {
    ending_.answered = true;
    ending_.answer.erase(0, 1);
    return;
  }
  if (by_itself && ending_.answer.starts_with('-')) {
    ending_.failure = ending_.answer.substr(1);
  } else if (late) {
    ending_.failure =
        fmt::format("it did not end within {:.0f} s", 1e-3 * static_cast<double>(limit_.count()));
  } else if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    ending_.failure = fmt::format("it died of SIG{}", name == nullptr ? "?" : name);
  } else {
    ending_.failure = fmt::format("it ended its process with exit code {}", WEXITSTATUS(status));
  }
  if (activity_[0] != 0) ending_.failure += fmt::format(" while: {}", activity_);
  if (const std::string said = last_words(prints_); !said.empty()) {
    ending_.failure += "; it printed: " + said;
  }
}

Ending run_isolated(const std::function<std::string()>& body, std::chrono::milliseconds limit) {
  Isolated process{body, limit};
  while (!process.look()) {
    pollfd watched[] = {{process.answer_descriptor(), POLLIN, 0}, {process.end_descriptor(), POLLIN, 0}};
    poll(watched, 2, static_cast<int>(std::max(1.0, process.milliseconds_left())));
  }
  return process.ending();
}

}  // namespace ansatz::host::validate
