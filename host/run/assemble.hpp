// The archive of a run, put together from its step files.
#pragma once

#include <string>

#include "core/tree.hpp"
#include "run/run.hpp"

namespace ansatz::host {

// The archive's tree (layout in host/README.md).  @content_sha256 covers everything but /timeline and
// @run_id.
[[nodiscard]] Tree assemble_archive(const Pipeline& pipeline, const RunResult& result,
                                    const RunOptions& options, const std::string& status);

// The parts of it.
[[nodiscard]] Tree archive_head(const Pipeline& pipeline, const RunResult& result, const RunOptions& options,
                                const std::string& status);
[[nodiscard]] Tree archived_step(const PlannedStep& planned, const StepRecord& record);
// Says of each metric of a step that it is a curve over its steps, as NeXus has it (NXdata: @signal, @axes).
void mark_curves(Tree& step);
// What a failed step said last and what it printed: times and addresses, so part of /timeline.
void add_last_moments(Tree& timeline, const std::string& step, const std::string& details,
                      const std::string& printed);
// /timeline without what is said of steps: where and how the run went, and the git state of the pipeline's folder.
[[nodiscard]] Tree timeline_head(const Pipeline& pipeline, const RunOptions& options);
// A group a step with its times, and its last moments if it failed.
void add_step_times(Tree& timeline, const RunResult& result);

// SHA-256 over names, attributes and arrays, in order.
[[nodiscard]] std::string tree_digest(const Tree& tree);

}  // namespace ansatz::host
