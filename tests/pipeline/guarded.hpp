// Runs a piece of work in a child process, so that a crash, a hang or a flood of memory is a result.
#pragma once

#include <cstdint>
#include <functional>

namespace ansatz::host {

struct Usage {
  bool ended_well = false;  // returned, without a signal or an exception
  double cpu_seconds = 0;
  double megabytes = 0;        // peak, beyond what the child began with
  std::uint64_t progress = 0;  // last value that the work stored
};

// `work` may store how far it is.  Stopped after `most_seconds` of CPU time.
[[nodiscard]] Usage guarded(const std::function<void(volatile std::uint64_t& progress)>& work,
                            unsigned most_seconds);

// Sanitizers cost time and memory; limits do not hold then.
[[nodiscard]] bool sanitized();

}  // namespace ansatz::host
