// Exact counts of rows by two labels.
#pragma once

#include <ansatz/labels.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ansatz::measure {

struct Counts {
  std::size_t rows = 0, columns = 0;
  std::vector<std::int64_t> cells;  // row-major
  std::vector<std::int64_t> row_sums, column_sums;

  Counts(std::size_t row_count, std::size_t column_count)
      : rows{row_count}, columns{column_count}, cells(rows * columns), row_sums(rows), column_sums(columns) {}
  void add(std::size_t row, std::size_t column) {
    ++cells[row * columns + column], ++row_sums[row], ++column_sums[column];
  }
  [[nodiscard]] std::int64_t at(std::size_t row, std::size_t column) const {
    return cells[row * columns + column];
  }
};

// More cells than this are a table nobody reads: the labels are no classes.
inline void check_table(const std::string& where, std::size_t rows, std::size_t columns) {
  constexpr std::size_t most_cells = std::size_t{1} << 24;
  if (rows > most_cells / columns) {
    throw BadArgument(where + ": a table of " + std::to_string(rows) + " x " + std::to_string(columns) +
                      " different labels is too large to count; are these real targets or row numbers?");
  }
}

inline void check_rows(const std::string& where, std::size_t rows) {
  if (rows == 0) throw BadArgument(where + ": 'truth' has no rows; at least one is needed");
}

}  // namespace ansatz::measure
