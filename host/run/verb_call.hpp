// One call of one verb through the C boundary: the host's services over arrays in memory or in files, the
// loop of steps, and what came out.  Knows nothing of pipelines, processes or archives.
//
//   VerbCall call{.model = &library.model("kernel-ridge"), .verb = "fit"};
//   call.verb_settings["penalty"] = 1e-3;
//   call.inputs["x"] = source_of(images);
//   VerbResult result = run_verb(call);
#pragma once

#include <ansatz/abi.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/tree.hpp"
#include "core/value.hpp"
#include "data/source.hpp"

namespace ansatz::host {

struct Metric {
  std::string name;
  std::int64_t step = 0;
  double value = 0;
};

// Where a verb stands between two steps: all it takes to go on from there, in this process or another, and
// end with the same bytes as if nothing had happened.
struct Checkpoint {
  std::uint64_t steps = 0;  // done so far
  Tree state;               // of the model
  Tree outputs;             // written so far
  std::vector<Metric> metrics;
  std::vector<std::string> log;
};

// What the outside hears of a running verb.  Called on the thread that runs the verb, but `log` and
// `cancelled`, which may be called from any of its threads.  Unset functions are skipped.
struct Listener {
  std::function<void(const Metric&)> metric;
  std::function<void(double fraction, const std::string& text)> progress;
  std::function<void(int level, const std::string& text)> log;
  std::function<bool()> cancelled;
  std::function<void(std::uint64_t step)> after_step;
  // After each step but the last: is a checkpoint due?  One is also taken when the verb is cancelled there.
  std::function<bool()> wants_checkpoint;
  std::function<void(Checkpoint)> checkpoint;  // shares no memory with the running verb
};

struct VerbCall {
  const ansatz_model* model = nullptr;
  std::string verb;
  std::map<std::string, Value> model_settings, verb_settings;
  std::map<std::string, std::shared_ptr<ArraySource>> inputs;  // by port
  const Tree* state = nullptr;                                 // learned state to start from
  const Checkpoint* resume = nullptr;  // of the same call: go on after its steps; `state` is not looked at
  std::uint64_t random_key = 0;
  unsigned threads = 1;
  Listener listener;
};

struct VerbResult {
  std::int32_t status = ANSATZ_INTERNAL;  // DONE, or why not
  std::string text;  // of a failure: what the plugin said, or what was wrong with what it did
  bool out_of_memory = false;
  std::uint64_t steps = 0;
  Tree outputs;  // one array a port, dims named as declared
  Tree state;    // of a verb that learns
  std::vector<Metric> metrics;
  std::vector<std::string> log;  // "warning: ..." lines
};

// Checks inputs before the plugin sees them (type, rank, dims shared between ports, NaN and Inf with the port
// and the first index) and outputs after (declared, shape against dims, all required ones there).  Never
// throws for what the plugin does; throws IoError if an input could not be read for the system's sake.
[[nodiscard]] VerbResult run_verb(const VerbCall& call);

// An array in memory as a source.
[[nodiscard]] std::shared_ptr<ArraySource> source_of(Array array);

}  // namespace ansatz::host
