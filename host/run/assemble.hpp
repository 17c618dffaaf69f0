// The archive of a run, put together from its step files.
#pragma once

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

// SHA-256 over names, attributes and arrays, in order.
[[nodiscard]] std::string tree_digest(const Tree& tree);

}  // namespace ansatz::host
