#include "run/process.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <spawn.h>
extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

extern char** environ;

namespace ansatz::host {
namespace {

constexpr std::size_t kept_prints = 64 * 1024, kept_last_words = 2000;
constexpr int reads_at_once = 64;               // a worker that never stops must not keep the host
constexpr double grace_seconds = 3;             // between the two ways to stop a worker
constexpr std::size_t longest_event = 1 << 20;  // a worker that sends more in one line has lost its mind

void close_end(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw IoError{"cannot make a pipe to a worker", errno};
    read = ends[0], write = ends[1];
    fcntl(read, F_SETFL, O_NONBLOCK);
  }
  ~Pipe() { close_end(read), close_end(write); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
};

// What is there; 0: nothing now, or ever.  A pipe that nobody writes to any more would wake poll() until its worker is
// reaped: it is closed.
std::size_t read_some(int& descriptor, std::array<char, 8192>& block) {
  if (descriptor < 0) return 0;
  const ssize_t size = ::read(descriptor, block.data(), block.size());
  if (size == 0) close_end(descriptor);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

// Variables that would make results depend on who runs them; BLAS threads come from parallel_for alone.
std::vector<char*> worker_environment(std::vector<std::string>& memory) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable{*entry};
    if (variable.starts_with("OPENBLAS_") || variable.starts_with("OMP_") || variable.starts_with("LC_"))
      continue;
    memory.emplace_back(variable);
  }
  memory.emplace_back("OPENBLAS_NUM_THREADS=1");
  memory.emplace_back("OMP_NUM_THREADS=1");
  memory.emplace_back("LC_ALL=C.UTF-8");
  std::vector<char*> pointers;
  for (std::string& variable : memory) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

pid_t spawn_worker(const std::filesystem::path& executable, const std::string& verb,
                   const std::string& argument, int channel, int prints) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, prints, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, prints, STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, channel, 3);
  // A terminal's Ctrl-C goes to the host alone, which asks its workers to stop.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::string program = executable.string(), first = verb, second = argument;
  std::array<char*, 4> arguments{program.data(), first.data(), second.data(), nullptr};
  std::vector<std::string> memory;
  // Forked workers find all symbols bound, instead of each binding its own.
  if (verb == "worker-server") memory.emplace_back("LD_BIND_NOW=1");
  const std::vector<char*> environment = worker_environment(memory);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) throw IoError{"cannot start a worker process from " + program, error};
  return pid;
}

WorkerProcess::WorkerProcess(const WorkerStart& start, Job job, Listener listener)
    : job_{std::move(job)}, listener_{std::move(listener)}, started_{Clock::now()} {
  Pipe events, prints;
  // dup2 onto itself would leave close-on-exec set.
  if (events.write == 3) {
    const int moved = fcntl(events.write, F_DUPFD_CLOEXEC, 10);
    if (moved < 0) throw IoError{"cannot make a pipe to a worker", errno};
    ::close(events.write);
    events.write = moved;
  }
  pid_ = start(events.write, prints.write);
  events_ = std::exchange(events.read, -1), prints_ = std::exchange(prints.read, -1);
  end_ = pidfd_open(pid_, 0);
}

WorkerProcess::~WorkerProcess() {
  if (!ended_ && pid_ > 0) {
    kill();
    waitpid(pid_, nullptr, 0);
  }
  close_end(events_), close_end(prints_), close_end(end_);
}

void WorkerProcess::cancel() const {
  if (!ended_) ::kill(pid_, SIGTERM);
}

// The whole group, so that what the plugin forked dies with it.
void WorkerProcess::kill() const {
  if (!ended_) ::kill(-pid_, SIGKILL);
}

void WorkerProcess::pump() {
  if (ended_) return;
  read_events();
  read_prints();
  watch_limits();
  reap();
}

void WorkerProcess::read_prints() {
  std::array<char, 8192> block;
  std::size_t size = 0;
  for (int i = 0; i < reads_at_once && (size = read_some(prints_, block)) > 0; ++i) {
    const std::size_t room = kept_prints - std::min(kept_prints, printed_text_.size());
    printed_text_.append(block.data(), std::min(room, size));
    last_words_.append(block.data(), size);
    if (last_words_.size() > kept_last_words) last_words_.erase(0, last_words_.size() - kept_last_words);
  }
}

void WorkerProcess::read_events() {
  std::array<char, 8192> block;
  std::size_t size = 0;
  for (int i = 0; i < reads_at_once && (size = read_some(events_, block)) > 0; ++i) {
    pending_.append(block.data(), size);
    for (std::size_t end; (end = pending_.find('\n')) != std::string::npos;) {
      handle(pending_.substr(0, end));
      pending_.erase(0, end + 1);
    }
    if (pending_.size() > longest_event) pending_.clear();
  }
}

void WorkerProcess::handle(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("event")) return;  // the plugin wrote to descriptor 3
  try {
    const std::string event = json.at("event");
    if (event == "progress") {
      const std::string text = json.at("text");
      last_progress_ = fmt::format("{:.0f} % {}", 100 * json.at("fraction").get<double>(), text);
      if (listener_.progress) listener_.progress(json.at("fraction"), text);
    } else if (event == "metric") {
      const auto& value = json.at("value");
      if (listener_.metric && value.is_number()) listener_.metric({json.at("name"), json.at("step"), value});
    } else if (event == "log") {
      if (listener_.log) listener_.log(json.at("level"), json.at("text"));
    } else if (event == "result") {
      outcome_.status = json.at("status");
      outcome_.text = json.at("text");
      outcome_.steps = json.at("steps");
      outcome_.resumed_at = json.at("resumed_at");
      outcome_.limit_hit = json.at("limit_hit");
      outcome_.io_error = json.at("io_error");
      heard_result_ = true;
    }
  } catch (const nlohmann::json::exception&) {
    return;  // not an event of ours
  }
}

// First asked, so that it can leave a checkpoint; then killed.
void WorkerProcess::watch_limits() {
  const double limit = job_.limits.wall_seconds;
  const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
  if (limit <= 0 || elapsed <= limit) return;
  if (!over_wall_) cancel();
  over_wall_ = true;
  if (elapsed > limit + grace_seconds) kill();
}

void WorkerProcess::reap() {
  int status = 0;
  rusage used{};
  const pid_t reaped = wait4(pid_, &status, WNOHANG, &used);
  if (reaped == 0 || (reaped < 0 && errno != ECHILD)) return;
  read_events();  // what it said last
  read_prints();
  ::kill(-pid_, SIGKILL);  // whatever it left running in its group
  ended_ = true;
  usage_ = {std::chrono::duration<double>(Clock::now() - started_).count(),
            seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss};
  close_end(events_), close_end(prints_), close_end(end_);
  printed_text_ = host::clean(printed_text_);
  const bool heard = heard_result_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (heard && outcome_.status == ANSATZ_DONE) return;
  over_cpu_ = job_.limits.cpu_seconds > 0 && usage_.cpu_seconds >= job_.limits.cpu_seconds;
  const bool cut_short = (over_wall_ || over_cpu_) && (!heard || outcome_.status == ANSATZ_CANCELLED);
  if (heard && !cut_short) {
    if (outcome_.limit_hit) {
      outcome_.text += fmt::format("; its limit is {} MiB (--limit-memory)", job_.limits.memory_mib);
      outcome_.details = fmt::format("it used {} MiB in all", usage_.max_rss_kib / 1024);
    }
    return;
  }
  outcome_ = {};
  outcome_.text = death_text(status);
  outcome_.details = last_moments();
  outcome_.limit_hit = cut_short;
}

std::string WorkerProcess::death_text(int status) const {
  if (over_wall_) {
    return fmt::format("it was stopped, its limit of wall time is {} s (--limit-wall)",
                       job_.limits.wall_seconds);
  }
  if (over_cpu_) {
    return fmt::format("it was stopped, its limit of CPU time is {} s (--limit-cpu)",
                       job_.limits.cpu_seconds);
  }
  if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));  // null for real-time signals
    return fmt::format("the worker died of signal {} (SIG{})", WTERMSIG(status),
                       name == nullptr ? "?" : name);
  }
  return fmt::format("the plugin ended the worker by exit({}) instead of returning", WEXITSTATUS(status));
}

std::string WorkerProcess::last_moments() const {
  std::string text;
  if (over_wall_ || over_cpu_) {
    text = fmt::format("it used {:.1f} s, {:.1f} s of CPU and {} MiB", usage_.wall_seconds,
                       usage_.cpu_seconds, usage_.max_rss_kib / 1024);
  }
  if (!last_progress_.empty())
    text += fmt::format("{}its last progress was {}", text.empty() ? "" : "; ", last_progress_);
  if (!last_words_.empty())
    text += fmt::format("{}it printed:\n{}", text.empty() ? "" : "; ", host::clean(last_words_));
  return text;
}

}  // namespace ansatz::host
