#include <algorithm>
#include <cmath>

#include "ansatz/num/error.hpp"
#include "ansatz/num/kernel.hpp"
#include "ansatz/num/vector_math.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::round_up;
using detail::Store;
using detail::TileKernel;

constexpr std::size_t gram_tile = 240;  // a multiple of every register tile
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

template <class T>
T integer_power(T base, int exponent) {
  T result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if ((exponent & 1) != 0) result *= base;
  }
  return result;
}

}  // namespace

template <class T>
KernelPoints<T>::KernelPoints(Kernel kernel, const Rows& points)
    : kernel_{std::move(kernel)}, size_{row_count(points)} {
  const std::size_t d = column_count(points);
  if (size_ == 0 || d == 0) throw BadArgument("a kernel needs at least one row and one column");
  means_.assign(d, 0.0);
  factors_.assign(d, 1.0);
  if (kernel_.stationary()) {
    if (kernel_.length.size() != 1 && kernel_.length.size() != d) {
      throw BadArgument("there are " + std::to_string(kernel_.length.size()) + " lengths for " +
                        std::to_string(d) + " columns: give one, or one a column");
    }
    means_ = column_means(points);
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

// From products, squared distances or absolute distances to what was asked for.
template <class T>
void KernelPoints<T>::finish(Value value, T* values, std::size_t count) const {
  const auto amplitude = static_cast<T>(kernel_.amplitude);
  if (kernel_.function == KernelFunction::polynomial) {
    const auto slope = static_cast<T>(kernel_.slope), offset = static_cast<T>(kernel_.offset);
    for (std::size_t j = 0; j < count; ++j) {
      values[j] = amplitude * integer_power(slope * values[j] + offset, kernel_.degree);
    }
    return;
  }
  if (kernel_.function == KernelFunction::linear) {
    for (std::size_t j = 0; j < count; ++j) values[j] *= amplitude;
    return;
  }
  const bool squared = kernel_.function == KernelFunction::gaussian || kernel_.norm == KernelNorm::l2;
  if (squared && (value == Value::distance || kernel_.function == KernelFunction::laplacian)) {
    for (std::size_t j = 0; j < count; ++j) values[j] = std::sqrt(values[j]);
  }
  if (value == Value::distance) return;
  const T factor = kernel_.function == KernelFunction::gaussian ? T{-0.5} : T{-1};
  for (std::size_t j = 0; j < count; ++j) values[j] *= factor;
  vec::exp(std::span<const T>{values, count}, std::span<T>{values, count});
  if (amplitude != 1) {
    for (std::size_t j = 0; j < count; ++j) values[j] *= amplitude;
  }
}

template <class T>
void KernelPoints<T>::tile(Value value, const Packed& a, std::size_t i0, std::size_t rows, const Packed& b,
                           std::size_t j0, std::size_t tile_columns, T* c, std::size_t stride) const {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const bool absolute = kernel_.function == KernelFunction::laplacian && kernel_.norm == KernelNorm::l1;
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
    absolute ? kernel.absolute(job) : kernel.product(job);
  }
  if (kernel_.stationary() && !absolute) {
    for (std::size_t i = 0; i < rows; ++i) {
      T* row = c + i * stride;
      if (kernel.distances(tile_columns, a.norms[i0 + i], b.norms + j0, static_cast<T>(close_share), row)) {
        recompute_close(a, i0 + i, b, j0, tile_columns, row);
      }
    }
  }
  if (stride == tile_columns) {
    finish(value, c, rows * tile_columns);
  } else {
    for (std::size_t i = 0; i < rows; ++i) finish(value, c + i * stride, tile_columns);
  }
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
    // Panels of the left operand put side by side make those of the right one; the last may be short.
    T* packed_columns = scratch[worker].data();
    for (std::size_t j = 0; j < round_up(tile_columns, kernel.columns); j += kernel.rows) {
      T* to = packed_columns + j / kernel.columns * kernel.columns * d + j % kernel.columns;
      const T* from = left.data + (j0 + j) / left.width * left.stride;
      for (std::size_t k = 0; k < d; ++k, to += kernel.columns, from += left.width) {
        if (j < tile_columns) {
          std::copy_n(from, left.width, to);
        } else {
          std::fill_n(to, left.width, T{0});
        }
      }
    }
    const Packed right{packed_columns, kernel.columns, kernel.columns * d, left.norms + j0};
    for (std::size_t row = part.first_row; row < part.end_row; ++row) {
      const std::size_t i0 = row * gram_tile, rows = std::min(gram_tile, size_ - i0);
      tile(value, left, i0, rows, right, 0, tile_columns, target + i0 * stride + j0, stride);
      if (row == part.column && kernel_.stationary()) {
        const T diagonal = value == Value::distance ? T{0} : static_cast<T>(kernel_.amplitude);
        for (std::size_t i = 0; i < rows; ++i) target[(i0 + i) * stride + j0 + i] = diagonal;
      }
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

template class KernelPoints<double>;
template class KernelPoints<float>;

}  // namespace ansatz
