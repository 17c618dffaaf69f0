// SVG text, element by element.  Coordinates are in pixels from the upper left.
//
//   Svg svg{320, 200};
//   svg.line(10, 190, 310, 190, {.stroke = "#333"});
//   svg.text(160, 20, "a title", {.anchor = "middle"});
//   svg.finish();   // "<svg ...>...</svg>"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ansatz::host {

struct Pixel {
  double x = 0, y = 0;
};

struct Style {
  std::string fill = "none", stroke = "none";
  double width = 1, opacity = 1;
};

struct TextStyle {
  std::string anchor = "start";  // start, middle, end
  double size = 12;
  std::string fill = "#222";
  bool upright = false;  // read from the bottom to the top
  bool bold = false;
};

class Svg {
 public:
  Svg(double width, double height) : width_{width}, height_{height} {}
  void line(double x0, double y0, double x1, double y1, const Style& style);
  void rect(double x, double y, double width, double height, const Style& style);
  void circle(double x, double y, double radius, const Style& style);
  void polyline(const std::vector<Pixel>& points, const Style& style);
  void polygon(const std::vector<Pixel>& points, const Style& style);
  void text(double x, double y, std::string_view text, const TextStyle& style);
  // A PNG file's bytes, each of its pixels a sharp rectangle.
  void image(double x, double y, double width, double height, const std::string& png);
  // What follows, until end_clip(), shows inside this rectangle only.
  void begin_clip(double x, double y, double width, double height);
  void end_clip();
  // The whole; `label` is read out by those who cannot see it.
  [[nodiscard]] std::string finish(std::string_view label) const;

 private:
  double width_, height_;
  std::string body_;
};

// "&", "<", ">" and quotes as entities, control characters as '?'; what is no UTF-8 as U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);
// Columns of letters, about: for margins.  Counts code points.
[[nodiscard]] std::size_t letters(std::string_view text);
// At most `most` letters, the rest as an ellipsis.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t most);

}  // namespace ansatz::host
