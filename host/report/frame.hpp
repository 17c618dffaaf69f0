// What charts and images share: the rectangle between the axes, with ticks, labels and a title around it.
#pragma once

#include <string>
#include <vector>

#include "report/axis.hpp"
#include "report/svg.hpp"

namespace ansatz::host {

struct Frame {
  double left = 0, top = 0, width = 0, height = 0;  // the rectangle
  [[nodiscard]] double right() const { return left + width; }
  [[nodiscard]] double bottom() const { return top + height; }
  [[nodiscard]] double x(const Axis& axis, double value) const { return left + width * axis.place(value); }
  [[nodiscard]] double y(const Axis& axis, double value) const {
    return bottom() - height * axis.place(value);
  }
};

struct FrameText {
  std::string title, x_label, y_label, note;
};

// Room that the labels of the vertical axis take.
[[nodiscard]] double label_room(const std::vector<Tick>& ticks);

// Axes, ticks, labels, title and note; grid lines if `grid`.
void draw_frame(Svg& svg, const Frame& frame, const Axis& x, const std::vector<Tick>& x_ticks, const Axis& y,
                const std::vector<Tick>& y_ticks, const FrameText& text, bool grid);

// Labels of the horizontal axis are turned if they would touch each other.
[[nodiscard]] bool must_turn(const std::vector<Tick>& ticks, double width);

inline constexpr const char* ink = "#222";
inline constexpr const char* faint = "#e4e4e4";
inline constexpr double small_text = 11;

}  // namespace ansatz::host
