// Text pictures of arrays for a terminal, by the hint that a port gives its output: line, scatter, histogram,
// bars, heat-map, raster, image-grid.
#pragma once

#include <cstddef>
#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

// In characters, without labels.
struct PictureSize {
  std::size_t width = 64;
  std::size_t height = 16;
};

// The picture that the array's attribute "picture" asks for, of lines that end in '\n'.  Empty if there is no
// such hint, or the array has not got the shape or the numbers for it; a table then serves.  Values that are
// not finite are left out, and counted below the picture.
[[nodiscard]] std::string picture_of(const Array& array, const PictureSize& size = {});

}  // namespace ansatz::host
