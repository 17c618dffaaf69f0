// Matrices as pictures: heat maps with a colour bar, rasters, and images side by side.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ansatz::host {

// Row-major numbers; those that are not finite are drawn grey.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;
};

struct HeatMap {
  std::string title, x_label, y_label, value_label, note;
  std::vector<std::string> x_names, y_names;  // of columns and rows; empty: their indices
  Matrix matrix;
  bool raster = false;  // black marks on white, as spikes are drawn, and no colour bar
};

// Small matrices have their numbers written into them; large ones are shrunk by means of blocks.  Colours go
// both ways from zero where there are numbers of both signs.
[[nodiscard]] std::string draw(const HeatMap& map);

// Each row of images has a name to its left; each image its own range of grey.
struct ImageGrid {
  struct Row {
    std::string name;
    std::vector<Matrix> images;
  };
  std::string title, note;
  std::vector<Row> rows;
};

[[nodiscard]] std::string draw(const ImageGrid& grid);

}  // namespace ansatz::host
