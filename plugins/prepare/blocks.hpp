// A table of numbers of any type as f64, block by block.
#pragma once

#include <ansatz/session.hpp>

#include <algorithm>
#include <vector>

namespace ansatz::prepare {

// Call visit(first, block) for blocks of rows, where `block` is a Matrix<double>.  Which rows a block has
// depends on the shape alone.  Throws Cancelled between blocks.
template <class Visit>
void for_each_block(Session& session, const char* port, const Visit& visit) {
  constexpr std::uint64_t block_elements = std::uint64_t{1} << 18;  // 2 MiB of f64
  const Shape shape = session.shape(port);
  const std::uint64_t columns = std::max<std::uint64_t>(1, shape[1]);
  const std::uint64_t rows_a_block = std::max<std::uint64_t>(1, block_elements / columns);
  const auto read = [&]<class T>(T) {
    Matrix<T> buffer;
    for (std::uint64_t first = 0; first < shape[0]; first += rows_a_block) {
      session.check_cancelled();
      const std::uint64_t rows = std::min(rows_a_block, shape[0] - first);
      buffer.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(shape[1]));
      session.read_rows(port, first, rows, buffer.data());
      if constexpr (std::is_same_v<T, double>) {
        visit(first, buffer);
      } else {
        visit(first, Matrix<double>{buffer.template cast<double>()});
      }
      session.progress(static_cast<double>(first + rows) / static_cast<double>(shape[0]));
    }
  };
  switch (session.type(port)) {
    case ANSATZ_F64: return read(double{});
    case ANSATZ_F32: return read(float{});
    case ANSATZ_I64: return read(std::int64_t{});
    case ANSATZ_I32: return read(std::int32_t{});
    case ANSATZ_U8: return read(std::uint8_t{});
    case ANSATZ_BOOL: return read(bool{});
    default: throw BadArgument("input '" + std::string{port} + "' is text where numbers are needed");
  }
}

}  // namespace ansatz::prepare
