#include "ansatz/num/gram.hpp"

#include <algorithm>

#include "ansatz/num/large_buffer.hpp"
#include "ansatz/num/parallel.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::TileKernel;

constexpr std::size_t edge = 240;         // a multiple of every register tile
constexpr std::size_t depth_chunk = 512;  // rows of z whose packed columns exist at once
constexpr std::size_t depth_block = 128;

// Columns [first, first + count) of rows [row, row + depth) of z, packed with width `width`, times `scale` of
// the row.
template <class Value>
void pack_columns(std::size_t first, std::size_t count, std::size_t depth, std::size_t width,
                  const Value& value, double* target) {
  for (std::size_t panel = 0; panel < count; panel += width, target += width * depth) {
    for (std::size_t k = 0; k < depth; ++k) {
      for (std::size_t t = 0; t < width; ++t)
        target[k * width + t] = panel + t < count ? value(k, first + panel + t) : 0;
    }
  }
}

// gram += sum over rows k of left(k, i) right(k, j), where column i has no values in rows above `begin(i)`.
template <class Left, class Right, class Begin>
void add_products(std::size_t rows, std::size_t q, const Left& left_value, const Right& right_value,
                  const Begin& begin, double* gram, std::size_t gram_stride, Executor& executor) {
  const TileKernel<double>& kernel = detail::best_tile_kernel<double>();
  const std::size_t tiles = count_blocks(q, edge), chunk = std::min(depth_chunk, rows);
  LargeBuffer<double> left(tiles * edge * chunk), right(tiles * edge * chunk);
  for (std::size_t row = 0; row < rows; row += chunk) {
    const std::size_t depth = std::min(chunk, rows - row);
    const auto reaches = [&](std::size_t tile) { return begin(tile * edge) < row + depth; };
    for_each(executor, tiles, [&](std::uint64_t tile, std::uint32_t) {
      if (!reaches(tile)) return;
      const std::size_t first = tile * edge, count = std::min(edge, q - first);
      pack_columns(
          first, count, depth, kernel.rows,
          [&](std::size_t k, std::size_t t) { return left_value(row + k, t); }, left.data() + first * depth);
      pack_columns(
          first, count, depth, kernel.columns,
          [&](std::size_t k, std::size_t t) { return right_value(row + k, t); },
          right.data() + first * depth);
    });
    for_each(executor, tiles * (tiles + 1) / 2, [&](std::uint64_t task, std::uint32_t) {
      std::size_t i = 0;
      while ((i + 1) * (i + 2) / 2 <= task) ++i;
      if (!reaches(i)) return;
      const std::size_t i0 = i * edge, j0 = (task - i * (i + 1) / 2) * edge;
      for (std::size_t k = 0; k < depth; k += depth_block) {
        kernel.product({std::min(edge, q - i0), std::min(edge, q - j0), std::min(depth_block, depth - k),
                        left.data() + i0 * depth + k * kernel.rows, kernel.rows * depth,
                        right.data() + j0 * depth + k * kernel.columns, kernel.columns * depth,
                        gram + i0 * gram_stride + j0, gram_stride, detail::Store::add});
      }
    });
    executor.progress(static_cast<double>(row + depth) / static_cast<double>(rows));
  }
}

}  // namespace

void add_gram(std::size_t rows, std::size_t q, const double* z, std::size_t stride, const double* weights,
              double* gram, std::size_t gram_stride, Executor& executor) {
  add_products(
      rows, q, [&](std::size_t k, std::size_t t) { return z[k * stride + t]; },
      [&](std::size_t k, std::size_t t) {
        return weights == nullptr ? z[k * stride + t] : weights[k] * z[k * stride + t];
      },
      [](std::size_t) { return std::size_t{0}; }, gram, gram_stride, executor);
}

void add_triangular_gram(std::size_t n, const double* l, std::size_t stride, double factor, double* gram,
                         std::size_t gram_stride, Executor& executor) {
  const auto value = [&](std::size_t k, std::size_t t) { return t <= k ? l[k * stride + t] : 0.0; };
  add_products(
      n, n, value, [&](std::size_t k, std::size_t t) { return factor * value(k, t); },
      [](std::size_t column) { return column; }, gram, gram_stride, executor);
}

}  // namespace ansatz
