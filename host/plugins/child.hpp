// Short-lived child processes whose output is wanted.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace ansatz::host {

struct ChildResult {
  std::string output;   // stdout, at most 16 MiB
  std::string failure;  // empty: it ended with exit code 0; else what happened, with its last words on stderr
};

// Runs all command lines (the first word is the program) at once and waits for them.  What runs longer than
// `limit` or writes too much is killed with the processes it started.
[[nodiscard]] std::vector<ChildResult> run_children(const std::vector<std::vector<std::string>>& commands,
                                                    std::chrono::milliseconds limit);

}  // namespace ansatz::host
