// The curves that a figure asks for, from a run or from all points of a sweep.
#pragma once

#include "core/figure.hpp"
#include "report/archive_view.hpp"
#include "report/chart.hpp"

namespace ansatz::host {

// Of a line, scatter or bars.  Throws DataError with what is missing.
//
// In a run, and where y is an array, a curve is y against x (or the step of a metric, or the index).  In a
// sweep where y is a single number, a curve goes through all points: one for each value of `group`, averaged
// over `band` (mean and standard deviation).  Where y is an array in a sweep, there is a curve for each
// point, or their average over `band`.
[[nodiscard]] Chart curves_of(const Figure& figure, const ArchiveView& archive);

// Numbers of an array, row-major.  Throws DataError if it is of text.
[[nodiscard]] std::vector<double> numbers_of(const Array& array, const std::string& reference);
// The array behind a reference.  Throws DataError if the archive has none.
[[nodiscard]] Array require(const ArchiveView& archive, const std::string& reference, std::size_t point = 0,
                            std::uint64_t most_rows = ArchiveView::all);

}  // namespace ansatz::host
