// Colours that say no more than the numbers do: maps whose lightness rises evenly, and eight colours for
// lines that the colour-blind can tell apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ansatz::host {

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Colour&) const = default;
};

// From dark blue at 0 to light yellow at 1; equal steps of t look equal, since the lightness of OKLab
// (Ottosson, "A perceptual color space for image processing", 2020) is linear in t.
[[nodiscard]] Colour sequential(double t);
// Blue below 0.5, near white at it, red above: for numbers of both signs around zero.
[[nodiscard]] Colour diverging(double t);
// Black at 0, white at 1, even in lightness.
[[nodiscard]] Colour grey(double t);
// The palette of Okabe and Ito, "Color universal design", 2008; repeats after eight.
[[nodiscard]] Colour series_colour(std::size_t index);
// OKLab's lightness, from 0 (black) to 1 (white).
[[nodiscard]] double lightness(Colour colour);
[[nodiscard]] std::string hex(Colour colour);  // "#0072b2"

}  // namespace ansatz::host
