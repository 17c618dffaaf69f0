// What a run will do: each step's key, and whether the store has it already.
//
// A key is the SHA-256 of what determines a step's result, name by name: the plugin's id, version and file,
// the verb, the parameters that affect the result, the step's seed, and its inputs.  A data input counts by
// the digest of its file; an output of another step by that step's key, which determines its bytes.  Paths,
// threads, limits and verbosity are not in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/catalogue.hpp"
#include "pipeline/pipeline.hpp"
#include "run/file_stamp.hpp"

namespace ansatz::host {

// What a key is made of: "parameter/penalty" -> "0.1", "plugin file" -> its SHA-256, "input/x" -> ...
using MadeOf = std::map<std::string, std::string>;

// Compact, since a sweep may have many thousands: what can be derived is not kept.
struct PlannedStep {
  const Step* step = nullptr;
  std::string
      label;  // what people call it: the step's id, in sweeps with the first point that needs it: "ridge@3"
  const PluginInfo* plugin = nullptr;
  const VerbInfo* verb = nullptr;
  std::string key;
  std::uint64_t random_key = 0;
  std::string file;  // in the store
  bool cached = false;
  std::uint64_t resume_at = 0;  // steps of its newest checkpoint; set, as the reason, by explain_plan()
  std::string reason;           // why it runs, or why it does not
  std::map<std::string, std::size_t>
      sources;  // the steps whose results it takes, by id: where in Plan::steps
};

// The steps of one point of a sweep, or of the one run of a pipeline without.
struct PlannedPoint {
  std::vector<std::size_t> steps;  // where in Plan::steps, in the order of Pipeline::steps
};

struct DataFileInfo {
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string format;  // as it is read: given, or found by name and content
  FileStamp stamp;     // when it had that digest
};

struct Plan {
  std::vector<PlannedStep> steps;    // each key once, each after its sources
  std::vector<PlannedPoint> points;  // what shares them
  std::deque<Step> varied;           // steps with a point's settings, that `steps` points to
  std::map<std::string, DataFileInfo> data;
  std::map<std::string, std::string> plugin_sha256;  // by id
  std::map<std::string, FileStamp> plugin_stamps;    // when they had these digests

  Plan() = default;
  Plan(Plan&&) = default;
  Plan& operator=(Plan&&) = default;
};

// `pipeline` and `catalogue` must outlive the plan.  Throws DataError or IoError if an input cannot be read.
[[nodiscard]] Plan plan_run(const Pipeline& pipeline, Catalogue& catalogue,
                            const std::filesystem::path& store);

// What the step's key was made of.
[[nodiscard]] MadeOf made_of(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned);

// `ansatz plan`: a line a step, and as JSON.
[[nodiscard]] std::string plan_text(const Plan& plan);
[[nodiscard]] nlohmann::ordered_json plan_json(const Plan& plan);

}  // namespace ansatz::host
