#include "report/frame.hpp"

#include <algorithm>

namespace ansatz::host {
namespace {

constexpr double letter = 0.56;  // width of a letter in units of its size, on average

}  // namespace

double label_room(const std::vector<Tick>& ticks) {
  std::size_t widest = 1;
  for (const Tick& tick : ticks) widest = std::max(widest, letters(tick.text));
  return 10 + letter * small_text * static_cast<double>(widest);
}

bool must_turn(const std::vector<Tick>& ticks, double width) {
  double room = 0;
  for (const Tick& tick : ticks) room += letter * small_text * static_cast<double>(letters(tick.text)) + 8;
  return room > width;
}

void draw_frame(Svg& svg, const Frame& frame, const Axis& x, const std::vector<Tick>& x_ticks, const Axis& y,
                const std::vector<Tick>& y_ticks, const FrameText& text, bool grid) {
  const bool turned = must_turn(x_ticks, frame.width);
  for (const Tick& tick : x_ticks) {
    const double at = frame.x(x, tick.value);
    if (grid) svg.line(at, frame.top, at, frame.bottom(), {.stroke = faint});
    svg.line(at, frame.bottom(), at, frame.bottom() + 4, {.stroke = ink});
    svg.text(at + (turned ? 4 : 0), frame.bottom() + (turned ? 8 : 17), tick.text,
             {.anchor = turned ? "end" : "middle", .size = small_text, .upright = turned});
  }
  for (const Tick& tick : y_ticks) {
    const double at = frame.y(y, tick.value);
    if (grid) svg.line(frame.left, at, frame.right(), at, {.stroke = faint});
    svg.line(frame.left - 4, at, frame.left, at, {.stroke = ink});
    svg.text(frame.left - 7, at + 4, tick.text, {.anchor = "end", .size = small_text});
  }
  svg.rect(frame.left, frame.top, frame.width, frame.height, {.stroke = ink});
  double below = frame.bottom() + 17;
  if (turned) below = frame.bottom() + label_room(x_ticks);
  const double middle = frame.left + frame.width / 2;
  if (!text.x_label.empty()) svg.text(middle, below += 18, text.x_label, {.anchor = "middle"});
  if (!text.y_label.empty()) {
    svg.text(frame.left - label_room(y_ticks) - 8, frame.top + frame.height / 2, text.y_label,
             {.anchor = "middle", .upright = true});
  }
  if (!text.title.empty()) svg.text(frame.left, frame.top - 10, text.title, {.size = 13, .bold = true});
  if (!text.note.empty()) svg.text(frame.left, below + 16, text.note, {.size = 10, .fill = "#666"});
}

}  // namespace ansatz::host
