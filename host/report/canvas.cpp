#include "report/canvas.hpp"

#include <algorithm>
#include <cstdlib>

namespace ansatz::host {

void Canvas::dot(std::size_t x, std::size_t y) {
  // Bits of U+2800 + bits, by row and column of the dot (Unicode, chapter "Braille Patterns").
  constexpr std::uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  if (x >= dots_across() || y >= dots_down()) return;
  dots_[(y / 4) * width_ + x / 2] |= bits[y % 4][x % 2];
}

void Canvas::line(std::size_t x0, std::size_t y0, std::size_t x1, std::size_t y1) {
  const auto dx = static_cast<std::ptrdiff_t>(x1) - static_cast<std::ptrdiff_t>(x0),
             dy = static_cast<std::ptrdiff_t>(y1) - static_cast<std::ptrdiff_t>(y0);
  const std::ptrdiff_t steps = std::max<std::ptrdiff_t>({std::abs(dx), std::abs(dy), 1});
  for (std::ptrdiff_t i = 0; i <= steps; ++i) {
    dot(static_cast<std::size_t>(static_cast<std::ptrdiff_t>(x0) + dx * i / steps),
        static_cast<std::size_t>(static_cast<std::ptrdiff_t>(y0) + dy * i / steps));
  }
}

std::string Canvas::row(std::size_t y) const {
  std::string text;
  for (std::size_t x = 0; x < width_; ++x) {
    const std::uint8_t bits = dots_[y * width_ + x];
    if (bits == 0) {
      text += ' ';
      continue;
    }
    text += '\xe2';
    text += static_cast<char>(0xa0 + (bits >> 6));
    text += static_cast<char>(0x80 + (bits & 0x3f));
  }
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace ansatz::host
