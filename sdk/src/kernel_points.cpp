#include <algorithm>
#include <cmath>

#include "ansatz/num/error.hpp"
#include "ansatz/num/kernel.hpp"
#include "kernel_values.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::Pairing;
using detail::round_up;
using detail::Store;
using detail::TileKernel;

// A multiple of every register tile.
constexpr std::size_t gram_tile = KernelPoints<double>::block_alignment;
constexpr std::size_t apply_tile =
    120;  // points a tile of apply(), so that the tile stays in the first cache
constexpr std::size_t depth_block = 128;
// Pairs with r^2 below this share of |x|^2 + |y|^2 have lost digits.
constexpr double close_share = 1e-4;

std::vector<double> column_means(const Rows& points) {
  return std::visit(
      [](const auto& p) {
        std::vector<double> means(p.columns);
        for (std::size_t i = 0; i < p.rows; ++i) {
          const auto* row = p.data + i * p.columns;
          for (std::size_t k = 0; k < p.columns; ++k) means[k] += static_cast<double>(row[k]);
        }
        for (double& mean : means) mean /= static_cast<double>(p.rows);
        return means;
      },
      points);
}

}  // namespace

template <class T>
KernelPoints<T>::KernelPoints(Kernel kernel, const Rows& points)
    : kernel_{std::move(kernel)}, size_{row_count(points)} {
  const std::size_t d = column_count(points);
  if (size_ == 0 || d == 0) throw BadArgument("a kernel needs at least one row and one column");
  if (kernel_.function == KernelFunction::matern && kernel_.smoothness != 0.5 && kernel_.smoothness != 1.5 &&
      kernel_.smoothness != 2.5) {
    throw BadArgument("smoothness of the matern kernel must be 0.5, 1.5 or 2.5");
  }
  if (!(kernel_.mixture > 0)) throw BadArgument("mixture of the rational-quadratic kernel must be above 0");
  check_rows(kernel_, points, 0, "x");
  means_.assign(d, 0.0);
  factors_.assign(d, 1.0);
  if (kernel_.uses_length()) {
    if (kernel_.length.size() != 1 && kernel_.length.size() != d) {
      throw BadArgument("there are " + std::to_string(kernel_.length.size()) + " lengths for " +
                        std::to_string(d) + " columns: give one, or one a column");
    }
    if (kernel_.stationary()) means_ = column_means(points);
    for (std::size_t k = 0; k < d; ++k) factors_[k] = 1 / kernel_.length[kernel_.length.size() == 1 ? 0 : k];
  }
  const std::size_t width = detail::best_tile_kernel<T>().rows;
  left_ = LargeBuffer<T>(round_up(size_, width) * d);
  norms_.resize(size_);
  pack(points, 0, size_, width, left_.data(), norms_.data());
}

// Rows [first, first + count), centred and scaled, with their squared norms.
template <class T>
void KernelPoints<T>::pack(const Rows& points, std::size_t first, std::size_t count, std::size_t width,
                           T* data, T* norms) const {
  const std::size_t d = columns();
  std::vector<T> rows(std::min(width, count) * d);
  std::visit(
      [&](const auto& p) {
        for (std::size_t panel = 0; panel < count; panel += width, data += width * d) {
          const std::size_t filled = std::min(width, count - panel);
          for (std::size_t i = 0; i < filled; ++i) {
            const auto* source = p.data + (first + panel + i) * d;
            T* target = rows.data() + i * d;
            double norm = 0;
            for (std::size_t k = 0; k < d; ++k) {
              target[k] = static_cast<T>((static_cast<double>(source[k]) - means_[k]) * factors_[k]);
              norm += static_cast<double>(target[k]) * static_cast<double>(target[k]);
            }
            norms[panel + i] = static_cast<T>(norm);
            if (kernel_.function != KernelFunction::cosine) continue;
            double squares = 0;
            for (std::size_t k = 0; k < d; ++k) {
              squares += static_cast<double>(source[k]) * static_cast<double>(source[k]);
            }
            const double unit = 1 / std::sqrt(squares);
            for (std::size_t k = 0; k < d; ++k) {
              target[k] = static_cast<T>(static_cast<double>(source[k]) * unit);
            }
          }
          detail::pack_rows(filled, d, rows.data(), d, width, data);
        }
      },
      points);
}

template <class T>
typename KernelPoints<T>::Packed KernelPoints<T>::packed() const {
  const std::size_t width = detail::best_tile_kernel<T>().rows;
  return {left_.data(), width, width * columns(), norms_.data()};
}

// From the differences, in f64.
template <class T>
void KernelPoints<T>::recompute_close(const Packed& a, std::size_t i, const Packed& b, std::size_t j0,
                                      std::size_t columns_of_tile, T* row) const {
  const T* x = a.data + i / a.width * a.stride + i % a.width;
  for (std::size_t j = 0; j < columns_of_tile; ++j) {
    if (!(row[j] < static_cast<T>(close_share) * (a.norms[i] + b.norms[j0 + j]))) continue;
    const T* y = b.data + (j0 + j) / b.width * b.stride + (j0 + j) % b.width;
    double r2 = 0;
    for (std::size_t k = 0; k < columns(); ++k) {
      const double difference = static_cast<double>(x[k * a.width]) - static_cast<double>(y[k * b.width]);
      r2 += difference * difference;
    }
    row[j] = static_cast<T>(r2);
  }
}

template <class T>
void KernelPoints<T>::tile(Value value, const Packed& a, std::size_t i0, std::size_t rows, const Packed& b,
                           std::size_t j0, std::size_t tile_columns, T* c, std::size_t stride) const {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const Pairing pairing = detail::pairing_of(kernel_);
  const auto sum = pairing == Pairing::absolute     ? kernel.absolute
                   : pairing == Pairing::chi_square ? kernel.chi_square
                                                    : kernel.product;
  for (std::size_t k = 0; k < columns(); k += depth_block) {
    const detail::TileJob<T> job{rows,
                                 tile_columns,
                                 std::min(depth_block, columns() - k),
                                 a.data + i0 / a.width * a.stride + k * a.width,
                                 a.stride,
                                 b.data + j0 / b.width * b.stride + k * b.width,
                                 b.stride,
                                 c,
                                 stride,
                                 k == 0 ? Store::assign : Store::add};
    sum(job);
  }
  if (pairing == Pairing::euclidean) {
    for (std::size_t i = 0; i < rows; ++i) {
      T* row = c + i * stride;
      if (kernel.distances(tile_columns, a.norms[i0 + i], b.norms + j0, static_cast<T>(close_share), row)) {
        recompute_close(a, i0 + i, b, j0, tile_columns, row);
      }
    }
  }
  const auto finish = value == Value::kernel ? &detail::kernel_values<T> : &detail::distance_values<T>;
  if (stride == tile_columns) {
    finish(kernel_, c, rows * tile_columns);
  } else {
    for (std::size_t i = 0; i < rows; ++i) finish(kernel_, c + i * stride, tile_columns);
  }
}

// Columns [first, first + count) as right operand, `first` a multiple of gram_tile: panels of the left
// operand put side by side make those of the right one; the last may be short.
template <class T>
void KernelPoints<T>::pack_right(std::size_t first, std::size_t count, T* target) const {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const Packed left = packed();
  const std::size_t d = columns();
  for (std::size_t j = 0; j < round_up(count, kernel.columns); j += kernel.rows) {
    T* to = target + j / kernel.columns * kernel.columns * d + j % kernel.columns;
    const T* from = left.data + (first + j) / left.width * left.stride;
    for (std::size_t k = 0; k < d; ++k, to += kernel.columns, from += left.width) {
      if (j < count) {
        std::copy_n(from, left.width, to);
      } else {
        std::fill_n(to, left.width, T{0});
      }
    }
  }
}

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
  T value = norms_[i];
  detail::kernel_values(kernel_, &value, 1);
  return value;
}

template <class T>
void KernelPoints<T>::pack_columns(std::size_t first, std::size_t count, Columns& own) const {
  if (own.packed_.data() == nullptr) own.packed_ = LargeBuffer<T>(gram_tile * columns());
  own.first_ = first;
  own.count_ = count;
  pack_right(first, count, own.packed_.data());
}

template <class T>
void KernelPoints<T>::block(std::size_t first_row, std::size_t rows, const Columns& own, T* c,
                            std::size_t stride) const {
  const std::size_t width = detail::best_tile_kernel<T>().columns;
  const Packed right{own.packed_.data(), width, width * columns(), norms_.data() + own.first_};
  tile(Value::kernel, packed(), first_row, rows, right, 0, own.count_, c, stride);
  if (first_row == own.first_) set_diagonal(Value::kernel, first_row, std::min(rows, own.count_), c, stride);
}

template <class T>
void KernelPoints<T>::lower_tiles(Value value, T* target, std::size_t stride, Executor& executor) const {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const Packed left = packed();
  const std::size_t d = columns(), tiles = (size_ + gram_tile - 1) / gram_tile;
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
  std::vector<LargeBuffer<T>> scratch(executor.workers());
  executor.run(parts.size(), [&](std::uint64_t task, std::uint32_t worker) {
    const Part& part = parts[task];
    if (scratch[worker].data() == nullptr) scratch[worker] = LargeBuffer<T>(gram_tile * d);
    const std::size_t j0 = part.column * gram_tile, tile_columns = std::min(gram_tile, size_ - j0);
    T* packed_columns = scratch[worker].data();
    pack_right(j0, tile_columns, packed_columns);
    const Packed right{packed_columns, kernel.columns, kernel.columns * d, left.norms + j0};
    for (std::size_t row = part.first_row; row < part.end_row; ++row) {
      const std::size_t i0 = row * gram_tile, rows = std::min(gram_tile, size_ - i0);
      tile(value, left, i0, rows, right, 0, tile_columns, target + i0 * stride + j0, stride);
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
  const std::size_t d = columns(), total = row_count(queries);
  if (column_count(queries) != d) {
    throw BadArgument("queries have " + std::to_string(column_count(queries)) + " columns, points " +
                      std::to_string(d));
  }
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  check_rows(kernel_, queries, 0, "queries");
  const std::size_t panel = kernel.columns, panels = std::max<std::size_t>(1, 48 / panel),
                    group = panel * panels;
  LargeBuffer<T> packed_coefficients(round_up(count, kernel.rows) * size_);
  detail::pack_rows(count, size_, coefficients, size_, kernel.rows, packed_coefficients.data());
  const Packed left = packed();

  struct Scratch {
    LargeBuffer<T> queries, values, sums;
    std::vector<T> norms;
  };
  std::vector<Scratch> scratch(executor.workers());
  executor.run((total + group - 1) / group, [&](std::uint64_t task, std::uint32_t worker) {
    Scratch& own = scratch[worker];
    const std::size_t padded = round_up(count, kernel.rows) * panel;  // elements of sums a panel
    if (own.queries.data() == nullptr) {
      own = {LargeBuffer<T>(group * d), LargeBuffer<T>(apply_tile * panel), LargeBuffer<T>(padded * panels),
             std::vector<T>(group)};
    }
    const std::size_t first = task * group, rows = std::min(group, total - first);
    std::fill(own.norms.begin(), own.norms.end(), T{1});
    pack(queries, first, rows, panel, own.queries.data(), own.norms.data());
    const Packed right{own.queries.data(), panel, panel * d, own.norms.data()};
    std::fill_n(own.sums.data(), padded * panels, T{0});
    for (std::size_t j = 0; j < size_; j += apply_tile) {
      const std::size_t points = std::min(apply_tile, size_ - j);
      for (std::size_t q = 0; q < rows; q += panel) {
        tile(Value::kernel, left, j, points, right, q, panel, own.values.data(), panel);
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
  const std::size_t d = columns(), total = row_count(queries);
  if (column_count(queries) != d) {
    throw BadArgument("queries have " + std::to_string(column_count(queries)) + " columns, points " +
                      std::to_string(d));
  }
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  struct Scratch {
    LargeBuffer<T> queries, columns;
    std::vector<T> norms;
  };
  std::vector<Scratch> scratch(executor.workers());
  executor.run((total + gram_tile - 1) / gram_tile, [&](std::uint64_t task, std::uint32_t worker) {
    Scratch& own = scratch[worker];
    if (own.queries.data() == nullptr) {
      own = {LargeBuffer<T>(gram_tile * d), LargeBuffer<T>(gram_tile * d), std::vector<T>(gram_tile)};
    }
    const std::size_t first = task * gram_tile, rows = std::min(gram_tile, total - first);
    std::fill(own.norms.begin(), own.norms.end(), T{1});
    pack(queries, first, rows, kernel.rows, own.queries.data(), own.norms.data());
    const Packed left{own.queries.data(), kernel.rows, kernel.rows * d, own.norms.data()};
    for (std::size_t j = 0; j < size_; j += gram_tile) {
      const std::size_t count = std::min(gram_tile, size_ - j);
      pack_right(j, count, own.columns.data());
      const Packed right{own.columns.data(), kernel.columns, kernel.columns * d, norms_.data() + j};
      tile(Value::kernel, left, 0, rows, right, 0, count, k + first * stride + j, stride);
    }
  });
}

template class KernelPoints<double>;
template class KernelPoints<float>;

}  // namespace ansatz
