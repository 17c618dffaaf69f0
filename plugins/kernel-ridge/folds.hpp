// What path and tune choose by, and the rows that cross-validation leaves out.
#pragma once

#include <ansatz/session.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ansatz::kernel_ridge {

enum class Criterion { loo, cv, gcv, lml, held_out };
constexpr auto choices(Criterion) { return std::array{"loo", "cv", "gcv", "lml", "held_out"}; }

// The rows of each fold, ascending; no row is in two.
using Folds = std::vector<std::vector<std::size_t>>;

// `count` random folds of n rows from the stream "folds" for cv, the first of them for held_out, none for others.
// BadArgument if there are more folds than rows.
[[nodiscard]] Folds draw_folds(Session& session, const std::string& verb, Criterion choose, std::size_t n,
                               std::int64_t count);

}  // namespace ansatz::kernel_ridge
