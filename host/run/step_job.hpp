// What a worker is told of a planned step.
#pragma once

#include "run/job.hpp"
#include "run/run.hpp"

namespace ansatz::host {

// All paths absolute.  The steps that it needs are sealed in the store, and their files are its inputs.
[[nodiscard]] Job job_of(const Pipeline& pipeline, const Plan& plan, const PlannedStep& planned,
                         const RunOptions& options);

}  // namespace ansatz::host
