#include "points.hpp"

#include <string>

namespace ansatz::kernel_ridge {
namespace {

template <class S, class Source>
Matrix<S> select(const Source& source, const std::vector<std::uint64_t>& chosen) {
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

}  // namespace

Points Points::from(Session& session, const char* port, const std::vector<std::uint64_t>& chosen) {
  Points points;
  with_type_of(session, port, points,
               [&]<class S>(Matrix<S>& matrix) { matrix = select<S>(session.in<S>(port), chosen); });
  return points;
}

Points Points::subset(const std::vector<std::uint64_t>& chosen) const {
  Points points;
  std::visit([&]<class S>(const Matrix<S>& matrix) { points.values = select<S>(matrix, chosen); }, values);
  return points;
}

Rows Points::rows() const {
  return std::visit(
      []<class S>(const Matrix<S>& matrix) -> Rows {
        return RowsOf<S>{matrix.data(), static_cast<std::size_t>(matrix.rows()),
                         static_cast<std::size_t>(matrix.cols())};
      },
      values);
}

void Points::state(Archive& archive) {
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

Rows read_block(Session& session, const char* port, std::uint64_t first, std::uint64_t count,
                Points& buffer) {
  const Shape shape = session.shape(port);
  std::uint64_t columns = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) columns *= shape[i];
  with_type_of(session, port, buffer, [&]<class S>(Matrix<S>& matrix) {
    matrix.resize(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(columns));
    session.read_rows<S>(port, first, count, matrix.data());
  });
  return buffer.rows();
}

}  // namespace ansatz::kernel_ridge
