// The results that an archive holds, step by step, for comparing two archives.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/compare.hpp"

namespace ansatz::host {

// The results of one step of an archive against another's: every output, the learned model, and every metric,
// as names ("outputs/y", "metrics/loss/value") with how they differ.  `step`: the path of its group in each.
struct StepComparison {
  std::string name;
  ArrayDifference difference;
};
[[nodiscard]] std::vector<StepComparison> compare_steps(const std::filesystem::path& a,
                                                        const std::string& step_a,
                                                        const std::filesystem::path& b,
                                                        const std::string& step_b);

// The groups of all steps of an archive, each stored group once: "steps/ridge", "points/3/steps/ridge".
[[nodiscard]] std::vector<std::string> step_groups(const std::filesystem::path& archive);

// An attribute as text; "" if there is none.
[[nodiscard]] std::string text_of(const Attributes& attributes, const std::string& name);

}  // namespace ansatz::host
