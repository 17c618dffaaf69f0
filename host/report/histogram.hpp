// How often numbers fall into bins of one width.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "report/chart.hpp"

namespace ansatz::host {

struct Counts {
  double low = 0, width = 1;  // of the first bin; of each
  std::vector<double> counts;
};

// All finite numbers, the greatest in the last bin.  No number: no bins.  One value: one bin around it.
[[nodiscard]] Counts count_in_bins(const std::vector<double>& values, double low, double high,
                                   std::size_t bins);

// One histogram for each named list, over the same bins; `chart` gives title and labels.
[[nodiscard]] std::string draw_histogram(
    const std::vector<std::pair<std::string, std::vector<double>>>& lists, std::size_t bins, Chart chart);

}  // namespace ansatz::host
