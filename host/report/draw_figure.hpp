// A figure of a pipeline's `report:`, drawn from an archive.
#pragma once

#include <string>
#include <vector>

#include "core/figure.hpp"
#include "report/archive_view.hpp"

namespace ansatz::host {

struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::string note;
};

// SVG, of any plot but "table".  Throws DataError with what the archive has not got.
[[nodiscard]] std::string draw_figure(const Figure& figure, const ArchiveView& archive);
// Of "table": a row for each point of a sweep, or for each index of the columns.
[[nodiscard]] Table table_of(const Figure& figure, const ArchiveView& archive);

}  // namespace ansatz::host
