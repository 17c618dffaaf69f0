#include "run/run.hpp"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "archive/atomic_file.hpp"
#include "archive/store.hpp"
#include "run/checkpoint.hpp"
#include "run/environment.hpp"
#include "run/fork_server.hpp"
#include "run/partial.hpp"
#include "run/seal_run.hpp"
#include "run/step_job.hpp"
#include "run/store_entry.hpp"
#include "run/verdicts.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t many_steps = 16;

class Runner {
 public:
  Runner(const Pipeline& pipeline, Catalogue& catalogue, const RunOptions& options, Reporter& reporter)
      : pipeline_{pipeline}, options_{options}, reporter_{reporter} {
    result_.plan = plan_run(pipeline, catalogue, options.runs / ".store");
    result_.steps.resize(plan_.steps.size());
    result_.claims = check_claims(pipeline, result_);  // all unknown
    partial_.emplace(pipeline, result_, options);
    remove_leftovers(options_.runs);
    std::set<fs::path> folders;
    for (const PlannedStep& planned : plan_.steps) folders.insert(fs::path{planned.file}.parent_path());
    make_folders(folders);
    archive_.emplace(pipeline, result_, options, partial_->id());
  }

  RunResult run() {
    reporter_.started(plan_);
    while (start_ready() || !workers_.empty() || !waiting_.empty()) {
      watch_interrupts();
      archive_->add_ended();  // while workers work
      poll_workers();
      partial_->journal().tick();
    }
    for (StepRecord& record : result_.steps) {
      if (record.status == StepStatus::waiting) {
        record.status = interrupted_ ? StepStatus::cancelled : StepStatus::skipped;
      }
    }
    result_.claims = check_claims(pipeline_, result_);
    for (const ClaimResult& claim : result_.claims) reporter_.claim(claim);
    result_.code = exit_code();
    if (interrupted_) {
      partial_->journal().add({{"event", "interrupted"}, {"at", utc_now()}});
      partial_->journal().sync();
      result_.partial = partial_->path();
    } else {
      result_.archive = archive_->seal(failed_ ? "failed" : "done");
      partial_->remove();
    }
    return std::move(result_);
  }

 private:
  struct Running {
    std::unique_ptr<WorkerProcess> process;
    const PlannedStep* planned;
    PlaceLock lock;
  };

  [[nodiscard]] double now() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  StepRecord& record(const PlannedStep& planned) {
    return result_.steps[static_cast<std::size_t>(&planned - plan_.steps.data())];
  }

  [[nodiscard]] bool ready(const PlannedStep& planned) const {
    return std::all_of(planned.sources.begin(), planned.sources.end(),
                       [&](const auto& s) { return result_.steps[s.second].status == StepStatus::done; });
  }

  // A process takes a millisecond to exit: the next one need not wait for it.
  [[nodiscard]] std::size_t working() const {
    return static_cast<std::size_t>(std::count_if(workers_.begin(), workers_.end(),
                                                  [](const Running& r) { return !r.process->leaving(); }));
  }

  // Start what can start; true if anything did.
  bool start_ready() {
    bool any = false;
    if (interrupted_ || (failed_ && !options_.keep_going)) {
      waiting_.clear();
      return any;
    }
    for (const PlannedStep& planned : plan_.steps) {
      if (working() >= options_.jobs) break;
      if (record(planned).status != StepStatus::waiting || !ready(planned)) continue;
      const fs::path folder = fs::path{planned.file}.parent_path();
      make_folder(folder);  // `gc` may have removed it since
      if (std::optional<PlaceLock> lock = lock_key(folder, planned.key)) {
        waiting_.erase(planned.label);
        start(planned, std::move(*lock));
        any = true;
      } else if (waiting_.insert(planned.label).second) {
        reporter_.step_waits(planned);
      }
      if (failed_ && !options_.keep_going) break;
    }
    return any;
  }

  void start(const PlannedStep& planned, PlaceLock lock) {
    StepRecord& entry = record(planned);
    entry.started = now();
    entry.status = StepStatus::running;
    entry.cached = usable(planned);
    if (entry.cached && !options_.paranoid) {
      StepOutcome found;
      found.status = ANSATZ_DONE;
      finish(planned, found, {}, "");
      return;
    }
    remove_leftovers(fs::path{planned.file}.parent_path());
    reporter_.step_started(planned);
    partial_->journal().add({{"event", "started"}, {"step", planned.label}, {"at", entry.started}});
    Job job = job_of(pipeline_, plan_, planned, options_);
    if (entry.cached) job.output = fs::absolute(partial_->path() / (planned.label + ".h5"));
    if (options_.in_process) {
      const StepOutcome outcome = run_job(job, listener_for(planned));
      finish(planned, outcome, {now() - entry.started, 0, 0}, "");
      return;
    }
    // A server costs as much as a worker, and pays from the second on; few steps are better off without.
    if (!server_ && plan_.steps.size() >= many_steps)
      server_ = std::make_unique<ForkServer>(options_.executable);
    const WorkerStart start = [&](int events, int prints) {
      return server_ ? server_->start(to_json(job).dump(), events, prints)
                     : spawn_worker(options_.executable, "worker", write_job(job, planned).string(), events,
                                    prints);
    };
    workers_.push_back(
        {std::make_unique<WorkerProcess>(start, job, listener_for(planned)), &planned, std::move(lock)});
  }

  // As a file, so that the worker can be run again by hand.
  [[nodiscard]] fs::path write_job(const Job& job, const PlannedStep& planned) {
    fs::path file = partial_->path() / (planned.label + ".json");
    std::ofstream stream{file};
    stream << to_json(job).dump(2) << '\n';
    stream.close();
    if (!stream) throw IoError{fmt::format("cannot write {} (is the disk full?)", file.string()), errno};
    return file;
  }

  // A damaged entry is no result: it goes, and the step runs.
  [[nodiscard]] bool usable(const PlannedStep& planned) const {
    if (!fs::exists(planned.file)) return false;
    try {
      verify_sealed(planned.file);
      mark_used(pipeline_, plan_, planned);
      CheckpointFiles{planned.file}.remove_all();  // its worker may have died just before it did so
      return true;
    } catch (const DataError&) {
      fs::remove(planned.file);
      return false;
    }
  }

  Listener listener_for(const PlannedStep& planned) {
    Listener listener;
    // In process, threads of the verb log while it reports.
    listener.progress = [this, &planned](double fraction, const std::string& text) {
      const std::lock_guard lock{hearing_};
      reporter_.progress(planned, fraction, text);
    };
    listener.log = [this, &planned](int level, const std::string& text) {
      const std::lock_guard lock{hearing_};
      reporter_.log(planned, level, text);
      partial_->journal().add({{"event", "log"}, {"step", planned.label}, {"level", level}, {"text", text}});
    };
    listener.metric = [this, &planned](const Metric& metric) {
      const std::lock_guard lock{hearing_};
      partial_->journal().add({{"event", "metric"},
                               {"step", planned.label},
                               {"name", metric.name},
                               {"at", metric.step},
                               {"value", metric.value}});
    };
    if (options_.in_process) {
      listener.cancelled = [this] { return options_.interrupts && options_.interrupts() > 0; };
    }
    return listener;
  }

  void finish(const PlannedStep& planned, const StepOutcome& outcome, const Usage& usage,
              const std::string& printed) {
    StepRecord& entry = record(planned);
    entry.outcome = outcome;
    entry.usage = usage;
    entry.printed = printed;
    entry.ended = now();
    if (options_.paranoid && entry.cached && outcome.status == ANSATZ_DONE) compare_again(planned, entry);
    entry.status = entry.outcome.status == ANSATZ_DONE        ? StepStatus::done
                   : entry.outcome.status == ANSATZ_CANCELLED ? StepStatus::cancelled
                                                              : StepStatus::failed;
    if (entry.status == StepStatus::done) {
      if (entry.cached)
        entry.outcome.steps = steps_of(planned);
      else
        keep_made_of(pipeline_, plan_, planned);
    }
    failed_ = failed_ || entry.status == StepStatus::failed;
    reporter_.step_ended(planned, entry);
    partial_->journal().add({{"event", "ended"},
                             {"step", planned.label},
                             {"status", name_of(entry.status)},
                             {"text", entry.outcome.text},
                             {"details", entry.outcome.details},
                             {"printed", printed},
                             {"at", entry.ended},
                             {"cached", entry.cached},
                             {"wall_s", usage.wall_seconds},
                             {"cpu_s", usage.cpu_seconds},
                             {"max_rss_kib", usage.max_rss_kib}});
    if (entry.status == StepStatus::failed && !options_.keep_going) {
      for (const Running& running : workers_) running.process->cancel();
    }
  }

  // --paranoid: what was in the store against what was computed just now.
  void compare_again(const PlannedStep& planned, StepRecord& entry) {
    const fs::path again = partial_->path() / (planned.label + ".h5");
    const std::string difference = first_difference(planned.file, again);
    std::error_code ignored;
    fs::remove(again, ignored);
    if (difference.empty()) return;
    const std::string text =
        fmt::format("computed again, {} differs from what is in the store as {}", difference, planned.file);
    if ((planned.verb->flags & ANSATZ_TOLERANCE) != 0) {
      reporter_.log(planned, ANSATZ_WARNING, text + "; the verb promises rounding only");
      return;
    }
    entry.differs = true;
    entry.outcome.status = ANSATZ_INTERNAL;
    entry.outcome.text = text;
  }

  // What the worker said that made the file.
  [[nodiscard]] static std::uint64_t steps_of(const PlannedStep& planned) {
    const Attributes attributes = read_head(planned.file).attributes;
    const auto found = attributes.find("steps");
    return found == attributes.end() ? 0 : static_cast<std::uint64_t>(std::get<std::int64_t>(found->second));
  }

  void poll_workers() {
    if (workers_.empty()) {
      if (!waiting_.empty()) std::this_thread::sleep_for(std::chrono::milliseconds{50});
      return;
    }
    std::vector<pollfd> descriptors;
    for (const Running& running : workers_) {
      for (const int descriptor : running.process->descriptors()) {
        if (descriptor >= 0) descriptors.push_back({descriptor, POLLIN, 0});
      }
    }
    poll(descriptors.data(), descriptors.size(), 20);
    for (const Running& running : workers_) running.process->pump();
    reporter_.tick();
    for (std::size_t i = 0; i < workers_.size();) {
      if (!workers_[i].process->ended()) {
        ++i;
        continue;
      }
      const Running ended = std::move(workers_[i]);
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
      StepOutcome outcome = ended.process->outcome();
      if ((interrupted_ || (failed_ && !options_.keep_going)) && outcome.status != ANSATZ_DONE) {
        outcome.status = ANSATZ_CANCELLED;
        outcome.text = interrupted_ ? "" : "stopped, since another step failed (--keep-going lets it run)";
      } else if (outcome.status == ANSATZ_CANCELLED) {
        outcome.status = ANSATZ_INTERNAL;
        outcome.text = "the worker was asked to stop from outside the run";
      }
      finish(*ended.planned, outcome, ended.process->usage(), ended.process->printed());
    }
  }

  void watch_interrupts() {
    const int asked = options_.interrupts ? options_.interrupts() : 0;
    if (asked >= 1 && !interrupted_) {
      interrupted_ = true;
      reporter_.interrupted();
      for (const Running& running : workers_) running.process->cancel();
    }
    if (asked >= 2) {
      for (const Running& running : workers_) running.process->kill();
    }
  }

  [[nodiscard]] Exit exit_code() const {
    if (interrupted_) return Exit::interrupted;
    const auto any = [&](auto test) { return std::any_of(result_.steps.begin(), result_.steps.end(), test); };
    if (any([](const StepRecord& r) { return r.outcome.io_error; })) return Exit::io_error;
    if (any([](const StepRecord& r) { return r.differs; })) return Exit::differs;
    if (any([](const StepRecord& r) { return r.outcome.limit_hit; })) return Exit::limit_hit;
    if (any([](const StepRecord& r) { return r.status == StepStatus::failed; })) return Exit::step_failed;
    const bool claims_hold =
        std::all_of(result_.claims.begin(), result_.claims.end(), [](const auto& c) { return c.holds; });
    return claims_hold ? Exit::ok : Exit::differs;
  }

  const Pipeline& pipeline_;
  const RunOptions& options_;
  Reporter& reporter_;
  std::optional<PartialRun> partial_;
  std::optional<RunArchive> archive_;
  std::unique_ptr<ForkServer> server_;
  std::vector<Running> workers_;
  std::set<std::string> waiting_;  // for other runs
  std::mutex hearing_;
  bool failed_ = false, interrupted_ = false;
  Clock::time_point start_ = Clock::now();
  RunResult result_;
  const Plan& plan_ = result_.plan;
};

}  // namespace

std::string_view name_of(StepStatus status) {
  constexpr std::string_view names[] = {"waiting", "running", "done", "failed", "skipped", "cancelled"};
  return names[static_cast<int>(status)];
}

RunResult run_pipeline(const Pipeline& pipeline, Catalogue& catalogue, const RunOptions& options,
                       Reporter& reporter) {
  return Runner{pipeline, catalogue, options, reporter}.run();
}

}  // namespace ansatz::host
