// What differs between two archives of runs, from what went in to what came out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace ansatz::host {

// One line: "parameters", "steps.ridge.penalty", "0.001", "0.1".
struct Difference {
  std::string section;  // parameters, plugins, inputs, environment, claims, metrics, outputs
  std::string name;
  std::string before, after;  // "": not there
  bool changed = false;
  std::string measure;  // of metrics and outputs: how much, in words
};

struct ArchiveDiff {
  std::vector<Difference> entries;  // in the order of the sections
  [[nodiscard]] bool any() const;
};

// Throws DataError for what is no sealed archive of a run.  Outputs are compared one at a time; of points of
// a sweep too, each step once.
[[nodiscard]] ArchiveDiff diff_archives(const std::filesystem::path& a, const std::filesystem::path& b);

[[nodiscard]] std::string diff_text(const ArchiveDiff& diff, bool only_changed);
[[nodiscard]] nlohmann::ordered_json diff_json(const ArchiveDiff& diff, bool only_changed);

}  // namespace ansatz::host
