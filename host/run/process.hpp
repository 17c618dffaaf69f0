// A worker process: spawned from this executable, heard through a pipe of JSON lines, its prints captured,
// its limits watched.  Not thread-safe; one loop polls all workers.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "run/job.hpp"

namespace ansatz::host {

using Clock = std::chrono::steady_clock;

// What a process used, from the kernel's account of it.
struct Usage {
  double wall_seconds = 0, cpu_seconds = 0;
  std::int64_t max_rss_kib = 0;
};

// Starts a worker with `events` as its descriptor 3 and `prints` as its stdout and stderr: spawn_worker(), or a
// ForkServer.  Throws IoError if it cannot.
using WorkerStart = std::function<pid_t(int events, int prints)>;

class WorkerProcess {
 public:
  WorkerProcess(const WorkerStart& start, Job job, Listener listener);
  ~WorkerProcess();  // kills and reaps a process that still runs
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  [[nodiscard]] const Job& job() const { return job_; }
  // Descriptors to poll for input: what it says, what it prints, and its end; those closed are -1.
  [[nodiscard]] std::array<int, 3> descriptors() const { return {events_, prints_, end_}; }
  // Read what is there; call after poll(), and at least once a second so that limits are watched.
  void pump();
  [[nodiscard]] bool ended() const { return ended_; }
  // It said that its file is sealed, and has only to exit.
  [[nodiscard]] bool leaving() const { return heard_result_ && outcome_.status == ANSATZ_DONE; }

  // Ask it to stop (it returns at its next look at cancelled()); kill() does not ask.
  void cancel() const;
  void kill() const;

  // After ended(): how it went.  A crash, an exit, a limit or silence is put in words, with what it printed
  // last.
  [[nodiscard]] const StepOutcome& outcome() const { return outcome_; }
  [[nodiscard]] const Usage& usage() const { return usage_; }
  [[nodiscard]] const std::string& printed() const { return printed_text_; }  // first 64 KiB

 private:
  void read_events();
  void read_prints();
  void handle(const std::string& line);
  void watch_limits();
  void reap();
  [[nodiscard]] std::string death_text(int status) const;
  [[nodiscard]] std::string last_moments() const;

  Job job_;
  Listener listener_;
  pid_t pid_ = -1;
  int events_ = -1, prints_ = -1, end_ = -1;
  std::string pending_, printed_text_, last_words_, last_progress_;
  bool heard_result_ = false, ended_ = false, over_wall_ = false, over_cpu_ = false;
  StepOutcome outcome_;
  Usage usage_;
  Clock::time_point started_;
};

// `executable VERB ARGUMENT` in a process group of its own, with `channel` as its descriptor 3 and `prints` as its
// stdout and stderr, in the environment that workers have.  Throws IoError.
[[nodiscard]] pid_t spawn_worker(const std::filesystem::path& executable, const std::string& verb,
                                 const std::string& argument, int channel, int prints);

// The main function of a worker: reads the job file, runs it, reports on descriptor 3.  Returns the exit
// code.
int worker_main(const std::filesystem::path& job_file);

}  // namespace ansatz::host
