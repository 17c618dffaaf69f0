#include "run/run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "archive/store.hpp"
#include "run/assemble.hpp"
#include "run/environment.hpp"

namespace ansatz::host {
namespace {

namespace fs = std::filesystem;

// The folder of a run while it lasts: job files.  Its lock tells the living from the dead.
class PartialFolder {
 public:
  explicit PartialFolder(fs::path path) : path_{std::move(path)} {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error) throw IoError{fmt::format("cannot make the folder {}", path_.string()), error.value()};
    lock_ = ::open((path_ / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      throw IoError{fmt::format("cannot lock {}", path_.string()), errno};
    }
  }
  ~PartialFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    if (lock_ >= 0) ::close(lock_);
  }
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  int lock_ = -1;
};

// Folders of runs whose host was killed: nobody holds their lock.
void remove_dead_folders(const fs::path& runs) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator{runs, error}) {
    if (entry.path().extension() != ".partial") continue;
    const int lock = ::open((entry.path() / "lock").c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0) continue;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), error);
    ::close(lock);
  }
}

std::string fresh_id() {
  std::random_device random;
  std::string stamp = utc_now();  // 2026-11-24T13:05:07Z
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return fmt::format("{}-{:06x}", stamp, random() & 0xffffff);
}

class Runner {
 public:
  Runner(const Pipeline& pipeline, Catalogue& catalogue, const RunOptions& options, Reporter& reporter)
      : pipeline_{pipeline}, options_{options}, reporter_{reporter}, id_{fresh_id()} {
    result_.plan = plan_run(pipeline, catalogue, options.runs / ".store");
    result_.steps.resize(plan_.steps.size());
  }

  RunResult run() {
    remove_dead_folders(options_.runs);
    const PartialFolder folder{options_.runs / fmt::format("{}-{}.partial", pipeline_.name, id_)};
    folder_ = folder.path();
    reporter_.started(plan_);
    while (start_ready() || !workers_.empty()) {
      watch_interrupts();
      poll_workers();
    }
    for (StepRecord& record : result_.steps) {
      if (record.status == StepStatus::waiting) {
        record.status = interrupted_ ? StepStatus::cancelled : StepStatus::skipped;
      }
    }
    result_.claims = check_claims(pipeline_, result_);
    for (const ClaimResult& claim : result_.claims) reporter_.claim(claim);
    result_.code = exit_code();
    seal();
    return std::move(result_);
  }

 private:
  struct Running {
    std::unique_ptr<WorkerProcess> process;
    const PlannedStep* planned;
  };

  [[nodiscard]] double now() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  StepRecord& record(const PlannedStep& planned) {
    return result_.steps[static_cast<std::size_t>(&planned - plan_.steps.data())];
  }

  [[nodiscard]] bool ready(const PlannedStep& planned) const {
    return std::all_of(planned.sources.begin(), planned.sources.end(),
                       [&](const auto& s) { return result_.steps[s.second].status == StepStatus::done; });
  }

  // Start what can start; true if anything did.
  bool start_ready() {
    bool any = false;
    if (interrupted_ || (failed_ && !options_.keep_going)) return any;
    for (const PlannedStep& planned : plan_.steps) {
      if (workers_.size() >= options_.jobs) break;
      if (record(planned).status != StepStatus::waiting || !ready(planned)) continue;
      start(planned);
      any = true;
      if (failed_ && !options_.keep_going) break;
    }
    return any;
  }

  void start(const PlannedStep& planned) {
    StepRecord& entry = record(planned);
    entry.started = now();
    entry.status = StepStatus::running;
    if (planned.cached && usable(planned)) {
      entry.cached = true;
      finish(planned, {ANSATZ_DONE, "", 0, false, false}, {}, "");
      return;
    }
    reporter_.step_started(planned);
    const Job job = make_job(planned);
    std::error_code error;
    fs::create_directories(job.output.parent_path(), error);
    if (error)
      throw IoError{fmt::format("cannot make the folder {}", job.output.parent_path().string()),
                    error.value()};
    if (options_.in_process) {
      const StepOutcome outcome = run_job(job, listener_for(planned));
      finish(planned, outcome, {now() - entry.started, 0, 0}, "");
      return;
    }
    const fs::path file = folder_ / (planned.label + ".json");
    std::ofstream stream{file};
    stream << to_json(job).dump(2) << '\n';
    stream.close();
    if (!stream) throw IoError{fmt::format("cannot write {} (is the disk full?)", file.string()), errno};
    workers_.push_back(
        {std::make_unique<WorkerProcess>(options_.executable, file, job, listener_for(planned)), &planned});
  }

  // A damaged entry is no result: it goes, and the step runs.
  [[nodiscard]] static bool usable(const PlannedStep& planned) {
    try {
      verify_sealed(planned.file);
      return true;
    } catch (const Error&) {
      fs::remove(planned.file);
      return false;
    }
  }

  [[nodiscard]] Job make_job(const PlannedStep& planned) const {
    const Step& step = *planned.step;
    Job job;
    job.step = step.id;
    job.key = planned.key;
    job.plugin = planned.plugin->path;
    job.plugin_sha256 = plan_.plugin_sha256.at(planned.plugin->id);
    job.model = step.model, job.verb = step.verb;
    job.model_settings = step.model_settings, job.verb_settings = step.verb_settings;
    for (const auto& [port, reference] : step.inputs) job.inputs[port] = job_input(planned, reference);
    if (step.model_step) {
      job.model_file = fs::absolute(source(planned, *step.model_step).file);
      job.model_settings = model_settings_of(planned);
    }
    job.random_key = planned.random_key;
    job.threads = options_.threads;
    job.limits = options_.limits;
    job.output = fs::absolute(planned.file);
    return job;
  }

  [[nodiscard]] JobInput job_input(const PlannedStep& planned, const Reference& reference) const {
    if (!reference.is_data) {
      return {fs::absolute(source(planned, reference.source).file),
              {},
              "outputs/" + reference.item,
              reference.text()};
    }
    const auto entry = std::find_if(pipeline_.data.begin(), pipeline_.data.end(),
                                    [&](const DataEntry& e) { return e.name == reference.source; });
    return {entry->file, entry->options, reference.item, reference.text()};
  }

  [[nodiscard]] const PlannedStep& source(const PlannedStep& planned, const std::string& id) const {
    return plan_.steps[planned.sources.at(id)];
  }

  // A model keeps the parameters of the step that made it, through any chain of `model:`.
  [[nodiscard]] const Settings& model_settings_of(const PlannedStep& planned) const {
    const Step& step = *planned.step;
    return step.model_step ? model_settings_of(source(planned, *step.model_step)) : step.model_settings;
  }

  Listener listener_for(const PlannedStep& planned) {
    Listener listener;
    listener.progress = [this, &planned](double fraction, const std::string& text) {
      reporter_.progress(planned, fraction, text);
    };
    listener.log = [this, &planned](int level, const std::string& text) {
      reporter_.log(planned, level, text);
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
    entry.status = outcome.status == ANSATZ_DONE        ? StepStatus::done
                   : outcome.status == ANSATZ_CANCELLED ? StepStatus::cancelled
                                                        : StepStatus::failed;
    if (entry.status == StepStatus::done) entry.outcome.steps = steps_of(planned);
    failed_ = failed_ || entry.status == StepStatus::failed;
    reporter_.step_ended(planned, entry);
    if (entry.status == StepStatus::failed && !options_.keep_going) {
      for (const Running& running : workers_) running.process->cancel();
    }
  }

  // From the file, so that a cached step says the same.
  [[nodiscard]] static std::uint64_t steps_of(const PlannedStep& planned) {
    const Tree tree = read_tree(planned.file);
    const auto found = tree.attributes.find("steps");
    return found == tree.attributes.end() ? 0
                                          : static_cast<std::uint64_t>(std::get<std::int64_t>(found->second));
  }

  void poll_workers() {
    if (workers_.empty()) return;
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
      if (interrupted_ && outcome.status != ANSATZ_DONE) outcome.status = ANSATZ_CANCELLED;
      finish(*ended.planned, outcome, ended.process->usage(), ended.process->printed());
    }
  }

  void watch_interrupts() {
    const int asked = options_.interrupts ? options_.interrupts() : 0;
    if (asked >= 1 && !interrupted_) {
      interrupted_ = true;
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
    if (any([](const StepRecord& r) { return r.outcome.limit_hit; })) return Exit::limit_hit;
    if (any([](const StepRecord& r) { return r.status == StepStatus::failed; })) return Exit::step_failed;
    const bool claims_hold =
        std::all_of(result_.claims.begin(), result_.claims.end(), [](const auto& c) { return c.holds; });
    return claims_hold ? Exit::ok : Exit::differs;
  }

  void seal() {
    const char* status = interrupted_ ? "interrupted" : failed_ ? "failed" : "done";
    Tree tree = assemble_archive(pipeline_, result_, options_, status);
    if (options_.deterministic)
      id_ = std::get<std::string>(tree.attributes.at("content_sha256")).substr(0, 12);
    tree.attributes["run_id"] = id_;
    result_.archive = options_.runs / fmt::format("{}-{}.h5", pipeline_.name, id_);
    if (options_.deterministic && fs::exists(result_.archive)) return;  // the same content, sealed before
    WriteOptions layout;
    layout.archive = true;
    write_sealed(tree, result_.archive, layout);
  }

  const Pipeline& pipeline_;
  const RunOptions& options_;
  Reporter& reporter_;
  std::string id_;
  fs::path folder_;
  std::vector<Running> workers_;
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
