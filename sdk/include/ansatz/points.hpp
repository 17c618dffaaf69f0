// Rows of a data set, kept as they came: a model of byte images stays as small as the images.
//
//   points_ = Points::from(session, "x", chosen);        // rows `chosen` of an input port
//   KernelPoints<double> packed{kernel, points_.rows()};
//   void state(Archive& a) { a("points", points_); }
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <variant>
#include <vector>

#include "ansatz/num/rows.hpp"
#include "ansatz/session.hpp"
#include "ansatz/state.hpp"

namespace ansatz {

struct Points {
  std::variant<Matrix<double>, Matrix<float>, Matrix<std::uint8_t>> values;

  // Rows `chosen` of an input port of rank 2 or more, later dimensions taken together.
  static Points from(Session& session, const char* port, const std::vector<std::uint64_t>& chosen);
  // All rows.
  static Points from(Session& session, const char* port);
  // Rows [first, first + count) of a port, read alone; memory is used again from call to call.
  void read(Session& session, const char* port, std::uint64_t first, std::uint64_t count);
  [[nodiscard]] Points subset(const std::vector<std::uint64_t>& chosen) const;

  // Valid as long as the points are unchanged.
  [[nodiscard]] Rows rows() const;
  [[nodiscard]] std::size_t size() const { return row_count(rows()); }
  [[nodiscard]] std::size_t columns() const { return column_count(rows()); }

  void state(Archive& archive);
};

// Columns of a port of rank 2 or more, later dimensions taken together.
[[nodiscard]] inline std::size_t flat_columns(Session& session, const char* port) {
  const Shape shape = session.shape(port);
  return std::accumulate(shape.begin() + 1, shape.end(), std::size_t{1}, std::multiplies<>{});
}

namespace detail {

template <class S, class Source>
Matrix<S> select_rows(const Source& source, const std::vector<std::uint64_t>& chosen) {
  Matrix<S> result(static_cast<Eigen::Index>(chosen.size()), source.cols());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    result.row(static_cast<Eigen::Index>(i)) = source.row(static_cast<Eigen::Index>(chosen[i]));
  }
  return result;
}

// Make `points` hold a matrix of the element type of an input, and call visit with it.
template <class Visit>
void with_type_of(Session& session, const char* port, Points& points, const Visit& visit) {
  const auto use = [&]<class S>(S) {
    if (!std::holds_alternative<Matrix<S>>(points.values)) points.values = Matrix<S>{};
    visit(std::get<Matrix<S>>(points.values));
  };
  switch (session.type(port)) {
    case ANSATZ_F64: return use(double{});
    case ANSATZ_F32: return use(float{});
    case ANSATZ_U8: return use(std::uint8_t{});
    default: throw BadArgument("input '" + std::string{port} + "' must be f64, f32 or u8");
  }
}

}  // namespace detail

inline Points Points::from(Session& session, const char* port, const std::vector<std::uint64_t>& chosen) {
  Points points;
  detail::with_type_of(session, port, points, [&]<class S>(Matrix<S>& matrix) {
    matrix = detail::select_rows<S>(session.in<S>(port), chosen);
  });
  return points;
}

inline Points Points::from(Session& session, const char* port) {
  Points points;
  points.read(session, port, 0, session.shape(port)[0]);
  return points;
}

inline void Points::read(Session& session, const char* port, std::uint64_t first, std::uint64_t count) {
  const std::size_t columns = flat_columns(session, port);
  detail::with_type_of(session, port, *this, [&]<class S>(Matrix<S>& matrix) {
    matrix.resize(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(columns));
    if (count > 0) session.read_rows<S>(port, first, count, matrix.data());
  });
}

inline Points Points::subset(const std::vector<std::uint64_t>& chosen) const {
  Points points;
  std::visit(
      [&]<class S>(const Matrix<S>& matrix) { points.values = detail::select_rows<S>(matrix, chosen); },
      values);
  return points;
}

inline Rows Points::rows() const {
  return std::visit(
      []<class S>(const Matrix<S>& matrix) -> Rows {
        return RowsOf<S>{matrix.data(), static_cast<std::size_t>(matrix.rows()),
                         static_cast<std::size_t>(matrix.cols())};
      },
      values);
}

inline void Points::state(Archive& archive) {
  auto type = static_cast<std::int64_t>(values.index());
  archive("type", type);
  if (!archive.writing()) {
    if (type == 0) {
      values = Matrix<double>{};
    } else if (type == 1) {
      values = Matrix<float>{};
    } else {
      values = Matrix<std::uint8_t>{};
    }
  }
  std::visit([&](auto& matrix) { archive("values", matrix, "n,d"); }, values);
}

}  // namespace ansatz
