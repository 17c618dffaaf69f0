#include "report/picture.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "report/canvas.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t most_lines = 8, most_bars = 40;
constexpr std::size_t most_images = 24;
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Range {
  double low = infinity, high = -infinity;
  void add(double x) {
    if (std::isfinite(x)) low = std::min(low, x), high = std::max(high, x);
  }
  [[nodiscard]] bool empty() const { return low > high; }
  // 0 at low, 1 at high.
  [[nodiscard]] double place(double x) const {
    if (!(high > low)) return 0.5;
    const double span = high - low;
    // Halves where the whole overflows; subnormal halves would be 0.
    const double where = std::isinf(span) ? (x / 2 - low / 2) / (high / 2 - low / 2) : (x - low) / span;
    return std::clamp(where, 0.0, 1.0);
  }
};

std::string number_text(double x) { return fmt::format("{:.4g}", x); }

std::string repeat(const char* text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

// Eighths of a character, so that a bar's length shows small differences.
std::string bar(double fraction, std::size_t width) {
  constexpr const char* eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto units = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(8 * width)));
  return repeat("█", units / 8) + eighths[units % 8];
}

std::size_t scaled(double fraction, std::size_t steps) {
  return static_cast<std::size_t>(std::lround(fraction * static_cast<double>(steps - 1)));
}

std::string left_out_text(std::uint64_t count) {
  return count == 0 ? "" : fmt::format("({} values that are not finite left out)\n", count);
}

// The canvas between its axes, with the ends of both ranges.
std::string framed(const Canvas& canvas, std::size_t height, std::size_t width, const Range& x,
                   const Range& y) {
  const std::string top = number_text(y.high), bottom = number_text(y.low);
  const std::size_t margin = std::max(top.size(), bottom.size());
  std::string text;
  for (std::size_t row = 0; row < height; ++row) {
    const std::string label = row == 0 ? top : row + 1 == height ? bottom : "";
    text += fmt::format("{:>{}} │{}\n", label, margin, canvas.row(row));
  }
  const std::string left = number_text(x.low), right = number_text(x.high);
  text += fmt::format("{:>{}} └{}\n", "", margin, repeat("─", width));
  const std::size_t gap = width > left.size() + right.size() ? width - left.size() - right.size() : 1;
  return text + fmt::format("{:>{}}  {}{}{}\n", "", margin, left, std::string(gap, ' '), right);
}

// Each column against the index of the row.
std::string lines(const Array& array, const PictureSize& size) {
  const std::uint64_t n = array.shape[0], columns = array.count() / n, shown = std::min(columns, most_lines);
  Range x, y;
  x.add(0), x.add(static_cast<double>(n - 1));
  std::uint64_t left_out = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    for (std::uint64_t j = 0; j < shown; ++j) {
      y.add(array.number(i * columns + j));
      if (!std::isfinite(array.number(i * columns + j))) ++left_out;
    }
  }
  if (y.empty()) return "";
  Canvas canvas{size.width, size.height};
  for (std::uint64_t j = 0; j < shown; ++j) {
    bool pen_down = false;
    std::size_t last_x = 0, last_y = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      const double value = array.number(i * columns + j);
      if (!std::isfinite(value)) {
        pen_down = false;
        continue;
      }
      const std::size_t at_x = scaled(x.place(static_cast<double>(i)), canvas.dots_across()),
                        at_y = scaled(1 - y.place(value), canvas.dots_down());
      canvas.line(pen_down ? last_x : at_x, pen_down ? last_y : at_y, at_x, at_y);
      last_x = at_x, last_y = at_y, pen_down = true;
    }
  }
  std::string text = framed(canvas, size.height, size.width, x, y) + left_out_text(left_out);
  if (shown < columns) text += fmt::format("(the first {} of {} columns)\n", shown, columns);
  return text;
}

// The first two columns against each other.
std::string scatter(const Array& array, const PictureSize& size) {
  const std::uint64_t n = array.shape[0], columns = array.count() / n;
  if (array.shape.size() != 2 || columns < 2) return "";
  Range x, y;
  std::uint64_t left_out = 0;
  const auto finite = [&](std::uint64_t i) {
    return std::isfinite(array.number(i * columns)) && std::isfinite(array.number(i * columns + 1));
  };
  for (std::uint64_t i = 0; i < n; ++i) {
    if (finite(i)) {
      x.add(array.number(i * columns)), y.add(array.number(i * columns + 1));
    } else {
      ++left_out;
    }
  }
  if (x.empty()) return "";
  Canvas canvas{size.width, size.height};
  for (std::uint64_t i = 0; i < n; ++i) {
    if (!finite(i)) continue;
    canvas.dot(scaled(x.place(array.number(i * columns)), canvas.dots_across()),
               scaled(1 - y.place(array.number(i * columns + 1)), canvas.dots_down()));
  }
  return framed(canvas, size.height, size.width, x, y) + left_out_text(left_out);
}

std::string histogram(const Array& array, const PictureSize& size) {
  Range range;
  std::uint64_t left_out = 0;
  for (std::uint64_t i = 0; i < array.count(); ++i) {
    range.add(array.number(i));
    if (!std::isfinite(array.number(i))) ++left_out;
  }
  if (range.empty()) return "";
  const std::size_t bins = range.high > range.low ? size.height : 1;
  std::vector<std::uint64_t> counts(bins, 0);
  for (std::uint64_t i = 0; i < array.count(); ++i) {
    const double value = array.number(i);
    if (!std::isfinite(value)) continue;
    const auto bin = static_cast<std::size_t>(range.place(value) * static_cast<double>(bins));
    ++counts[std::min(bin, bins - 1)];
  }
  const auto most = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  std::string text;
  for (std::size_t b = 0; b < bins; ++b) {
    const double from = static_cast<double>(b) / static_cast<double>(bins);
    text += fmt::format("{:>10} {:>8} {}\n", number_text(range.low * (1 - from) + range.high * from),
                        counts[b], bar(static_cast<double>(counts[b]) / most, size.width));
  }
  return text + left_out_text(left_out);
}

// One bar for each element; negative ones go to the left of the common zero.
std::string bars(const Array& array, const PictureSize& size) {
  const std::uint64_t n = array.count(), shown = std::min(n, most_bars);
  Range range;
  range.add(0);
  for (std::uint64_t i = 0; i < shown; ++i) range.add(array.number(i));
  const double span = std::max(range.high, -range.low);
  const bool negative = range.low < 0;
  const std::size_t width = negative ? size.width / 2 : size.width;
  std::string text;
  for (std::uint64_t i = 0; i < shown; ++i) {
    const double value = array.number(i);
    const double fraction = std::isfinite(value) && span > 0 ? std::abs(value) / span : 0;
    const std::size_t blocks = scaled(fraction, width + 1);
    std::string drawn = value < 0 ? std::string(width - blocks, ' ') + repeat("█", blocks) + "│"
                                  : (negative ? std::string(width, ' ') + "│" : "") + bar(fraction, width);
    text += fmt::format("{:>6} {:>12} {}\n", i, number_text(value), drawn);
  }
  return shown < n ? text + fmt::format("(the first {} of {})\n", shown, n) : text;
}

// `rows` x `columns` numbers at `first`, as shades from the range's low end to its high one.
std::vector<std::string> shades(const Array& array, std::uint64_t first, std::uint64_t rows,
                                std::uint64_t columns, const PictureSize& size, const Range& range) {
  constexpr const char* levels[] = {" ", "░", "▒", "▓", "█"};
  const std::uint64_t down = std::min<std::uint64_t>(rows, size.height),
                      across = std::min<std::uint64_t>(columns, size.width / 2);
  std::vector<std::string> text;
  for (std::uint64_t r = 0; r < down; ++r) {
    std::string line;
    for (std::uint64_t c = 0; c < across; ++c) {
      // The mean of the block of elements behind one character, twice as wide as a character is.
      double sum = 0;
      std::uint64_t count = 0;
      for (std::uint64_t i = r * rows / down; i < (r + 1) * rows / down; ++i) {
        for (std::uint64_t j = c * columns / across; j < (c + 1) * columns / across; ++j) {
          const double value = array.number(first + i * columns + j);
          if (std::isfinite(value)) sum += range.place(value), ++count;
        }
      }
      const double shade = count == 0 ? 0 : sum / static_cast<double>(count);
      const char* level =
          count == 0 ? "?" : levels[std::min<std::size_t>(4, static_cast<std::size_t>(shade * 5))];
      line += level, line += level;
    }
    text.push_back(line);
  }
  return text;
}

Range range_of(const Array& array, std::uint64_t first, std::uint64_t count) {
  Range range;
  for (std::uint64_t i = first; i < first + count; ++i) range.add(array.number(i));
  return range;
}

std::string heat_map(const Array& array, const PictureSize& size) {
  if (array.shape.size() != 2) return "";
  const Range range = range_of(array, 0, array.count());
  if (range.empty()) return "";
  std::string text;
  for (const std::string& line : shades(array, 0, array.shape[0], array.shape[1], size, range))
    text += line + "\n";
  return text +
         fmt::format("from {} (blank) to {} (full)\n", number_text(range.low), number_text(range.high));
}

// Images side by side; each row of a matrix is one if the array says how high and wide it is.
std::string image_grid(const Array& array, const PictureSize& size) {
  const auto attribute = [&](const char* name) -> std::uint64_t {
    const auto found = array.attributes.find(name);
    const auto* value = found == array.attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return value == nullptr || *value <= 0 ? 0 : static_cast<std::uint64_t>(*value);
  };
  const bool stacked = array.shape.size() == 3;
  const std::uint64_t height = stacked ? array.shape[1] : attribute("height"),
                      width = stacked ? array.shape[2] : attribute("width");
  const std::uint64_t images = array.shape[0];
  if (height == 0 || width == 0 || array.count() / images / height != width ||
      array.count() % (height * width) != 0)
    return "";
  const PictureSize one{std::min<std::size_t>(2 * width, size.width / 2),
                        std::min<std::size_t>(height, size.height)};
  const std::size_t across = std::max<std::size_t>(1, size.width / (one.width + 1));
  const std::size_t shown = std::min<std::size_t>({images, most_images, 2 * across});
  std::string text;
  for (std::size_t start = 0; start < shown; start += across) {
    std::vector<std::string> lines_of_row(one.height);
    for (std::size_t i = start; i < std::min(shown, start + across); ++i) {
      const std::uint64_t first = i * height * width;
      const Range range = range_of(array, first, height * width);
      const std::vector<std::string> image = shades(array, first, height, width, one, range);
      for (std::size_t line = 0; line < image.size(); ++line) lines_of_row[line] += image[line] + "│";
    }
    for (const std::string& line : lines_of_row) text += line + "\n";
    text += "\n";
  }
  return text + fmt::format("(images 0 to {} of {})\n", shown - 1, images);
}

}  // namespace

std::string picture_of(const Array& array, const PictureSize& size) {
  const auto found = array.attributes.find("picture");
  const auto* hint = found == array.attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
  const bool drawable = array.type != ElementType::text && !array.shape.empty() && array.count() > 0 &&
                        array.data.size() >= array.bytes();
  if (hint == nullptr || !drawable) return "";
  if (*hint == "line") return lines(array, size);
  if (*hint == "scatter") return scatter(array, size);
  if (*hint == "histogram") return histogram(array, size);
  if (*hint == "bars") return bars(array, size);
  if (*hint == "heat-map" || *hint == "raster") return heat_map(array, size);
  if (*hint == "image-grid") return image_grid(array, size);
  return "";
}

}  // namespace ansatz::host
