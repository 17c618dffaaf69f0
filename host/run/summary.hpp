// One table over all points of a sweep.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/tree.hpp"
#include "run/run.hpp"

namespace ansatz::host {

// The numbers of a step that are single ones: outputs, and the last value of each metric.
using Scalars = std::map<std::string, double>;
[[nodiscard]] Scalars scalars_of(const Tree& step);

// /summary in the layout of anndata's data frames (encoding-version 0.2.0): a row a point; columns for the
// swept parameters, the seed, the status, and the scalars of all steps ("error.accuracy"; NaN where a point
// has none).  `scalars`: of each of plan.steps.
[[nodiscard]] Tree summary_table(const Pipeline& pipeline, const RunResult& result,
                                 const std::vector<Scalars>& scalars);

// "done", "failed", ...: the worst of the point's steps.
[[nodiscard]] std::string point_status(const RunResult& result, const PlannedPoint& point);

// Columns of one length as such a data frame; the first one is the index.
[[nodiscard]] Tree data_frame(std::vector<std::pair<std::string, Array>> columns);

}  // namespace ansatz::host
