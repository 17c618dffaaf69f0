// The picture of one array, by the hint that its port gives.
#pragma once

#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

// SVG; empty if the array carries no hint, or has not got the shape that the hint needs.  The array may be
// the first rows of a longer one of `all_rows`.
[[nodiscard]] std::string draw_by_hint(const Array& array, const std::string& title, std::uint64_t all_rows);

// Rows that a picture needs at most, of an array of this description.
[[nodiscard]] std::uint64_t rows_for_hint(const ArrayInfo& info);

// Height and width of the images that an array consists of: of rank 3 by its shape, of rank 2 by these or by
// its attributes "height" and "width", or a square.  False if it holds no images.
[[nodiscard]] bool image_size(const ArrayInfo& info, std::int64_t& height, std::int64_t& width);

}  // namespace ansatz::host
