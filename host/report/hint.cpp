#include "report/hint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "report/chart.hpp"
#include "report/histogram.hpp"
#include "report/image.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t most_lines = 8, most_images = 20, images_a_row = 10, most_matrix_rows = 20000;

std::string hint_of(const ArrayInfo& info) {
  const auto found = info.attributes.find("picture");
  const auto* hint = found == info.attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
  return hint == nullptr ? "" : *hint;
}

std::string dim(const Array& array, std::size_t i, const char* otherwise) {
  return i < array.dims.size() ? array.dims[i] : otherwise;
}

std::string lines(const Array& array, Chart chart) {
  const std::uint64_t n = array.shape[0], columns = array.count() / n, shown = std::min(columns, most_lines);
  for (std::uint64_t j = 0; j < shown; ++j) {
    Series series{columns > 1 ? fmt::format("{} {}", dim(array, 1, "column"), j) : "", {}, {}, {}, {}};
    for (std::uint64_t i = 0; i < n; ++i) {
      series.x.push_back(static_cast<double>(i));
      series.y.push_back(array.number(i * columns + j));
    }
    chart.series.push_back(std::move(series));
  }
  if (shown < columns) chart.note = fmt::format("the first {} of {} columns", shown, columns);
  chart.x_label = dim(array, 0, "index");
  return draw(chart);
}

std::string scatter(const Array& array, Chart chart) {
  const std::uint64_t n = array.shape[0], columns = array.count() / n;
  if (array.shape.size() != 2 || columns < 2) return "";
  Series series;
  series.mark = Series::Mark::points;
  for (std::uint64_t i = 0; i < n; ++i) {
    series.x.push_back(array.number(i * columns));
    series.y.push_back(array.number(i * columns + 1));
  }
  chart.series.push_back(std::move(series));
  chart.x_label = fmt::format("{} 0", dim(array, 1, "column")),
  chart.y_label = fmt::format("{} 1", dim(array, 1, "column"));
  return draw(chart);
}

std::string bars(const Array& array, Chart chart) {
  Series series;
  series.mark = Series::Mark::bars;
  for (std::uint64_t i = 0; i < array.count(); ++i) {
    series.x.push_back(static_cast<double>(i));
    series.y.push_back(array.number(i));
  }
  chart.series.push_back(std::move(series));
  chart.x_label = dim(array, 0, "index");
  return draw(chart);
}

std::string heat_map(const Array& array, const std::string& title, bool raster, const std::string& note) {
  if (array.shape.size() != 2) return "";
  HeatMap map;
  map.title = title, map.note = note, map.raster = raster;
  map.x_label = dim(array, 1, "column"), map.y_label = dim(array, 0, "row");
  if (map.x_label == map.y_label) map.x_label.clear(), map.y_label.clear();
  map.matrix = {array.shape[0], array.shape[1], {}};
  for (std::uint64_t i = 0; i < array.count(); ++i) map.matrix.values.push_back(array.number(i));
  return draw(map);
}

std::string images(const Array& array, const std::string& title, std::uint64_t all_rows) {
  std::int64_t height = 0, width = 0;
  if (!image_size(array, height, width)) return "";
  ImageGrid grid;
  grid.title = title;
  const std::uint64_t shown = std::min(array.shape[0], most_images),
                      size = static_cast<std::uint64_t>(height * width);
  for (std::uint64_t i = 0; i < shown; ++i) {
    if (i % images_a_row == 0) grid.rows.emplace_back();
    Matrix image{static_cast<std::size_t>(height), static_cast<std::size_t>(width), {}};
    for (std::uint64_t j = 0; j < size; ++j) image.values.push_back(array.number(i * size + j));
    grid.rows.back().images.push_back(std::move(image));
  }
  if (shown < all_rows) grid.note = fmt::format("images 0 to {} of {}", shown - 1, all_rows);
  return draw(grid);
}

}  // namespace

bool image_size(const ArrayInfo& info, std::int64_t& height, std::int64_t& width) {
  const auto attribute = [&](const char* name) -> std::int64_t {
    const auto found = info.attributes.find(name);
    const auto* value = found == info.attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return value == nullptr ? 0 : *value;
  };
  if (info.type == ElementType::text || info.shape.size() < 2 || info.count() == 0) return false;
  if (info.shape.size() == 3) {
    height = static_cast<std::int64_t>(info.shape[1]), width = static_cast<std::int64_t>(info.shape[2]);
    return true;
  }
  const auto pixels = static_cast<std::int64_t>(info.count() / info.shape[0]);
  if (height == 0 && width == 0) height = attribute("height"), width = attribute("width");
  if (height == 0 && width == 0) height = width = std::lround(std::sqrt(static_cast<double>(pixels)));
  if (height > 0 && width == 0) width = pixels / height;
  if (width > 0 && height == 0) height = pixels / width;
  return height > 0 && width > 0 && height <= pixels && width == pixels / height && height * width == pixels;
}

std::uint64_t rows_for_hint(const ArrayInfo& info) {
  const std::string hint = hint_of(info);
  if (hint == "image-grid") return most_images;
  return hint == "heat-map" || hint == "raster" ? most_matrix_rows
                                                : std::numeric_limits<std::uint64_t>::max();
}

std::string draw_by_hint(const Array& array, const std::string& title, std::uint64_t all_rows) {
  const std::string hint = hint_of(array);
  if (hint.empty() || array.type == ElementType::text || array.shape.empty() || array.count() == 0) return "";
  Chart chart;
  chart.title = title;
  const std::string note =
      array.shape[0] < all_rows ? fmt::format("the first {} of {} rows", array.shape[0], all_rows) : "";
  if (hint == "line") return lines(array, chart);
  if (hint == "scatter") return scatter(array, chart);
  if (hint == "bars") return bars(array, chart);
  if (hint == "heat-map" || hint == "raster") return heat_map(array, title, hint == "raster", note);
  if (hint == "image-grid") return images(array, title, all_rows);
  if (hint != "histogram") return "";
  std::vector<double> values;
  for (std::uint64_t i = 0; i < array.count(); ++i) values.push_back(array.number(i));
  return draw_histogram({{"", values}}, 30, std::move(chart));
}

}  // namespace ansatz::host
