// A short-lived child process whose output is wanted.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace ansatz::host {

struct ChildResult {
  std::string output;   // stdout, at most 64 MiB; stderr goes nowhere
  std::string failure;  // empty: it ended with exit code 0; else what happened in words
};

// Runs `arguments` (the first is the program), at most `limit` long; then it is killed.
[[nodiscard]] ChildResult run_child(const std::vector<std::string>& arguments,
                                    std::chrono::milliseconds limit);

}  // namespace ansatz::host
