// The training rows, kept as they came: a model of byte images stays as small as the images.
#pragma once

#include <ansatz/num/rows.hpp>
#include <ansatz/state.hpp>

#include <variant>
#include <vector>

#include <ansatz/session.hpp>

namespace ansatz::kernel_ridge {

struct Points {
  std::variant<Matrix<double>, Matrix<float>, Matrix<std::uint8_t>> values;

  // Rows `chosen` of an input port of rank 2 or more, later dimensions taken together.
  static Points from(Session& session, const char* port, const std::vector<std::uint64_t>& chosen);
  [[nodiscard]] Points subset(const std::vector<std::uint64_t>& chosen) const;

  // Valid as long as the points are unchanged.
  [[nodiscard]] Rows rows() const;
  [[nodiscard]] std::size_t size() const { return row_count(rows()); }
  [[nodiscard]] std::size_t columns() const { return column_count(rows()); }

  void state(Archive& archive);
};

// Rows [first, first + count) of a port, read into `buffer`.
[[nodiscard]] Rows read_block(Session& session, const char* port, std::uint64_t first, std::uint64_t count,
                              Points& buffer);

}  // namespace ansatz::kernel_ridge
