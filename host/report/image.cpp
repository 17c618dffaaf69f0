#include "report/image.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "report/colour.hpp"
#include "report/frame.hpp"
#include "report/png.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t most_pixels = 900;  // in each direction
constexpr std::size_t most_written = 16;  // rows and columns up to which numbers are written
constexpr Colour missing{200, 200, 200};
constexpr double across = 420, down = 320;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double x) {
    if (std::isfinite(x)) low = std::min(low, x), high = std::max(high, x);
  }
  [[nodiscard]] bool empty() const { return low > high; }
  [[nodiscard]] double place(double x) const {
    return high > low ? (x / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
  }
};

Range range_of(const Matrix& matrix) {
  Range range;
  for (const double x : matrix.values) range.add(x);
  return range;
}

// Means of blocks, so that no more than `most_pixels` are left in each direction.
Matrix shrunk(const Matrix& m) {
  const std::size_t rows = std::min(m.rows, most_pixels), columns = std::min(m.columns, most_pixels);
  if (rows == m.rows && columns == m.columns) return m;
  Matrix small{rows, columns, std::vector<double>(rows * columns)};
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      double sum = 0;
      std::size_t count = 0;
      for (std::size_t i = r * m.rows / rows; i < (r + 1) * m.rows / rows; ++i) {
        for (std::size_t j = c * m.columns / columns; j < (c + 1) * m.columns / columns; ++j) {
          const double value = m.values[i * m.columns + j];
          if (std::isfinite(value)) sum += value, ++count;
        }
      }
      small.values[r * columns + c] = count == 0 ? std::nan("") : sum / static_cast<double>(count);
    }
  }
  return small;
}

template <class Paint>
Pixels painted(const Matrix& matrix, const Paint& paint) {
  Pixels pixels{matrix.columns, matrix.rows};
  for (std::size_t i = 0; i < matrix.values.size(); ++i)
    pixels.colours[i] = std::isfinite(matrix.values[i]) ? paint(matrix.values[i]) : missing;
  return pixels;
}

// A file of about twice as many pixels as it takes on the page.
std::string sharp_png(const Pixels& pixels, double shown_width, double shown_height) {
  const double wanted = std::max(2 * shown_width / static_cast<double>(pixels.width),
                                 2 * shown_height / static_cast<double>(pixels.height));
  return png(enlarged(pixels, static_cast<std::size_t>(std::clamp(std::ceil(wanted), 1.0, 64.0))));
}

class HeatMapDrawing {
 public:
  explicit HeatMapDrawing(const HeatMap& map)
      : map_{map}, shown_{shrunk(map.matrix)}, range_{range_of(map.matrix)} {
    signed_ = !map.raster && range_.low < 0 && range_.high > 0;
    if (signed_) range_.high = std::max(range_.high, -range_.low), range_.low = -range_.high;
    if (map.raster) range_.low = std::min(0.0, range_.low);
  }

  std::string draw() {
    if (range_.empty()) return nothing();
    const auto rows = static_cast<double>(map_.matrix.rows),
               columns = static_cast<double>(map_.matrix.columns);
    Axis x, y;
    x.fix(-0.5, columns - 0.5);
    y.fix(rows - 0.5, -0.5);  // the first row is the uppermost
    const std::vector<Tick> x_ticks = ticks(map_.x_names, map_.matrix.columns, 10),
                            y_ticks = ticks(map_.y_names, map_.matrix.rows, 12);
    place_frame(rows, columns, y_ticks);
    const double below = must_turn(x_ticks, frame_.width) ? label_room(x_ticks) : 17;
    const double bar_room =
        map_.raster ? 16 : 50 + label_room(bar_axis().ticks(6)) + (map_.value_label.empty() ? 0 : 16);
    Svg svg{std::max(frame_.right() + bar_room,
                     frame_.left + 7.2 * static_cast<double>(letters(map_.title)) + 12),
            frame_.bottom() + below + (map_.x_label.empty() ? 10 : 28) + (map_.note.empty() ? 0 : 16)};
    svg.image(frame_.left, frame_.top, frame_.width, frame_.height,
              sharp_png(painted(shown_, [&](double v) { return colour(v); }), frame_.width, frame_.height));
    draw_frame(svg, frame_, x, x_ticks, y, y_ticks, {map_.title, map_.x_label, map_.y_label, map_.note},
               false);
    if (!map_.raster && map_.matrix.rows <= most_written && map_.matrix.columns <= most_written)
      write_numbers(svg);
    if (!map_.raster) draw_bar(svg);
    return svg.finish(map_.title);
  }

 private:
  [[nodiscard]] std::string nothing() const {
    Svg svg{480, 60};
    svg.text(12, 34, "nothing to draw: no finite numbers", {.fill = "#666"});
    return svg.finish(map_.title);
  }

  // Squares where that fits, for matrices that are not much longer than wide.
  void place_frame(double rows, double columns, const std::vector<Tick>& y_ticks) {
    double width = across, height = down;
    const double aspect = columns / rows;
    if (!map_.raster && aspect > 0.25 && aspect < 4) {
      const double side = std::min(across / columns, down / rows);
      width = side * columns, height = side * rows;
    } else if (map_.raster) {
      width = 560, height = std::clamp(6 * rows, 80.0, down);
    }
    frame_ = {label_room(y_ticks) + (map_.y_label.empty() ? 12 : 30), map_.title.empty() ? 12.0 : 32.0, width,
              height};
  }

  [[nodiscard]] static std::vector<Tick> ticks(const std::vector<std::string>& names, std::size_t count,
                                               int most) {
    std::vector<Tick> list;
    if (!names.empty() && names.size() <= 40) {
      for (std::size_t i = 0; i < names.size(); ++i)
        list.push_back({static_cast<double>(i), shortened(names[i], 14)});
      return list;
    }
    Axis axis;
    axis.fix(0, static_cast<double>(count - 1));
    for (const Tick& tick : axis.ticks(most)) {
      if (tick.value == std::floor(tick.value)) list.push_back(tick);
    }
    return list;
  }

  [[nodiscard]] Colour colour(double value) const {
    const double t = range_.place(value);
    if (map_.raster) return grey(1 - t);
    return signed_ ? diverging(t) : sequential(t);
  }

  void write_numbers(Svg& svg) const {
    const Matrix& m = map_.matrix;
    std::size_t widest = 1;
    for (const double v : m.values) widest = std::max(widest, letters(cell_text(v)));
    const double cell_width = frame_.width / static_cast<double>(m.columns),
                 cell_height = frame_.height / static_cast<double>(m.rows);
    const double size =
        std::min({13.0, 0.6 * cell_height, cell_width / (0.6 * static_cast<double>(widest) + 0.6)});
    if (size < 6) return;
    for (std::size_t r = 0; r < m.rows; ++r) {
      for (std::size_t c = 0; c < m.columns; ++c) {
        const double v = m.values[r * m.columns + c];
        if (!std::isfinite(v)) continue;
        svg.text(frame_.left + (static_cast<double>(c) + 0.5) * cell_width,
                 frame_.top + (static_cast<double>(r) + 0.5) * cell_height + 0.35 * size, cell_text(v),
                 {.anchor = "middle", .size = size, .fill = lightness(colour(v)) > 0.62 ? "#111" : "#fff"});
      }
    }
  }

  [[nodiscard]] static std::string cell_text(double v) {
    return v == std::floor(v) ? number_label(v) : number_label(std::stod(fmt::format("{:.3g}", v)));
  }

  [[nodiscard]] Axis bar_axis() const {
    Axis axis;
    if (range_.high > range_.low) {
      axis.fix(range_.low, range_.high);
    } else {
      axis.include(range_.low), axis.finish();
    }
    return axis;
  }

  void draw_bar(Svg& svg) const {
    Pixels bar{1, 128};
    for (std::size_t i = 0; i < bar.height; ++i) {
      const double t = 1 - static_cast<double>(i) / static_cast<double>(bar.height - 1);
      bar.at(0, i) = signed_ ? diverging(t) : sequential(t);
    }
    const double x = frame_.right() + 14, width = 12;
    svg.image(x, frame_.top, width, frame_.height, png(bar));
    svg.rect(x, frame_.top, width, frame_.height, {.stroke = ink});
    const Axis axis = bar_axis();
    const std::vector<Tick> list = axis.ticks(6);
    for (const Tick& tick : list) {
      const double y = frame_.y(axis, tick.value);
      svg.line(x + width, y, x + width + 4, y, {.stroke = ink});
      svg.text(x + width + 7, y + 4, tick.text, {.size = small_text});
    }
    if (!map_.value_label.empty())
      svg.text(x + width + label_room(list) + 16, frame_.top + frame_.height / 2, map_.value_label,
               {.anchor = "middle", .upright = true});
  }

  const HeatMap& map_;
  Matrix shown_;
  Range range_;
  bool signed_ = false;
  Frame frame_;
};

}  // namespace

std::string draw(const HeatMap& map) { return HeatMapDrawing{map}.draw(); }

std::string draw(const ImageGrid& grid) {
  std::size_t most = 1, longest = 0, height = 1, width = 1;
  for (const ImageGrid::Row& row : grid.rows) {
    most = std::max(most, row.images.size());
    longest = std::max(longest, letters(row.name));
    for (const Matrix& image : row.images)
      height = std::max(height, image.rows), width = std::max(width, image.columns);
  }
  // Whole multiples of the pixels, about 56 wide.
  const double larger = static_cast<double>(std::max(height, width));
  const double scale = larger < 56 ? std::floor(56 / larger) : std::min(1.0, 160 / larger);
  const double cell_width = scale * static_cast<double>(width),
               cell_height = scale * static_cast<double>(height);
  constexpr double gap = 4;
  const double left = longest == 0 ? 12 : 20 + 6.4 * static_cast<double>(std::min<std::size_t>(longest, 24));
  const double top = grid.title.empty() ? 8 : 30;
  const double bottom = top + static_cast<double>(grid.rows.size()) * (cell_height + gap);
  const double title_room = 7.2 * static_cast<double>(letters(grid.title)) + 24;
  Svg svg{std::max(left + static_cast<double>(most) * (cell_width + gap) + 8, title_room),
          bottom + (grid.note.empty() ? 6 : 22)};
  if (!grid.title.empty()) svg.text(12, 18, grid.title, {.size = 13, .bold = true});
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    const double y = top + static_cast<double>(r) * (cell_height + gap);
    const ImageGrid::Row& row = grid.rows[r];
    if (!row.name.empty())
      svg.text(left - 8, y + cell_height / 2 + 4, shortened(row.name, 24),
               {.anchor = "end", .size = small_text});
    for (std::size_t i = 0; i < row.images.size(); ++i) {
      const Matrix& image = row.images[i];
      const Range range = range_of(image);
      const double shown_width = scale * static_cast<double>(image.columns),
                   shown_height = scale * static_cast<double>(image.rows);
      const Pixels pixels = painted(shrunk(image), [&](double v) { return grey(range.place(v)); });
      svg.image(left + static_cast<double>(i) * (cell_width + gap), y, shown_width, shown_height,
                sharp_png(pixels, shown_width, shown_height));
    }
  }
  if (!grid.note.empty()) svg.text(left, bottom + 12, grid.note, {.size = 10, .fill = "#666"});
  return svg.finish(grid.title);
}

}  // namespace ansatz::host
