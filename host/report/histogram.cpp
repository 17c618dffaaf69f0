#include "report/histogram.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::host {

Counts count_in_bins(const std::vector<double>& values, double low, double high, std::size_t bins) {
  if (!(low <= high)) return {};
  if (low == high) bins = 1, low -= 0.5, high += 0.5;
  // Halves first, since high - low may overflow.
  const double width = 2 * ((high / 2 - low / 2) / static_cast<double>(bins));
  Counts result{low, width, std::vector<double>(bins, 0)};
  for (const double value : values) {
    if (!(value >= low && value <= high)) continue;
    const auto bin =
        static_cast<std::size_t>((value / 2 - low / 2) / (high / 2 - low / 2) * static_cast<double>(bins));
    ++result.counts[std::min(bin, bins - 1)];
  }
  return result;
}

std::string draw_histogram(const std::vector<std::pair<std::string, std::vector<double>>>& lists,
                           std::size_t bins, Chart chart) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::size_t left_out = 0;
  for (const auto& [name, values] : lists) {
    for (const double value : values) {
      if (std::isfinite(value)) {
        low = std::min(low, value), high = std::max(high, value);
      } else {
        ++left_out;
      }
    }
  }
  for (const auto& [name, values] : lists) {
    const Counts counts = count_in_bins(values, low, high, bins);
    Series series;
    series.name = name;
    series.mark = Series::Mark::bars;
    for (std::size_t i = 0; i < counts.counts.size(); ++i) {
      series.x.push_back(counts.low + (static_cast<double>(i) + 0.5) * counts.width);
      series.y.push_back(counts.counts[i]);
    }
    chart.bar_width = counts.width;
    chart.series.push_back(std::move(series));
  }
  if (left_out > 0) chart.note = fmt::format("{} values left out that are not finite", left_out);
  if (chart.y_label.empty()) chart.y_label = "count";
  return draw(chart);
}

}  // namespace ansatz::host
