// What became of a run's claims.
#pragma once

#include <optional>
#include <vector>

#include "core/tree.hpp"
#include "run/run.hpp"

namespace ansatz::host {

// Values for all claims of the pipeline, from the sealed files of the steps that are done.
[[nodiscard]] std::vector<ClaimResult> check_claims(const Pipeline& pipeline, const RunResult& result);

// /claims of an archive.  `point`: the verdicts of one point of a sweep; none: the claims themselves.
[[nodiscard]] Tree claims_tree(const std::vector<ClaimResult>& claims, std::optional<std::size_t> point = {});

}  // namespace ansatz::host
