#include "report/draw_figure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "report/axis.hpp"
#include "report/curves.hpp"
#include "report/hint.hpp"
#include "report/histogram.hpp"
#include "report/image.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t most_table_rows = 200;

std::string histogram(const Figure& figure, const ArchiveView& archive) {
  std::vector<std::pair<std::string, std::vector<double>>> lists;
  for (const std::string& reference : figure.y) {
    const std::string name = figure.y.size() > 1 ? reference : "";
    std::vector<double> values;
    // Of a sweep: the numbers of all points together.
    for (std::size_t point = 0; point < std::max<std::size_t>(1, archive.points()); ++point) {
      const auto array = archive.find(reference, point);
      if (!array) continue;
      const std::vector<double> more = numbers_of(*array, reference);
      values.insert(values.end(), more.begin(), more.end());
    }
    if (values.empty()) throw DataError{fmt::format("the archive has no {}", reference)};
    lists.emplace_back(name, std::move(values));
  }
  Chart chart;
  chart.title = figure.title, chart.log_x = figure.log_x, chart.log_y = figure.log_y;
  chart.x_label = figure.x_label.empty() && figure.y.size() == 1 ? figure.y[0] : figure.x_label;
  chart.y_label = figure.y_label;
  return draw_histogram(lists, static_cast<std::size_t>(figure.bins), std::move(chart));
}

// A matrix that one step brought forth.
std::string matrix_map(const Figure& figure, const ArchiveView& archive, HeatMap map) {
  const Array array = require(archive, figure.value);
  if (array.shape.size() != 2)
    throw DataError{fmt::format("{} is of rank {}, not a matrix", figure.value, array.shape.size())};
  const auto names = [&](const std::string& reference, std::uint64_t size) {
    std::vector<std::string> list;
    if (reference.empty()) return list;
    const Array labels = require(archive, reference);
    if (labels.count() != size)
      throw DataError{
          fmt::format("{} has {} elements for the {} of {}", reference, labels.count(), size, figure.value)};
    for (std::uint64_t i = 0; i < size; ++i) list.push_back(element_label(labels, i));
    return list;
  };
  map.matrix = {array.shape[0], array.shape[1], numbers_of(array, figure.value)};
  map.x_names = names(figure.x, array.shape[1]);
  map.y_names = names(figure.y.empty() ? "" : figure.y[0], array.shape[0]);
  return draw(map);
}

// A number over two swept parameters; the mean where several points share both.
std::string sweep_map(const Figure& figure, const ArchiveView& archive, HeatMap map) {
  struct Cell {
    std::string x, y;
    double value;
  };
  struct Names {
    std::vector<std::pair<double, std::string>> list;
    void add(const Array& a) {
      const std::pair<double, std::string> entry{
          a.type == ElementType::text ? static_cast<double>(list.size()) : a.number(0), element_label(a, 0)};
      const auto same = [&](const auto& e) { return e.second == entry.second; };
      if (std::none_of(list.begin(), list.end(), same)) list.push_back(entry);
    }
    std::size_t place(const std::string& name) const {
      return static_cast<std::size_t>(
          std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.second == name; }) -
          list.begin());
    }
  };
  Names columns, rows;
  std::vector<Cell> cells;
  for (std::size_t point = 0; point < archive.points(); ++point) {
    const Array x = require(archive, figure.x, point), y = require(archive, figure.y.at(0), point);
    columns.add(x), rows.add(y);
    const auto value = archive.find(figure.value, point);
    if (value && value->count() > 0)
      cells.push_back({element_label(x, 0), element_label(y, 0), value->number(value->count() - 1)});
  }
  std::sort(columns.list.begin(), columns.list.end());
  std::sort(rows.list.begin(), rows.list.end());
  std::reverse(rows.list.begin(), rows.list.end());  // rising upwards, as on an axis
  map.matrix = {rows.list.size(), columns.list.size(), {}};
  std::vector<double> sums(map.matrix.rows * map.matrix.columns), counts(sums.size());
  for (const Cell& cell : cells) {
    if (!std::isfinite(cell.value)) continue;
    const std::size_t at = rows.place(cell.y) * map.matrix.columns + columns.place(cell.x);
    sums[at] += cell.value, counts[at] += 1;
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    map.matrix.values.push_back(counts[i] == 0 ? std::nan("") : sums[i] / counts[i]);
  for (const auto& [number, name] : columns.list) map.x_names.push_back(name);
  for (const auto& [number, name] : rows.list) map.y_names.push_back(name);
  map.x_label = figure.x_label.empty() ? figure.x : figure.x_label;
  map.y_label = figure.y_label.empty() ? figure.y[0] : figure.y_label;
  if (std::any_of(counts.begin(), counts.end(), [](double n) { return n > 1; }))
    map.note = "means where several points fall into one cell";
  return draw(map);
}

std::string heat_map(const Figure& figure, const ArchiveView& archive) {
  HeatMap map;
  map.title = figure.title, map.x_label = figure.x_label, map.y_label = figure.y_label;
  map.value_label = figure.value;
  map.raster = figure.plot == "raster";
  const bool over_points = archive.points() > 0 && !figure.x.empty() && !figure.y.empty();
  return over_points ? sweep_map(figure, archive, std::move(map))
                     : matrix_map(figure, archive, std::move(map));
}

std::string image_grid(const Figure& figure, const ArchiveView& archive) {
  ImageGrid grid;
  grid.title = figure.title;
  for (const std::string& reference : figure.rows) {
    const Array array = require(archive, reference, 0, static_cast<std::uint64_t>(figure.count));
    std::int64_t height = figure.height, width = figure.width;
    if (!image_size(array, height, width)) {
      throw DataError{fmt::format("{} holds no images of {} x {}; say height: and width:", reference,
                                  figure.height, figure.width)};
    }
    ImageGrid::Row row{reference, {}};
    const auto size = static_cast<std::uint64_t>(height * width);
    for (std::uint64_t i = 0; i < array.shape[0]; ++i) {
      Matrix image{static_cast<std::size_t>(height), static_cast<std::size_t>(width), {}};
      for (std::uint64_t j = 0; j < size; ++j) image.values.push_back(array.number(i * size + j));
      row.images.push_back(std::move(image));
    }
    grid.rows.push_back(std::move(row));
  }
  return draw(grid);
}

}  // namespace

std::string draw_figure(const Figure& figure, const ArchiveView& archive) {
  if (figure.plot == "histogram") return histogram(figure, archive);
  if (figure.plot == "heat-map" || figure.plot == "raster") return heat_map(figure, archive);
  if (figure.plot == "image-grid") return image_grid(figure, archive);
  return draw(curves_of(figure, archive));
}

Table table_of(const Figure& figure, const ArchiveView& archive) {
  Table table;
  table.head = figure.columns;
  if (archive.points() > 0) {
    for (std::size_t point = 0; point < std::min<std::size_t>(archive.points(), most_table_rows); ++point) {
      std::vector<std::string>& row = table.rows.emplace_back();
      for (const std::string& column : figure.columns) {
        const auto value = archive.find(column, point);
        row.push_back(value && value->count() > 0 ? element_label(*value, value->count() - 1) : "");
      }
    }
    if (archive.points() > most_table_rows)
      table.note = fmt::format("the first {} of {} points", most_table_rows, archive.points());
    return table;
  }
  std::vector<Array> arrays;
  std::uint64_t rows = 1;
  for (const std::string& column : figure.columns) {
    arrays.push_back(require(archive, column));
    if (arrays.back().shape.size() > 1)
      throw DataError{
          fmt::format("{} is of rank {}; a column is of rank 1", column, arrays.back().shape.size())};
    rows = std::max(rows, arrays.back().count());
  }
  for (std::uint64_t i = 0; i < std::min(rows, most_table_rows); ++i) {
    std::vector<std::string>& row = table.rows.emplace_back();
    for (const Array& array : arrays) {
      const bool single = array.shape.empty();
      row.push_back(i < array.count() ? element_label(array, i) : single ? element_label(array, 0) : "");
    }
  }
  if (rows > most_table_rows) table.note = fmt::format("the first {} of {} rows", most_table_rows, rows);
  return table;
}

}  // namespace ansatz::host
