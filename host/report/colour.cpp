#include "report/colour.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace ansatz::host {
namespace {

struct Linear {
  double red, green, blue;  // in [0, 1] if the screen can show it
};

// OKLab to linear sRGB, by the matrices of the paper.
Linear from_oklab(double lightness, double a, double b) {
  const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
  return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
          -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
          -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

bool can_be_shown(const Linear& c) {
  const auto inside = [](double x) { return x >= 0 && x <= 1; };
  return inside(c.red) && inside(c.green) && inside(c.blue);
}

// The transfer curve of sRGB (IEC 61966-2-1).
std::uint8_t encoded(double linear) {
  linear = std::clamp(linear, 0.0, 1.0);
  const double value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(255 * value));
}

double decoded(std::uint8_t value) {
  const double x = value / 255.0;
  return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
}

// The most colourful colour up to `chroma` that a screen can show.
Colour oklch(double lightness, double chroma, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const auto at = [&](double c) { return from_oklab(lightness, c * std::cos(angle), c * std::sin(angle)); };
  double low = 0, high = chroma;
  if (can_be_shown(at(high))) low = high;
  for (int i = 0; i < 20 && low < high; ++i)
    (can_be_shown(at((low + high) / 2)) ? low : high) = (low + high) / 2;
  const Linear c = at(low);
  return {encoded(c.red), encoded(c.green), encoded(c.blue)};
}

}  // namespace

Colour sequential(double t) {
  t = std::clamp(t, 0.0, 1.0);
  return oklch(0.25 + 0.68 * t, 0.09 + 0.09 * t, 295 - 190 * t);
}

Colour diverging(double t) {
  const double side = std::clamp(2 * t - 1, -1.0, 1.0), far = std::abs(side);
  return oklch(0.96 - 0.5 * far, 0.17 * far, side < 0 ? 255 : 30);
}

Colour grey(double t) { return oklch(std::clamp(t, 0.0, 1.0), 0, 0); }

Colour series_colour(std::size_t index) {
  constexpr std::array<Colour, 8> palette{{{0x00, 0x72, 0xb2},
                                           {0xd5, 0x5e, 0x00},
                                           {0x00, 0x9e, 0x73},
                                           {0xcc, 0x79, 0xa7},
                                           {0xe6, 0x9f, 0x00},
                                           {0x56, 0xb4, 0xe9},
                                           {0x00, 0x00, 0x00},
                                           {0xb8, 0xa9, 0x00}}};  // its yellow, darkened to be seen on white
  return palette[index % palette.size()];
}

double lightness(Colour colour) {
  const double r = decoded(colour.red), g = decoded(colour.green), b = decoded(colour.blue);
  const double l = 0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b;
  const double m = 0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b;
  const double s = 0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b;
  return 0.2104542553 * std::cbrt(l) + 0.7936177850 * std::cbrt(m) - 0.0040720468 * std::cbrt(s);
}

std::string hex(Colour colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

}  // namespace ansatz::host
