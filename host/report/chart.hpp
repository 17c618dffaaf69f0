// Numbers against numbers: lines with bands, points, bars, on two axes with ticks, labels and a legend.
//
//   Chart chart;
//   chart.x_label = "load", chart.y_label = "overlap";
//   chart.series.push_back({"measured", {0.1, 0.2}, {0.99, 0.91}});
//   const std::string svg = draw(chart);
#pragma once

#include <string>
#include <vector>

namespace ansatz::host {

struct Series {
  enum class Mark { line, points, bars };

  std::string name;               // in the legend; "": not there
  std::vector<double> x, y;       // of one length
  std::vector<double> low, high;  // of a band around y; empty: none
  Mark mark = Mark::line;
  bool dotted_ends = true;  // of a line: a dot at each of its points, where there are few
};

struct Chart {
  std::string title, x_label, y_label;
  bool log_x = false, log_y = false;
  std::vector<std::string> categories;  // names of x = 0, 1, 2, ...; empty: x is a number
  std::vector<Series> series;
  bool ordered = false;    // the series are steps of one quantity: colours by rank, not by name
  double bar_width = 0.8;  // in units of x
  std::string note;        // below, small
};

// Values that are not finite (or not positive on a logarithmic axis) interrupt a line and are counted in the
// note.  Long lines are thinned to what a screen can show, least and greatest of each column kept.
[[nodiscard]] std::string draw(const Chart& chart);

}  // namespace ansatz::host
