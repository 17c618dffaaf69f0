// Running a pipeline: every step in a worker process of its own, independent ones at once, results through
// sealed step files, and one sealed archive at the end, whatever happened.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "run/plan.hpp"
#include "run/process.hpp"

namespace ansatz::host {

// How a pipeline was given, so that it can be checked again.  All paths absolute.
struct Origin {
  std::filesystem::path file;
  std::vector<std::string> plugin_paths, overrides, data;
};

struct RunOptions {
  std::filesystem::path runs = "runs";  // archives; the store of step files is runs/.store
  std::filesystem::path executable;     // to spawn workers from
  unsigned jobs = 1;                    // steps at once
  unsigned threads = 1;                 // in each step
  bool keep_going = false;              // after a failed step, run those that do not need it
  bool in_process = false;              // no workers: for a debugger
  bool embed_inputs = false;            // the data files' bytes into the archive
  bool embed_plugins = false;           // the plugins' files too
  bool deterministic = false;           // no /timeline, and an id made from the content
  bool paranoid = false;                // compute hits of the store again and compare
  double checkpoint_seconds = 30;
  Limits limits;
  Origin origin;
  std::filesystem::path resume;     // a .partial folder to go on in; empty: any of the same plan
  std::string command;              // archived in /timeline
  std::function<int()> interrupts;  // how often the user asked to stop; 2: at once
};

enum class StepStatus { waiting, running, done, failed, skipped, cancelled };
[[nodiscard]] std::string_view name_of(StepStatus status);

struct StepRecord {
  StepStatus status = StepStatus::waiting;
  bool cached = false;   // with --paranoid: it was, and has been compared
  bool differs = false;  // with --paranoid
  StepOutcome outcome;
  Usage usage;
  std::string printed;
  double started = 0, ended = 0;  // seconds since the run's start
};

struct ClaimResult {
  const Claim* claim = nullptr;
  std::optional<double> value;                // none: the step has none, or did not run
  bool holds = false;                         // in a sweep: in every point
  std::vector<std::optional<double>> values;  // of each point of a sweep

  [[nodiscard]] bool known() const;           // every point has a value
  [[nodiscard]] std::size_t holding() const;  // points where it holds
};

// Who watches a run.  All on the thread of run_pipeline.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void started(const Plan& plan) = 0;
  virtual void step_started(const PlannedStep& step) = 0;
  virtual void step_waits(const PlannedStep& step) = 0;  // another run computes it just now
  virtual void progress(const PlannedStep& step, double fraction, const std::string& text) = 0;
  virtual void log(const PlannedStep& step, int level, const std::string& text) = 0;
  virtual void step_ended(const PlannedStep& step, const StepRecord& record) = 0;
  virtual void claim(const ClaimResult& result) = 0;
  virtual void tick() = 0;  // several times a second
  virtual void interrupted() = 0;
};

struct RunResult {
  Exit code = Exit::ok;
  std::filesystem::path archive;  // empty: interrupted
  std::filesystem::path partial;  // of an interrupted run, to go on from
  Plan plan;                      // points into the pipeline and the catalogue
  std::vector<StepRecord> steps;  // of each of plan.steps
  std::vector<ClaimResult> claims;
};

// Throws Error for what concerns the run as a whole (an input that cannot be read, a folder that cannot be
// written); a step's failure is in the result.
[[nodiscard]] RunResult run_pipeline(const Pipeline& pipeline, Catalogue& catalogue,
                                     const RunOptions& options, Reporter& reporter);

}  // namespace ansatz::host
