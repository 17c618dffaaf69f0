// The archive of a run, put together from its step files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/tree.hpp"
#include "run/run.hpp"

namespace ansatz::host {

// Values for all claims of the pipeline, from the sealed files of the steps that are done.
[[nodiscard]] std::vector<ClaimResult> check_claims(const Pipeline& pipeline, const RunResult& result);

// The archive's tree (layout in host/README.md).  @content_sha256 covers everything but /timeline and
// @run_id.
[[nodiscard]] Tree assemble_archive(const Pipeline& pipeline, const RunResult& result,
                                    const RunOptions& options, const std::string& status);

// Judge the claims of an archive's tree by its steps, from /claims alone.
void judge_claims(Tree& archive);

// The parts of it.
[[nodiscard]] Tree archive_head(const Pipeline& pipeline, const RunResult& result, const RunOptions& options,
                                const std::string& status);
[[nodiscard]] Tree archived_step(const PlannedStep& planned, const StepRecord& record);
// `point`: the verdicts of one point of a sweep; none: the claims themselves.
[[nodiscard]] Tree claims_tree(const std::vector<ClaimResult>& claims, std::optional<std::size_t> point = {});
[[nodiscard]] Attributes timeline_attributes(const Pipeline& pipeline, const RunOptions& options);

// SHA-256 over names, attributes and arrays, in order.
[[nodiscard]] std::string tree_digest(const Tree& tree);

}  // namespace ansatz::host
