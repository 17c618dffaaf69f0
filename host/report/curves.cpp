#include "report/curves.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

// One measured place of a curve over a sweep, before averaging.
struct Sample {
  std::string group;
  double group_number = 0;
  double x = 0, y = 0, low = 0, high = 0;
};

struct Moments {
  double mean = 0, deviation = 0;  // the latter with n - 1 in the denominator; 0 for one value
};

Moments moments(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  for (const double v : values) squares += (v - sum / n) * (v - sum / n);
  return {sum / n, values.size() < 2 ? 0 : std::sqrt(squares / (n - 1))};
}

class Curves {
 public:
  Curves(const Figure& figure, const ArchiveView& archive) : figure_{figure}, archive_{archive} {
    chart_.title = figure.title;
    chart_.log_x = figure.log_x, chart_.log_y = figure.log_y;
    chart_.x_label = figure.x_label.empty() ? figure.x : figure.x_label;
    chart_.y_label = figure.y_label.empty() && figure.y.size() == 1 ? figure.y[0] : figure.y_label;
    mark_ = figure.plot == "scatter" ? Series::Mark::points
            : figure.plot == "bars"  ? Series::Mark::bars
                                     : Series::Mark::line;
  }

  Chart make() {
    for (std::size_t i = 0; i < figure_.y.size(); ++i) {
      if (archive_.points() > 0) {
        add_sweep(i);
      } else {
        add_run(i);
      }
    }
    set_bar_width();
    return std::move(chart_);
  }

 private:
  // The x of a curve of `size` numbers in one point.
  std::vector<double> abscissae(std::size_t i, std::size_t point, std::size_t size) {
    if (figure_.x.empty()) {
      const auto steps = archive_.metric_steps(figure_.y[i], point);
      if (chart_.x_label.empty()) chart_.x_label = steps ? "step" : "index";
      if (steps && steps->count() == size) return numbers_of(*steps, figure_.y[i]);
      std::vector<double> indices(size);
      for (std::size_t j = 0; j < size; ++j) indices[j] = static_cast<double>(j);
      return indices;
    }
    const Array x = require(archive_, figure_.x, point);
    if (x.count() != size)
      throw DataError{
          fmt::format("{} has {} elements and {} has {}", figure_.x, x.count(), figure_.y[i], size)};
    std::vector<double> list;
    for (std::size_t j = 0; j < size; ++j) list.push_back(coordinate(x, j));
    return list;
  }

  // A number, or the place of a text among the categories.
  double coordinate(const Array& x, std::uint64_t index) {
    if (x.type != ElementType::text) return x.number(index);
    const std::string name = x.text(index);
    auto& names = chart_.categories;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) names.push_back(name);
    return static_cast<double>(std::find(names.begin(), names.end(), name) - names.begin());
  }

  std::vector<double> band(const std::vector<std::string>& list, std::size_t i, std::size_t point,
                           std::size_t size) {
    if (list.empty()) return {};
    std::vector<double> values = numbers_of(require(archive_, list[i], point), list[i]);
    if (values.size() != size)
      throw DataError{
          fmt::format("{} has {} elements and {} has {}", list[i], values.size(), figure_.y[i], size)};
    return values;
  }

  [[nodiscard]] std::string name_of_curve(std::size_t i) const {
    return figure_.y.size() > 1 ? figure_.y[i] : "";
  }

  Series curve(std::size_t i, std::size_t point, const Array& y) {
    Series series;
    series.mark = mark_;
    series.y = numbers_of(y, figure_.y[i]);
    series.x = abscissae(i, point, series.y.size());
    series.low = band(figure_.low, i, point, series.y.size());
    series.high = band(figure_.high, i, point, series.y.size());
    return series;
  }

  void add_run(std::size_t i) {
    Series series = curve(i, 0, require(archive_, figure_.y[i]));
    series.name = name_of_curve(i);
    if (figure_.group.empty()) {
      chart_.series.push_back(std::move(series));
      return;
    }
    // In one run, a group is an array of labels.
    const Array labels = require(archive_, figure_.group);
    if (labels.count() != series.y.size())
      throw DataError{fmt::format("{} has {} elements and {} has {}", figure_.group, labels.count(),
                                  figure_.y[i], series.y.size())};
    std::map<std::pair<double, std::string>, Series> parts;
    for (std::size_t j = 0; j < series.y.size(); ++j) {
      const double number = labels.type == ElementType::text ? 0 : labels.number(j);
      Series& part = parts[{number, element_label(labels, j)}];
      part.x.push_back(series.x[j]), part.y.push_back(series.y[j]);
      if (!series.low.empty()) part.low.push_back(series.low[j]), part.high.push_back(series.high[j]);
    }
    for (auto& [key, part] : parts) {
      part.name = series.name.empty() ? key.second : series.name + ", " + key.second;
      part.mark = mark_;
      chart_.series.push_back(std::move(part));
    }
  }

  void add_sweep(std::size_t i) {
    std::vector<Sample> samples;
    std::map<std::pair<double, std::string>, std::vector<Series>> curves;
    std::size_t missing = 0;
    for (std::size_t point = 0; point < archive_.points(); ++point) {
      const auto y = archive_.find(figure_.y[i], point);
      if (!y || (y->count() == 1 && y->type != ElementType::text && !std::isfinite(y->number(0)))) {
        ++missing;  // a failed point has no numbers
        continue;
      }
      const auto [number, group] = group_of(point);
      const bool series_of_metric = y->shape.size() == 1 && archive_.metric_steps(figure_.y[i], point);
      if (y->shape.empty() || (series_of_metric && !figure_.x.empty())) {
        samples.push_back(sample(i, point, *y, number, group));
      } else {
        curves[{number, group}].push_back(curve(i, point, *y));
      }
    }
    if (samples.empty() && curves.empty())
      throw DataError{fmt::format("no point of the sweep has {}", figure_.y[i])};
    if (missing > 0)
      chart_.note = fmt::format("{} of {} points have no {}", missing, archive_.points(), figure_.y[i]);
    add_samples(i, samples);
    for (auto& [key, list] : curves) add_curves(i, key.second, std::move(list));
  }

  std::pair<double, std::string> group_of(std::size_t point) {
    if (figure_.group.empty()) return {};
    const Array value = require(archive_, figure_.group, point);
    if (value.type != ElementType::text) chart_.ordered = true;
    // Texts in the order in which the sweep meets them.
    const std::string name = element_label(value, 0);
    auto found = std::find(groups_.begin(), groups_.end(), name);
    if (found == groups_.end()) found = groups_.insert(groups_.end(), name);
    return {value.type == ElementType::text ? static_cast<double>(found - groups_.begin()) : value.number(0),
            name};
  }

  Sample sample(std::size_t i, std::size_t point, const Array& y, double number, const std::string& group) {
    Sample s{group, number, 0, y.number(y.count() - 1), 0, 0};
    const Array x = require(archive_, figure_.x.empty() ? "point" : figure_.x, point);
    if (chart_.x_label.empty()) chart_.x_label = "point";
    s.x = coordinate(x, x.count() - 1);
    if (!figure_.low.empty()) {
      const Array low = require(archive_, figure_.low[i], point),
                  high = require(archive_, figure_.high[i], point);
      s.low = low.number(low.count() - 1), s.high = high.number(high.count() - 1);
    }
    return s;
  }

  void add_samples(std::size_t i, const std::vector<Sample>& samples) {
    std::map<std::pair<double, std::string>, std::map<double, std::vector<Sample>>> groups;
    for (const Sample& s : samples) groups[{s.group_number, s.group}][s.x].push_back(s);
    for (const auto& [key, places] : groups) {
      Series series;
      series.mark = mark_;
      series.name = curve_name(i, key.second);
      for (const auto& [x, list] : places) add_place(series, x, list);
      chart_.series.push_back(std::move(series));
    }
  }

  void add_place(Series& series, double x, const std::vector<Sample>& list) {
    if (figure_.band.empty()) {
      for (const Sample& s : list) {
        series.x.push_back(x), series.y.push_back(s.y);
        if (!figure_.low.empty()) series.low.push_back(s.low), series.high.push_back(s.high);
      }
      if (list.size() > 1 && mark_ == Series::Mark::line)
        chart_.note = "several points share an x; `band:` or `group:` tells what sets them apart";
      return;
    }
    std::vector<double> values;
    for (const Sample& s : list) values.push_back(s.y);
    const Moments m = moments(values);
    series.x.push_back(x), series.y.push_back(m.mean);
    series.low.push_back(m.mean - m.deviation), series.high.push_back(m.mean + m.deviation);
    note_band();
  }

  void note_band() { chart_.note = "mean and standard deviation of the points at each place"; }

  void add_curves(std::size_t i, const std::string& group, std::vector<Series> list) {
    const bool alike =
        std::all_of(list.begin(), list.end(), [&](const Series& s) { return s.x == list[0].x; });
    if (figure_.band.empty() || !alike) {
      for (std::size_t j = 0; j < list.size(); ++j) {
        list[j].name = j == 0 || figure_.group.empty() ? curve_name(i, group) : "";
        chart_.series.push_back(std::move(list[j]));
      }
      return;
    }
    Series average;
    average.mark = mark_;
    average.name = curve_name(i, group);
    average.x = list[0].x;
    for (std::size_t j = 0; j < average.x.size(); ++j) {
      std::vector<double> values;
      for (const Series& s : list) values.push_back(s.y[j]);
      const Moments m = moments(values);
      average.y.push_back(m.mean);
      average.low.push_back(m.mean - m.deviation), average.high.push_back(m.mean + m.deviation);
    }
    chart_.series.push_back(std::move(average));
    note_band();
  }

  [[nodiscard]] std::string curve_name(std::size_t i, const std::string& group) const {
    if (group.empty()) return name_of_curve(i);
    const auto dot = figure_.group.find('.');
    const std::string label =
        fmt::format("{} {}", dot == std::string::npos ? figure_.group : figure_.group.substr(dot + 1), group);
    return figure_.y.size() > 1 ? figure_.y[i] + ", " + label : label;
  }

  // Four fifths of the least distance between two bars.
  void set_bar_width() {
    if (mark_ != Series::Mark::bars || !chart_.categories.empty()) return;
    std::vector<double> all;
    for (const Series& s : chart_.series) all.insert(all.end(), s.x.begin(), s.x.end());
    std::sort(all.begin(), all.end());
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t j = 1; j < all.size(); ++j) {
      if (all[j] > all[j - 1]) least = std::min(least, all[j] - all[j - 1]);
    }
    if (std::isfinite(least)) chart_.bar_width = 0.8 * least;
  }

  const Figure& figure_;
  const ArchiveView& archive_;
  Chart chart_;
  Series::Mark mark_;
  std::vector<std::string> groups_;
};

}  // namespace

std::vector<double> numbers_of(const Array& array, const std::string& reference) {
  if (array.type == ElementType::text) throw DataError{fmt::format("{} is a text, not a number", reference)};
  std::vector<double> values(array.count());
  for (std::uint64_t i = 0; i < array.count(); ++i) values[i] = array.number(i);
  return values;
}

Array require(const ArchiveView& archive, const std::string& reference, std::size_t point,
              std::uint64_t most_rows) {
  auto array = archive.find(reference, point, most_rows);
  if (!array) {
    throw DataError{archive.points() == 0 ? fmt::format("the run has no {}", reference)
                                          : fmt::format("point {} has no {}", point, reference)};
  }
  if (array->count() == 0) throw DataError{fmt::format("{} is empty", reference)};
  return std::move(*array);
}

Chart curves_of(const Figure& figure, const ArchiveView& archive) { return Curves{figure, archive}.make(); }

}  // namespace ansatz::host
