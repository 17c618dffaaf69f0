// A job: all that a worker process needs to run one step and seal its file.  Written as JSON, so that a step
// can be run again by hand (`ansatz worker JOB.json`) or under a debugger.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/value.hpp"
#include "data/source.hpp"
#include "run/file_stamp.hpp"
#include "run/verb_call.hpp"

namespace ansatz::host {

// Where a worker finds an input array.
struct JobInput {
  std::filesystem::path file;
  DataOptions options;
  std::string item;
  std::string reference;           // as the pipeline says it, for messages
  std::optional<FileStamp> stamp;  // of a data file; step files are sealed
};

// Limits of one step; 0: none.
struct Limits {
  double wall_seconds = 0;
  double cpu_seconds = 0;
  std::uint64_t memory_mib = 0;
};

struct Job {
  std::string step;  // id in the pipeline
  std::string key;   // of the step
  std::filesystem::path plugin;
  std::string plugin_sha256;
  std::optional<FileStamp> plugin_stamp;  // when it had that digest
  std::string model, verb;
  std::map<std::string, Value> model_settings, verb_settings;
  std::map<std::string, JobInput> inputs;
  std::optional<std::filesystem::path> model_file;  // step file whose learned state to start from
  std::uint64_t random_key = 0;
  unsigned threads = 1;
  Limits limits;
  double checkpoint_seconds = 30;  // how often at most
  std::filesystem::path output;    // the step file to seal; checkpoints stand beside it
};

[[nodiscard]] nlohmann::ordered_json to_json(const Job& job);
[[nodiscard]] Job job_from_json(const nlohmann::ordered_json& json);

// How a step ended.
struct StepOutcome {
  std::int32_t status = ANSATZ_INTERNAL;  // ansatz_status; DONE: the step file is sealed
  std::string text;                       // why not, in words that are the same each time
  std::string details;                    // what is not: seconds used, last progress, what it printed
  std::uint64_t steps = 0;
  std::uint64_t resumed_at = 0;  // it went on from a checkpoint after so many steps
  bool limit_hit = false;
  bool io_error = false;
};

// Load the plugin, run the verb on its inputs and seal the step file; goes on from the newest checkpoint if
// there is one, and leaves one if it is cancelled.  Throws nothing: every failure is an outcome.
[[nodiscard]] StepOutcome run_job(const Job& job, const Listener& listener);

// The step file: /outputs, /model (of a verb that learns), /metrics/<name>/{step,value}, log.
[[nodiscard]] Tree step_tree(const Job& job, VerbResult& result);

}  // namespace ansatz::host
