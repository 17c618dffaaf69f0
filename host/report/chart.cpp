#include "report/chart.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "report/colour.hpp"
#include "report/frame.hpp"

namespace ansatz::host {
namespace {

constexpr double plot_width = 460, plot_height = 300;
constexpr std::size_t most_in_legend = 14, longest_name = 26, most_dots = 40, most_circles = 4000;

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_{chart}, x_{chart.log_x}, y_{chart.log_y} {}

  std::string draw() {
    measure();
    if (x_.empty() || y_.empty()) return nothing_to_draw();
    x_.finish(), y_.finish();
    const std::vector<Tick> y_ticks = y_.ticks(7), x_ticks = horizontal_ticks();
    const bool legend = legend_rows() > 0;
    const double room_below = must_turn(x_ticks, plot_width) ? label_room(x_ticks) : 17;
    frame_ = {label_room(y_ticks) + (chart_.y_label.empty() ? 12 : 30), chart_.title.empty() ? 14.0 : 32.0,
              plot_width, plot_height};
    const double right = frame_.right() + (legend ? 30 + 7 * static_cast<double>(widest_name()) : 16);
    Svg svg{right,
            frame_.bottom() + room_below + (chart_.x_label.empty() ? 10 : 28) + (note().empty() ? 0 : 16)};
    draw_frame(svg, frame_, x_, x_ticks, y_, y_ticks, {chart_.title, chart_.x_label, chart_.y_label, note()},
               true);
    svg.begin_clip(frame_.left, frame_.top, frame_.width, frame_.height);
    for (std::size_t i = 0; i < chart_.series.size(); ++i) draw_band(svg, i);
    for (std::size_t i = 0; i < chart_.series.size(); ++i) draw_series(svg, i);
    svg.end_clip();
    draw_legend(svg);
    return svg.finish(chart_.title.empty() ? chart_.y_label + " against " + chart_.x_label : chart_.title);
  }

 private:
  void measure() {
    for (const Series& series : chart_.series) {
      for (std::size_t i = 0; i < series.y.size(); ++i) {
        const double x = series.x[i], y = series.y[i];
        const bool bar = series.mark == Series::Mark::bars;
        if (bar && y == 0 && chart_.log_y) continue;  // a bar of no height, wherever the axis ends
        if (!std::isfinite(x) || (chart_.log_x && x <= 0) || !y_.include(y)) {
          ++left_out_;
          continue;
        }
        x_.include(x);
        if (bar) {
          x_.include(x - chart_.bar_width / 2), x_.include(x + chart_.bar_width / 2);
          y_.include(chart_.log_y ? y / 2 : 0);
        }
        if (!series.low.empty()) y_.include(series.low[i]), y_.include(series.high[i]);
      }
    }
  }

  [[nodiscard]] std::string nothing_to_draw() const {
    Svg svg{480, 60};
    svg.text(
        12, 34,
        "nothing to draw: no finite numbers" + std::string{chart_.log_x || chart_.log_y ? " above zero" : ""},
        {.fill = "#666"});
    return svg.finish(chart_.title);
  }

  [[nodiscard]] std::vector<Tick> horizontal_ticks() const {
    if (chart_.categories.empty()) return x_.ticks(8);
    std::vector<Tick> ticks;
    for (std::size_t i = 0; i < chart_.categories.size(); ++i)
      ticks.push_back({static_cast<double>(i), shortened(chart_.categories[i], 16)});
    return ticks;
  }

  [[nodiscard]] std::string note() const {
    std::string text = chart_.note;
    if (left_out_ > 0)
      text += fmt::format("{}{} values left out that are not finite{}", text.empty() ? "" : "; ", left_out_,
                          chart_.log_x || chart_.log_y ? " or not above zero" : "");
    if (strided_ > 1) text += fmt::format("{}every {}th point shown", text.empty() ? "" : "; ", strided_);
    return text;
  }

  [[nodiscard]] Colour colour(std::size_t i) const {
    const std::size_t count = chart_.series.size();
    if (!chart_.ordered && count <= 8) return series_colour(i);
    // The lightest colours of the map cannot be seen as lines on white.
    return sequential(count < 2 ? 0.3 : 0.78 * static_cast<double>(i) / static_cast<double>(count - 1));
  }

  [[nodiscard]] Pixel pixel(double x, double y) const { return {frame_.x(x_, x), frame_.y(y_, y)}; }

  void draw_band(Svg& svg, std::size_t index) const {
    const Series& series = chart_.series[index];
    if (series.low.empty() || series.mark != Series::Mark::line) return;
    std::vector<Pixel> upper, lower;
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!x_.shows(series.x[i]) || std::isnan(series.low[i]) || std::isnan(series.high[i])) continue;
      // What lies beyond the axis (zero on a logarithmic one) is cut at it.
      const auto inside = [&](double y) { return std::clamp(y, y_.low(), y_.high()); };
      upper.push_back(pixel(series.x[i], inside(series.high[i])));
      lower.push_back(pixel(series.x[i], inside(series.low[i])));
    }
    if (upper.size() < 2) return;
    upper.insert(upper.end(), lower.rbegin(), lower.rend());
    svg.polygon(upper, {.fill = hex(colour(index)), .opacity = 0.2});
  }

  void draw_series(Svg& svg, std::size_t index) {
    const Series& series = chart_.series[index];
    switch (series.mark) {
      case Series::Mark::line: return draw_line(svg, series, hex(colour(index)));
      case Series::Mark::points: return draw_points(svg, series, hex(colour(index)));
      case Series::Mark::bars: return draw_bars(svg, series, hex(colour(index)));
    }
  }

  void draw_line(Svg& svg, const Series& series, const std::string& colour_text) const {
    const bool dots = series.dotted_ends && series.y.size() <= most_dots;
    std::vector<Pixel> stretch;
    const auto flush = [&] {
      if (stretch.size() > 1) svg.polyline(thinned(stretch), {.stroke = colour_text, .width = 1.8});
      if (stretch.size() == 1 && !dots) svg.circle(stretch[0].x, stretch[0].y, 2, {.fill = colour_text});
      stretch.clear();
    };
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!x_.shows(series.x[i]) || !y_.shows(series.y[i])) {
        flush();
        continue;
      }
      stretch.push_back(pixel(series.x[i], series.y[i]));
      if (dots) svg.circle(stretch.back().x, stretch.back().y, 2.6, {.fill = colour_text});
      if (dots && !series.low.empty() && series.y.size() == 1) {  // a band of one point is a bar
        svg.line(stretch.back().x, frame_.y(y_, series.low[i]), stretch.back().x,
                 frame_.y(y_, series.high[i]), {.stroke = colour_text, .width = 1.4});
      }
    }
    flush();
  }

  // Of each column of pixels the first, least, greatest and last point: the same picture from far fewer.
  [[nodiscard]] static std::vector<Pixel> thinned(const std::vector<Pixel>& points) {
    if (points.size() <= static_cast<std::size_t>(4 * plot_width)) return points;
    std::vector<Pixel> kept;
    for (std::size_t start = 0; start < points.size();) {
      std::size_t end = start, least = start, greatest = start;
      for (; end < points.size() && std::floor(points[end].x) == std::floor(points[start].x); ++end) {
        if (points[end].y < points[least].y) least = end;
        if (points[end].y > points[greatest].y) greatest = end;
      }
      std::vector<std::size_t> indices{start, least, greatest, end - 1};
      std::sort(indices.begin(), indices.end());
      indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
      for (const std::size_t i : indices) kept.push_back(points[i]);
      start = end;
    }
    return kept;
  }

  void draw_points(Svg& svg, const Series& series, const std::string& colour_text) const {
    const std::size_t every = stride(series.y.size());
    const double radius = series.y.size() > 1000 ? 1.4 : series.y.size() > 200 ? 2 : 2.8;
    for (std::size_t i = 0; i < series.y.size(); i += every) {
      if (!x_.shows(series.x[i]) || !y_.shows(series.y[i])) continue;
      const Pixel at = pixel(series.x[i], series.y[i]);
      svg.circle(at.x, at.y, radius, {.fill = colour_text, .opacity = 0.65});
    }
  }

  [[nodiscard]] std::size_t stride(std::size_t points) const {
    const std::size_t room = std::max<std::size_t>(50, most_circles / chart_.series.size());
    return (points + room - 1) / room;
  }

  // Side by side where several series have bars.
  void draw_bars(Svg& svg, const Series& series, const std::string& colour_text) const {
    const double count = static_cast<double>(chart_.series.size()),
                 index = static_cast<double>(&series - chart_.series.data());
    const double width = chart_.bar_width / count;
    const double floor = chart_.log_y ? y_.low() : 0;
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!std::isfinite(series.y[i]) || (chart_.log_y && series.y[i] <= 0)) continue;
      const double from = series.x[i] - chart_.bar_width / 2 + index * width;
      const double x0 = frame_.x(x_, from), x1 = frame_.x(x_, from + width);
      const double y0 = frame_.y(y_, floor), y1 = frame_.y(y_, series.y[i]);
      svg.rect(x0, std::min(y0, y1), std::max(0.5, x1 - x0 - (x1 - x0 > 4 ? 1 : 0)), std::abs(y1 - y0),
               {.fill = colour_text});
      if (!series.low.empty() && std::isfinite(series.low[i]) && std::isfinite(series.high[i]))
        svg.line((x0 + x1) / 2, frame_.y(y_, series.low[i]), (x0 + x1) / 2, frame_.y(y_, series.high[i]),
                 {.stroke = ink, .width = 1.4});
    }
  }

  [[nodiscard]] std::size_t legend_rows() const {
    return static_cast<std::size_t>(std::count_if(chart_.series.begin(), chart_.series.end(),
                                                  [](const Series& s) { return !s.name.empty(); }));
  }

  [[nodiscard]] std::size_t widest_name() const {
    std::size_t widest = 8;
    for (const Series& series : chart_.series)
      widest = std::max(widest, std::min(letters(series.name), longest_name));
    return widest;
  }

  void draw_legend(Svg& svg) const {
    double y = frame_.top + 10;
    std::size_t shown = 0;
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const Series& series = chart_.series[i];
      if (series.name.empty()) continue;
      if (++shown > most_in_legend) {
        svg.text(frame_.right() + 32, y + 4, fmt::format("and {} more", legend_rows() - most_in_legend),
                 {.size = small_text, .fill = "#666"});
        return;
      }
      const double x = frame_.right() + 10;
      const std::string paint = hex(colour(i));
      if (series.mark == Series::Mark::line) {
        svg.line(x, y, x + 18, y, {.stroke = paint, .width = 2});
      } else if (series.mark == Series::Mark::points) {
        svg.circle(x + 9, y, 3, {.fill = paint});
      } else {
        svg.rect(x + 4, y - 5, 10, 10, {.fill = paint});
      }
      svg.text(x + 23, y + 4, shortened(series.name, longest_name), {.size = small_text});
      y += 18;
    }
  }

  const Chart& chart_;
  Axis x_, y_;
  Frame frame_;
  std::size_t left_out_ = 0, strided_ = 1;
};

}  // namespace

std::string draw(const Chart& chart) { return Drawing{chart}.draw(); }

}  // namespace ansatz::host
