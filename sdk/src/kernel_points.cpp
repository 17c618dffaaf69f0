#include <algorithm>

#include "ansatz/num/kernel.hpp"
#include "kernel_values.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::round_up;
using detail::Store;
using detail::TileKernel;

// A multiple of every register tile.
constexpr std::size_t gram_tile = KernelPoints<double>::block_alignment;
// Points a tile of apply(), so that the tile stays in the first cache.
constexpr std::size_t apply_tile = 120;

}  // namespace

// Exact by definition where it does not depend on x; `c` is a block on the diagonal.
template <class T>
void KernelPoints<T>::set_diagonal(Value value, std::size_t first, std::size_t count, T* c,
                                   std::size_t stride) const {
  if (!kernel_.constant_diagonal()) return;
  for (std::size_t i = 0; i < count; ++i)
    c[i * stride + i] = value == Value::distance ? T{0} : diagonal(first + i);
}

template <class T>
T KernelPoints<T>::diagonal(std::size_t i) const {
  if (kernel_.constant_diagonal()) return static_cast<T>(kernel_.amplitude);
  T value = bytes_ ? static_cast<T>(left_.terms_[i]) : left_.norms_[i];
  detail::kernel_values(kernel_, &value, 1);
  return value;
}

template <class T>
void KernelPoints<T>::block(std::size_t first_row, std::size_t rows, const Columns& own, T* c,
                            std::size_t stride) const {
  tile(Value::kernel, left_, first_row, rows, own, 0, own.count_, c, stride);
  if (first_row == own.first_) set_diagonal(Value::kernel, first_row, std::min(rows, own.count_), c, stride);
}

template <class T>
void KernelPoints<T>::lower_tiles(Value value, T* target, std::size_t stride, Executor& executor) const {
  const std::size_t tiles = (size_ + gram_tile - 1) / gram_tile;
  // A task is a column of tiles over a few rows of tiles: its right operand is packed once.
  constexpr std::size_t chunk = 8;
  struct Part {
    std::size_t column, first_row, end_row;
  };
  std::vector<Part> parts;
  for (std::size_t column = 0; column < tiles; ++column) {
    for (std::size_t row = column; row < tiles; row += chunk) {
      parts.push_back({column, row, std::min(tiles, row + chunk)});
    }
  }
  std::vector<Columns> scratch(executor.workers());
  executor.run(parts.size(), [&](std::uint64_t task, std::uint32_t worker) {
    const Part& part = parts[task];
    const std::size_t j0 = part.column * gram_tile, tile_columns = std::min(gram_tile, size_ - j0);
    pack_columns(j0, tile_columns, scratch[worker]);
    for (std::size_t row = part.first_row; row < part.end_row; ++row) {
      const std::size_t i0 = row * gram_tile, rows = std::min(gram_tile, size_ - i0);
      tile(value, left_, i0, rows, scratch[worker], 0, tile_columns, target + i0 * stride + j0, stride);
      if (row == part.column) set_diagonal(value, i0, rows, target + i0 * stride + j0, stride);
    }
  });
}

template <class T>
void KernelPoints<T>::gram(T* k, std::size_t stride, Executor& executor) const {
  lower_tiles(Value::kernel, k, stride, executor);
}

template <class T>
void KernelPoints<T>::distances(T* r, std::size_t stride, Executor& executor) const {
  lower_tiles(Value::distance, r, stride, executor);
}

// The tile of kernel values has points as rows and one panel of queries as columns: that is the packed right
// operand of the product with the coefficients.
template <class T>
void KernelPoints<T>::apply(const Rows& queries, std::size_t count, const T* coefficients, T* y,
                            Executor& executor) const {
  check_queries(queries);
  if (bytes_ && !whole_numbers(queries))
    return with_numbers().apply(queries, count, coefficients, y, executor);
  const std::size_t total = row_count(queries);
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  // Queries a task: the points that come in for them serve all, and they stay in the second cache.
  const std::size_t panel = kernel.columns, panels = std::max<std::size_t>(1, 192 / panel),
                    group = panel * panels;
  LargeBuffer<T> packed_coefficients(round_up(count, kernel.rows) * size_);
  detail::pack_rows(count, size_, coefficients, size_, kernel.rows, packed_coefficients.data());
  struct Scratch {
    Operand queries;
    LargeBuffer<T> values, sums;
  };
  std::vector<Scratch> scratch(executor.workers());
  executor.run((total + group - 1) / group, [&](std::uint64_t task, std::uint32_t worker) {
    Scratch& own = scratch[worker];
    const std::size_t padded = round_up(count, kernel.rows) * panel;  // elements of sums a panel
    if (own.values.data() == nullptr) {
      own.values = LargeBuffer<T>(apply_tile * panel);
      std::fill_n(own.values.data(), apply_tile * panel, T{0});
      own.sums = LargeBuffer<T>(padded * panels);
    }
    const std::size_t first = task * group, rows = std::min(group, total - first);
    pack(queries, first, rows, Side::right, own.queries);
    std::fill_n(own.sums.data(), padded * panels, T{0});
    for (std::size_t j = 0; j < size_; j += apply_tile) {
      const std::size_t points = std::min(apply_tile, size_ - j);
      for (std::size_t q = 0; q < rows; q += panel) {
        // What lies beyond the packed columns stays what it was, and its sums are not read.
        tile(Value::kernel, left_, j, points, own.queries, q,
             std::min(panel, round_up(rows - q, width(Side::right))), own.values.data(), panel);
        kernel.product({count, panel, points, packed_coefficients.data() + j * kernel.rows,
                        kernel.rows * size_, own.values.data(), 0, own.sums.data() + q / panel * padded,
                        panel, Store::add});
      }
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const T* sums = own.sums.data() + i / panel * padded + i % panel;
      for (std::size_t c = 0; c < count; ++c) y[(first + i) * count + c] = sums[c * panel];
    }
  });
}

template <class T>
void KernelPoints<T>::cross(const Rows& queries, T* k, std::size_t stride, Executor& executor) const {
  check_queries(queries);
  if (bytes_ && !whole_numbers(queries)) return with_numbers().cross(queries, k, stride, executor);
  const std::size_t total = row_count(queries);
  struct Scratch {
    Operand queries;
    Columns columns;
  };
  std::vector<Scratch> scratch(executor.workers());
  executor.run((total + gram_tile - 1) / gram_tile, [&](std::uint64_t task, std::uint32_t worker) {
    Scratch& own = scratch[worker];
    const std::size_t first = task * gram_tile, rows = std::min(gram_tile, total - first);
    pack(queries, first, rows, Side::left, own.queries);
    for (std::size_t j = 0; j < size_; j += gram_tile) {
      const std::size_t count = std::min(gram_tile, size_ - j);
      pack_columns(j, count, own.columns);
      tile(Value::kernel, own.queries, 0, rows, own.columns, 0, count, k + first * stride + j, stride);
    }
  });
}

template class KernelPoints<double>;
template class KernelPoints<float>;

}  // namespace ansatz
