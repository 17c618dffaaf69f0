// Dots on a terminal: each character holds 2 x 4 of them (the Unicode braille patterns).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ansatz::host {

class Canvas {
 public:
  Canvas(std::size_t width, std::size_t height)  // in characters
      : width_{width}, height_{height}, dots_(width * height, 0) {}

  [[nodiscard]] std::size_t dots_across() const { return 2 * width_; }
  [[nodiscard]] std::size_t dots_down() const { return 4 * height_; }
  void dot(std::size_t x, std::size_t y);  // y from the top
  void line(std::size_t x0, std::size_t y0, std::size_t x1, std::size_t y1);
  [[nodiscard]] std::string row(std::size_t y) const;  // UTF-8

 private:
  std::size_t width_, height_;
  std::vector<std::uint8_t> dots_;
};

}  // namespace ansatz::host
