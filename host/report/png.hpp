// PNG files of small images (W3C, "Portable Network Graphics", third edition), for pictures inside SVG.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/colour.hpp"

namespace ansatz::host {

struct Pixels {
  std::size_t width = 0, height = 0;
  std::vector<Colour> colours;  // row by row from the upper left

  Pixels(std::size_t columns, std::size_t rows, Colour fill = {255, 255, 255})
      : width{columns}, height{rows}, colours(columns * rows, fill) {}
  Colour& at(std::size_t x, std::size_t y) { return colours[y * width + x]; }
  [[nodiscard]] Colour at(std::size_t x, std::size_t y) const { return colours[y * width + x]; }
};

// Each pixel as a square of `times` x `times`, for viewers that blur what they enlarge.
[[nodiscard]] Pixels enlarged(const Pixels& pixels, std::size_t times);
// A file's bytes.  One byte a pixel where all are grey.
[[nodiscard]] std::string png(const Pixels& pixels);
[[nodiscard]] std::string base64(const std::string& bytes);

}  // namespace ansatz::host
