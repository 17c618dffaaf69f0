#include "ansatz/num/cholesky.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ansatz/num/large_buffer.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::round_up;
using detail::Store;
using detail::TileKernel;

constexpr std::size_t outer_block =
    384;                                 // columns a panel: the trailing matrix is read and written once each
constexpr std::size_t inner_block = 48;  // within the diagonal block of a panel
constexpr std::size_t tile_size = 144;   // of the trailing matrix; a multiple of every register tile
constexpr std::size_t depth_block = 128;  // so that a packed panel stays in the first cache
constexpr std::size_t solve_group = 4;    // right-hand sides a pass over l

// One level of blocking.
template <class T>
class Factorisation {
 public:
  Factorisation(std::size_t n, T* a, std::size_t stride, std::size_t block, const T* smallest_pivots)
      : n_{n}, a_{a}, stride_{stride}, block_{block}, smallest_pivots_{smallest_pivots} {
    if (n > block) {
      const std::size_t below = round_up(n - block, kernel_.columns);
      left_ = LargeBuffer<T>(below * block);
      right_ = LargeBuffer<T>(below * block);
      packed_diagonal_ = LargeBuffer<T>(round_up(block, kernel_.rows) * block);
    }
  }

  std::optional<std::size_t> run(Executor& executor) {
    const double total = std::pow(static_cast<double>(n_), 3);
    for (std::size_t first = 0; first < n_; first += block_) {
      const std::size_t width = std::min(block_, n_ - first);
      if (const auto row = factor_diagonal(first, width)) return first + *row;
      if (first + width < n_) {
        solve_panel(first, width, executor);
        update_trailing(first, width, executor);
      }
      executor.progress(1 - std::pow(static_cast<double>(n_ - first - width), 3) / total);
    }
    return {};
  }

 private:
  T* at(std::size_t i, std::size_t j) { return a_ + i * stride_ + j; }

  std::optional<std::size_t> factor_diagonal(std::size_t first, std::size_t width) {
    if (block_ > inner_block) {
      SerialExecutor serial;
      return Factorisation{width, at(first, first), stride_, inner_block, smallest_pivots_ + first}.run(
          serial);
    }
    for (std::size_t i = 0; i < width; ++i) {
      T* row = at(first + i, first);
      for (std::size_t j = 0; j <= i; ++j) {
        const T* other = at(first + j, first);
        T value = row[j];
        for (std::size_t k = 0; k < j; ++k) value -= row[k] * other[k];
        if (j < i) {
          row[j] = value / other[j];
        } else if (value > smallest_pivots_[first + i] && std::isfinite(value)) {
          row[j] = std::sqrt(value);
        } else {
          return i;
        }
      }
    }
    return {};
  }

  // Rows below the diagonal block become X of X L' = A, in place, and packed both ways for the update.
  void solve_panel(std::size_t first, std::size_t width, Executor& executor) {
    const std::size_t rows = kernel_.rows, columns = kernel_.columns;
    detail::pack_rows(width, width, at(first, first), stride_, rows, packed_diagonal_.data());
    const std::size_t begin = first + width, panels = (n_ - begin + columns - 1) / columns;
    executor.run(panels, [&](std::uint64_t panel, std::uint32_t) {
      const std::size_t row = begin + panel * columns, count = std::min(columns, n_ - row);
      T* x = right_.data() + panel * columns * width;
      detail::pack_rows(count, width, at(row, first), stride_, columns, x);
      kernel_.solve(width, at(first, first), stride_, packed_diagonal_.data(), x);
      for (std::size_t i = 0; i < count; ++i) {
        T* target = at(row + i, first);
        for (std::size_t k = 0; k < width; ++k) target[k] = x[k * columns + i];
      }
      T* left = left_.data() + panel * columns * width;
      for (std::size_t part = 0; part < columns; part += rows) {
        for (std::size_t k = 0; k < width; ++k, left += rows) std::copy_n(x + k * columns + part, rows, left);
      }
    });
  }

  // A -= X X' on the tiles of the lower triangle.
  void update_trailing(std::size_t first, std::size_t width, Executor& executor) {
    const std::size_t begin = first + width, tiles = (n_ - begin + tile_size - 1) / tile_size;
    executor.run(tiles * (tiles + 1) / 2, [&](std::uint64_t task, std::uint32_t) {
      // Task t is tile (i, j), j <= i, t = i (i + 1) / 2 + j.
      auto i = static_cast<std::size_t>((std::sqrt(8.0 * static_cast<double>(task) + 1) - 1) / 2);
      while (i * (i + 1) / 2 > task) --i;
      while ((i + 1) * (i + 2) / 2 <= task) ++i;
      const std::size_t j = task - i * (i + 1) / 2;
      const std::size_t row = i * tile_size, column = j * tile_size;
      for (std::size_t k = 0; k < width; k += depth_block) {
        kernel_.product({std::min(tile_size, n_ - begin - row), std::min(tile_size, n_ - begin - column),
                         std::min(depth_block, width - k), left_.data() + row * width + k * kernel_.rows,
                         kernel_.rows * width, right_.data() + column * width + k * kernel_.columns,
                         kernel_.columns * width, at(begin + row, begin + column), stride_, Store::subtract});
      }
    });
  }

  const TileKernel<T>& kernel_ = detail::best_tile_kernel<T>();
  std::size_t n_;
  T* a_;
  std::size_t stride_, block_;
  const T* smallest_pivots_;
  LargeBuffer<T> left_, right_, packed_diagonal_;
};

}  // namespace

template <class T>
std::optional<std::size_t> cholesky(std::size_t n, T* a, std::size_t stride, Executor& executor) {
  const T relative =
      4 * static_cast<T>(std::sqrt(static_cast<double>(n))) * std::numeric_limits<T>::epsilon();
  std::vector<T> smallest_pivots(n);
  for (std::size_t i = 0; i < n; ++i) smallest_pivots[i] = relative * std::max(T{0}, a[i * stride + i]);
  return Factorisation<T>{n, a, stride, outer_block, smallest_pivots.data()}.run(executor);
}

template <class T>
void solve_lower(std::size_t n, const T* l, std::size_t stride, std::size_t count, T* b, Executor& executor) {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  executor.run((count + solve_group - 1) / solve_group, [&](std::uint64_t task, std::uint32_t) {
    T* const begin = b + task * solve_group * n;
    T* const end = b + std::min<std::size_t>(count, (task + 1) * solve_group) * n;
    for (std::size_t i = 0; i < n; ++i) {
      const T* row = l + i * stride;
      for (T* x = begin; x != end; x += n) x[i] = (x[i] - kernel.dot(i, row, x)) / row[i];
    }
  });
}

// Ten panels of vectors a task: what the unknowns so far contribute to the next few rows is a tile product, the rest a
// small triangle.
template <class T>
void solve_lower_rows(std::size_t n, const T* l, std::size_t stride, std::size_t count, T* b,
                      Executor& executor) {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const std::size_t width = kernel.columns, panels = 10, group = panels * width;
  struct Scratch {
    LargeBuffer<T> rows, vectors;
  };
  std::vector<Scratch> scratch(executor.workers());
  executor.run((count + group - 1) / group, [&](std::uint64_t task, std::uint32_t worker) {
    Scratch& own = scratch[worker];
    if (own.rows.data() == nullptr)
      own = {LargeBuffer<T>(round_up(n, kernel.rows) * kernel.rows), LargeBuffer<T>(group * n)};
    T *vectors = b + task * group * n, *x = own.vectors.data();
    const std::size_t filled = std::min<std::size_t>(group, count - task * group);
    detail::pack_rows(filled, n, vectors, n, width, x);
    for (std::size_t first = 0; first < n; first += kernel.rows) {
      const std::size_t rows = std::min(kernel.rows, n - first);
      const T* diagonal = l + first * stride + first;
      detail::pack_rows(rows, first, l + first * stride, stride, kernel.rows, own.rows.data());
      for (T* panel = x; panel < x + round_up(filled, width) * n; panel += width * n) {
        kernel.product({rows, width, first, own.rows.data(), kernel.rows * first, panel, width * first,
                        panel + first * width, width, Store::subtract});
        kernel.solve(rows, diagonal, stride, own.rows.data(), panel + first * width);
      }
    }
    for (std::size_t v = 0; v < filled; ++v) {
      const T* from = x + v / width * width * n + v % width;
      for (std::size_t i = 0; i < n; ++i) vectors[v * n + i] = from[i * width];
    }
  });
}

template <class T>
void solve_lower_transposed(std::size_t n, const T* l, std::size_t stride, std::size_t count, T* b,
                            Executor& executor) {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  executor.run((count + solve_group - 1) / solve_group, [&](std::uint64_t task, std::uint32_t) {
    T* const begin = b + task * solve_group * n;
    T* const end = b + std::min<std::size_t>(count, (task + 1) * solve_group) * n;
    for (std::size_t i = n; i-- > 0;) {
      const T* row = l + i * stride;
      for (T* x = begin; x != end; x += n) {
        x[i] /= row[i];
        kernel.subtract(i, x[i], row, x);
      }
    }
  });
}

template <class T>
void cholesky_solve(std::size_t n, const T* l, std::size_t stride, std::size_t count, T* b,
                    Executor& executor) {
  solve_lower(n, l, stride, count, b, executor);
  solve_lower_transposed(n, l, stride, count, b, executor);
}

// A task is some rows of X = L'^-1, from X L' = I, block of columns by block of columns; element i of the
// diagonal is the squared length of row i.
template <class T>
void cholesky_inverse_diagonal(std::size_t n, const T* l, std::size_t stride, double* diagonal,
                               Executor& executor) {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const std::size_t rows = kernel.rows, columns = kernel.columns;
  struct Scratch {
    LargeBuffer<T> left, right, panels;
    std::vector<T> block, triangle;
  };
  std::vector<Scratch> scratch(executor.workers());
  executor.run((n + tile_size - 1) / tile_size, [&](std::uint64_t task, std::uint32_t worker) {
    const std::size_t i0 = task * tile_size, height = std::min(tile_size, n - i0), length = n - i0;
    Scratch& own = scratch[worker];
    if (own.left.data() == nullptr) {
      own = {LargeBuffer<T>(tile_size * n), LargeBuffer<T>(tile_size * n),
             LargeBuffer<T>(tile_size * tile_size), std::vector<T>(tile_size * tile_size),
             std::vector<T>(tile_size * tile_size)};
    }
    std::fill_n(own.left.data(), tile_size * length, T{0});
    std::fill_n(diagonal + i0, height, 0.0);
    for (std::size_t j0 = i0; j0 < n; j0 += tile_size) {
      const std::size_t width = std::min(tile_size, n - j0), depth = j0 - i0;
      std::fill(own.block.begin(), own.block.end(), T{0});
      if (depth == 0) {
        for (std::size_t i = 0; i < height; ++i) own.block[i * tile_size + i] = 1;
      }
      detail::pack_rows(width, depth, l + j0 * stride + i0, stride, columns, own.right.data());
      for (std::size_t k = 0; k < depth; k += depth_block) {
        kernel.product({height, width, std::min(depth_block, depth - k), own.left.data() + k * rows,
                        rows * length, own.right.data() + k * columns, columns * depth, own.block.data(),
                        tile_size, Store::subtract});
      }
      detail::pack_rows(width, width, l + j0 * stride + j0, stride, rows, own.triangle.data());
      for (std::size_t first = 0; first < height; first += columns) {
        T* x = own.panels.data();
        const std::size_t count = std::min(columns, height - first);
        detail::pack_rows(count, width, own.block.data() + first * tile_size, tile_size, columns, x);
        kernel.solve(width, l + j0 * stride + j0, stride, own.triangle.data(), x);
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t row = first + i;
          T* to = own.left.data() + row / rows * rows * length + depth * rows + row % rows;
          for (std::size_t k = 0; k < width; ++k) {
            const T value = x[k * columns + i];
            to[k * rows] = value;
            diagonal[i0 + row] += static_cast<double>(value) * static_cast<double>(value);
          }
        }
      }
    }
  });
}

template void cholesky_inverse_diagonal(std::size_t, const double*, std::size_t, double*, Executor&);
template void cholesky_inverse_diagonal(std::size_t, const float*, std::size_t, double*, Executor&);
template std::optional<std::size_t> cholesky(std::size_t, double*, std::size_t, Executor&);
template std::optional<std::size_t> cholesky(std::size_t, float*, std::size_t, Executor&);
template void solve_lower(std::size_t, const double*, std::size_t, std::size_t, double*, Executor&);
template void solve_lower_rows(std::size_t, const double*, std::size_t, std::size_t, double*, Executor&);
template void solve_lower_rows(std::size_t, const float*, std::size_t, std::size_t, float*, Executor&);
template void solve_lower_transposed(std::size_t, const double*, std::size_t, std::size_t, double*,
                                     Executor&);
template void solve_lower(std::size_t, const float*, std::size_t, std::size_t, float*, Executor&);
template void solve_lower_transposed(std::size_t, const float*, std::size_t, std::size_t, float*, Executor&);
template void cholesky_solve(std::size_t, const double*, std::size_t, std::size_t, double*, Executor&);
template void cholesky_solve(std::size_t, const float*, std::size_t, std::size_t, float*, Executor&);

}  // namespace ansatz
