// Rows of numbers in someone else's memory, of one of the element types in which data come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

namespace ansatz {

template <class S>
struct RowsOf {
  const S* data;  // row-major, contiguous
  std::size_t rows, columns;
};

using Rows = std::variant<RowsOf<double>, RowsOf<float>, RowsOf<std::uint8_t>>;

[[nodiscard]] inline std::size_t row_count(const Rows& rows) {
  return std::visit([](const auto& r) { return r.rows; }, rows);
}
[[nodiscard]] inline std::size_t column_count(const Rows& rows) {
  return std::visit([](const auto& r) { return r.columns; }, rows);
}

}  // namespace ansatz
