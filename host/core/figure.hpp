// One picture that a pipeline asks for under `report:`, as plain values; archived as JSON and drawn from
// there.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace ansatz::host {

// References are texts: "step.output", "step.metric", "step.parameter", and in sweeps "seed" and "point".
struct Figure {
  std::string plot;  // line, scatter, bars, histogram, heat-map, raster, image-grid, table
  std::string title, x_label, y_label;
  std::string x;                       // of line, scatter, bars; of a heat-map over a sweep
  std::vector<std::string> y;          // curves; of a heat-map at most one; arrays of a histogram
  std::vector<std::string> low, high;  // a band for each of y
  std::string value;                   // of heat-map and raster
  std::string group, band;             // of a sweep: one curve for each value; what curves are averaged over
  std::vector<std::string> rows;       // of an image-grid
  std::vector<std::string> columns;    // of a table
  std::int64_t count = 10, height = 0, width = 0;  // of an image-grid: images a row, their size
  std::int64_t bins = 30;                          // of a histogram
  bool log_x = false, log_y = false;
};

[[nodiscard]] nlohmann::ordered_json to_json(const Figure& figure);
[[nodiscard]] Figure figure_from_json(const nlohmann::ordered_json& json);

}  // namespace ansatz::host
