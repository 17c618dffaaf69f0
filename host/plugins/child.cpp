#include "plugins/child.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "core/error.hpp"

extern char** environ;

namespace ansatz::host {
namespace {

constexpr std::size_t most_output = std::size_t{16} << 20;
constexpr std::size_t last_words = 2000;  // bytes of stderr that are kept
using Clock = std::chrono::steady_clock;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_{number} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(-1); }
  void reset(int number) {
    if (number_ >= 0) ::close(number_);
    number_ = number;
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

class Child {
 public:
  explicit Child(const std::vector<std::string>& command) {
    Descriptor output_end, error_end;
    make_pipe(output_, output_end);
    make_pipe(errors_, error_end);
    spawn(command, output_end.number(), error_end.number());
    exit_.reset(pidfd_open(pid_, 0));
    if (exit_.number() < 0) {
      const int error = errno;
      kill_all();
      throw IoError{"cannot watch a child process", error};
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) kill_all();
  }

  [[nodiscard]] bool running() const { return pid_ > 0; }
  [[nodiscard]] ChildResult& result() { return result_; }

  // In the order in which look() takes them back.
  void watch(std::vector<pollfd>& list) const {
    for (const Descriptor* d : {&output_, &errors_, &exit_}) list.push_back({d->number(), POLLIN, 0});
  }

  void look(const pollfd* seen) {
    if (seen[0].revents != 0) drain(output_, result_.output, most_output + 1);
    if (seen[1].revents != 0) read_errors();
    if (result_.output.size() > most_output) {
      end(fmt::format("it wrote more than {} MiB", most_output >> 20));
    } else if (seen[2].revents != 0) {
      int status = 0;
      ::kill(-pid_, SIGKILL);  // what it left behind; it has ended itself
      waitpid(pid_, &status, 0);
      pid_ = -1;
      // Processes that it started may hold the pipes open: take what is there, do not wait for the end.
      drain(output_, result_.output, most_output);
      read_errors();
      judge(status);
    }
  }

  void end(const std::string& why) {
    kill_all();
    result_.failure = why;
  }

 private:
  static void make_pipe(Descriptor& reading, Descriptor& writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw IoError{"cannot make a pipe", errno};
    reading.reset(ends[0]);
    writing.reset(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }

  void spawn(const std::vector<std::string>& command, int output, int errors) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // so that its children can be killed too
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const int error = posix_spawn(&pid_, words[0], &actions, &attributes, words.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      pid_ = -1;
      throw IoError{"cannot start " + command[0], error};
    }
  }

  // Appends what can be read now, up to `most` bytes in all.
  static void drain(Descriptor& from, std::string& to, std::size_t most) {
    std::array<char, 65536> block;
    while (from.number() >= 0 && to.size() < most) {
      const ssize_t n = ::read(from.number(), block.data(), std::min(block.size(), most - to.size()));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) return from.reset(-1);
      to.append(block.data(), static_cast<std::size_t>(n));
    }
  }

  void read_errors() {
    drain(errors_, errors_text_, errors_text_.size() + 65536);
    if (errors_text_.size() > last_words) errors_text_.erase(0, errors_text_.size() - last_words);
  }

  void judge(int status) {
    if (WIFSIGNALED(status)) {
      const char* name = sigabbrev_np(WTERMSIG(status));
      result_.failure = fmt::format("it crashed when loaded (SIG{})", name == nullptr ? "?" : name);
    } else if (WEXITSTATUS(status) != 0) {
      result_.failure = fmt::format("it ended its process with exit code {}", WEXITSTATUS(status));
    }
    const std::size_t last = errors_text_.find_last_not_of(" \n\r\t");
    if (result_.failure.empty() || last == std::string::npos) return;
    errors_text_.resize(last + 1);
    const std::size_t line = errors_text_.find_last_of('\n');
    result_.failure += ": " + errors_text_.substr(line == std::string::npos ? 0 : line + 1);
  }

  void kill_all() {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);  // in case it left its group
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  pid_t pid_ = -1;
  Descriptor output_, errors_, exit_;
  std::string errors_text_;
  ChildResult result_;
};

}  // namespace

std::vector<ChildResult> run_children(const std::vector<std::vector<std::string>>& commands,
                                      std::chrono::milliseconds limit) {
  std::vector<std::unique_ptr<Child>> children;
  for (const auto& command : commands) children.push_back(std::make_unique<Child>(command));
  const auto deadline = Clock::now() + limit;
  for (;;) {
    std::vector<pollfd> list;
    std::vector<Child*> watched;
    for (const auto& child : children) {
      if (!child->running()) continue;
      child->watch(list);
      watched.push_back(child.get());
    }
    if (watched.empty()) break;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      for (Child* child : watched) {
        child->end(
            fmt::format("it did not answer within {} s", std::chrono::duration<double>(limit).count()));
      }
      break;
    }
    if (poll(list.data(), list.size(), static_cast<int>(left)) <= 0) continue;
    for (std::size_t i = 0; i < watched.size(); ++i) watched[i]->look(&list[3 * i]);
  }
  std::vector<ChildResult> results;
  results.reserve(children.size());
  for (const auto& child : children) results.push_back(std::move(child->result()));
  return results;
}

}  // namespace ansatz::host
