// A pipeline: parsed, checked and resolved, every default filled in.  What the front end hands to the
// planner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/catalogue.hpp"
#include "core/figure.hpp"
#include "core/tree.hpp"
#include "data/source.hpp"
#include "pipeline/diagnostic.hpp"

namespace ansatz::host {

struct DataEntry {
  std::string name;
  std::filesystem::path file;  // absolute, as opened
  std::string written;         // as written in the pipeline
  DataOptions options;
  Location location;
};

// "split.train_x": an item of a data file, or an output of a step.
struct Reference {
  bool is_data = false;
  std::string source;  // name of the data entry, or id of the step
  std::string item;    // path inside the data file ("" if it has one nameless array), or output port
  Location location;
  [[nodiscard]] std::string text() const { return item.empty() ? source : source + "." + item; }
};

using Settings = std::map<std::string, Value>;

struct Step {
  std::string id;
  std::string plugin, model, verb;          // resolved: model is always set
  std::optional<std::string> model_step;    // `model: STEP`
  std::map<std::string, Reference> inputs;  // by input port
  Settings model_settings;                  // all of the model's parameters (empty with model_step)
  Settings verb_settings;                   // all of the verb's parameters
  Location location;
};

// A claim about a scalar: an output, an attribute of one, or the last value of a metric.
struct Claim {
  Reference that;
  std::optional<double> at_least, at_most, equals;
  double within = 0;  // absolute, with `equals`
  std::string because;
  Location location;
};

// A parameter that a sweep varies.
struct SweptParameter {
  std::string step, parameter;
  bool of_model = false;  // among the step's model_settings, else its verb_settings
  [[nodiscard]] std::string name() const { return step + "." + parameter; }
};

// One run of a sweep.  Compact, since a sweep may have many thousands.
struct Point {
  std::int64_t seed = 0;
  std::vector<Value> values;  // of Pipeline::swept; a parameter without effect in this point has its default
};

struct Pipeline {
  std::string name;
  std::int64_t seed = 0;
  std::vector<DataEntry> data;
  std::vector<Step> steps;  // each after the steps it refers to; else in the order of the file
  std::vector<SweptParameter> swept;
  std::vector<Point>
      points;  // of a sweep, numbered; empty: there is none.  `steps` have the first one's values
  std::optional<std::size_t> point_number;  // this pipeline is one point of a sweep
  std::vector<Claim> claims;
  std::vector<Figure> figures;              // `report:`; they change no result
  std::vector<std::string> plugin_folders;  // `plugins:`, absolute
  std::string source;                       // the file's bytes
  std::filesystem::path folder;             // what names in it are relative to
  std::vector<std::string> overrides;       // as given to --set

  // Canonical JSON of all that determines the results; equal pipelines give equal text.  Data files appear as
  // written, without the folder of this machine.
  [[nodiscard]] std::string frozen() const;
  // The step as it is in one point.
  [[nodiscard]] Step step_at(const Step& step, const Point& point) const;
  // One point as a pipeline of its own.
  [[nodiscard]] Pipeline at(std::size_t point) const;
};

// The pipeline that a frozen text stands for: all but the source and the places in it; data files by the names
// that were written.  Throws DataError.
[[nodiscard]] Pipeline thaw(const std::string& frozen);

using OpenData = std::function<std::unique_ptr<DataFile>(const std::filesystem::path&, const DataOptions&)>;

struct CheckOptions {
  std::vector<std::string> overrides;                 // "step.parameter=value", "seed=3"
  std::map<std::string, std::filesystem::path> data;  // --data NAME=FILE: replaces the file of an entry
  OpenData open_data;  // to look at types and shapes; empty: files are not opened
};

// Parse, check and resolve.  Never throws for what the text contains: all findings go to `diagnostics`, and
// the result is nothing if any is an error.  `folder`: what file names in the pipeline are relative to.
[[nodiscard]] std::optional<Pipeline> check_pipeline(const std::string& source,
                                                     const std::filesystem::path& folder,
                                                     Catalogue& catalogue, const CheckOptions& options,
                                                     Diagnostics& diagnostics);

// Just the `plugins:` folders, so that the registry can be made before the check; empty if unreadable.
[[nodiscard]] std::vector<std::string> plugin_folders(const std::string& source,
                                                      const std::filesystem::path& folder);

// JSON Schema (draft 2020-12) of the pipeline language with the parameters of all plugins in the catalogue.
[[nodiscard]] nlohmann::ordered_json pipeline_schema(Catalogue& catalogue);

}  // namespace ansatz::host
