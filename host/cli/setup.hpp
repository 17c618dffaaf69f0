// What several commands need before they can run anything: a checked pipeline, options, someone who watches.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "pipeline/pipeline.hpp"
#include "plugins/registry.hpp"
#include "run/run.hpp"

namespace ansatz::host {

// A pipeline with the registry its plan will point into.
struct Checked {
  Registry registry;
  std::optional<Pipeline> pipeline;
  Exit code = Exit::ok;
  nlohmann::ordered_json diagnostics;
};

// Prints the diagnostics to stderr, unless JSON is asked for.
[[nodiscard]] Checked check(const PipelineArguments& arguments);

// NAME=FILE, ... of --data.
[[nodiscard]] std::map<std::string, std::filesystem::path> parse_data(const std::vector<std::string>& data);

[[nodiscard]] RunOptions run_options(const RunArguments& arguments);

// Reports to the terminal, quietly what failed alone; from its making on, interrupts are counted for run_options().
class Watcher {
 public:
  explicit Watcher(bool quiet);
  [[nodiscard]] Reporter& reporter() const { return *reporter_; }

 private:
  std::unique_ptr<Reporter> reporter_;
};

}  // namespace ansatz::host
