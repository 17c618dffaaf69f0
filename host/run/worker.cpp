// The worker's own side: one job, then exit.  It reports on descriptor 3 and dies with its host.
#include <execinfo.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "run/process.hpp"

namespace ansatz::host {
namespace {

constexpr int events = 3;
std::atomic<bool> asked_to_stop = false;
std::mutex send_mutex;

void send(const nlohmann::json& event) {
  const std::string line = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::lock_guard lock{send_mutex};
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = write(events, line.data() + sent, line.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the host is gone; PDEATHSIG ends this process
    sent += static_cast<std::size_t>(n);
  }
}

// Only async-signal-safe calls; backtrace() was called once at the start, so that its library is loaded.
void report_crash(int signal) {
  std::array<void*, 64> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  constexpr char head[] = "backtrace:\n";
  (void)!write(STDERR_FILENO, head, sizeof head - 1);
  backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  ::signal(signal, SIG_DFL);
  raise(signal);
}

void install_handlers() {
  std::array<void*, 1> frame;
  backtrace(frame.data(), 1);
  static std::array<char, 64 * 1024> stack;  // a stack overflow has none left
  const stack_t alternate{stack.data(), 0, stack.size()};
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_handler = report_crash;
  action.sa_flags = SA_ONSTACK | SA_RESETHAND;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(signal, &action, nullptr);
  struct sigaction stop {};
  stop.sa_handler = [](int) { asked_to_stop = true; };
  sigaction(SIGTERM, &stop, nullptr);
  sigaction(SIGINT, &stop, nullptr);
  sigaction(SIGUSR1, &stop, nullptr);
  sigaction(SIGXCPU, &stop, nullptr);  // the hard limit, some seconds later, kills
  ::signal(SIGPIPE, SIG_IGN);
}

void apply_limits(const Limits& limits) {
  if (limits.cpu_seconds > 0) {
    const auto soft = static_cast<rlim_t>(std::ceil(limits.cpu_seconds));
    const rlimit cpu{soft, soft + 3};
    setrlimit(RLIMIT_CPU, &cpu);
  }
  if (limits.memory_mib > 0) {
    const rlim_t bytes = limits.memory_mib << 20;
    const rlimit data{bytes, bytes};  // private writable memory; mapped inputs are not counted
    setrlimit(RLIMIT_DATA, &data);
  }
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
}

Listener reporting_listener() {
  Listener listener;
  listener.cancelled = [] { return asked_to_stop.load(); };
  listener.metric = [](const Metric& m) {
    send({{"event", "metric"}, {"name", m.name}, {"step", m.step}, {"value", m.value}});
  };
  listener.log = [](int level, const std::string& text) {
    send({{"event", "log"}, {"level", level}, {"text", text}});
  };
  // At most 20 a second: a plugin may report every row.
  listener.progress = [last = Clock::time_point{}](double fraction, const std::string& text) mutable {
    const auto now = Clock::now();
    if (now - last < std::chrono::milliseconds{50}) return;
    last = now;
    send({{"event", "progress"}, {"fraction", fraction}, {"text", text}});
  };
  return listener;
}

// The signal of the host's death is not sent to who asks for it later; nobody reads descriptor 3 then.  (A worker
// run by hand has none, and getppid() may be that of a reaper of orphans.)
bool host_is_gone() {
  pollfd channel{events, 0, 0};
  return poll(&channel, 1, 0) > 0 && (channel.revents & POLLERR) != 0;
}

}  // namespace

int worker_main(const std::filesystem::path& job_file) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (host_is_gone()) _exit(1);
  install_handlers();
  StepOutcome outcome;
  try {
    std::ifstream file{job_file};
    if (!file) throw IoError{"cannot read the job file " + job_file.string(), errno};
    const Job job = job_from_json(nlohmann::ordered_json::parse(file));
    apply_limits(job.limits);
    outcome = run_job(job, reporting_listener());
  } catch (const IoError& e) {
    outcome.text = e.what();
    outcome.io_error = true;
  } catch (const std::exception& e) {
    outcome.text = std::string{"the job file "} + job_file.string() + " cannot be read: " + e.what();
  }
  send({{"event", "result"},
        {"status", outcome.status},
        {"text", outcome.text},
        {"steps", outcome.steps},
        {"resumed_at", outcome.resumed_at},
        {"limit_hit", outcome.limit_hit},
        {"io_error", outcome.io_error}});
  // Not exit(): destructors and atexit handlers of plugins have no say in how the step ended.
  _exit(0);
}

}  // namespace ansatz::host
