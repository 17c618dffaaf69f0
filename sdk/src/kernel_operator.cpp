#include "ansatz/num/kernel_operator.hpp"

#include <algorithm>

#include "ansatz/num/error.hpp"
#include "ansatz/num/parallel.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::round_up;

constexpr std::size_t edge = KernelPoints<double>::block_alignment;
constexpr std::size_t elements = edge * edge;
constexpr double steps = 65535;

std::size_t tile_number(std::size_t row, std::size_t column) { return row * (row + 1) / 2 + column; }

// Tiles at the edge of the matrix are stored in full, too, so that rows of all tiles are `edge` apart.
std::size_t stored_elements(std::size_t n) {
  const std::size_t tiles = count_blocks(n, edge);
  return tiles * (tiles + 1) / 2 * elements;
}

}  // namespace

template <class T>
struct KernelOperator<T>::Scratch {
  typename KernelPoints<T>::Columns columns;
  std::size_t packed = ~std::size_t{0};  // which column of tiles
  LargeBuffer<T> tile{elements}, product{edge * 64};
};

template <class T>
std::uint64_t KernelOperator<T>::bytes(std::size_t n, KernelStorage storage) {
  if (storage == KernelStorage::none) return 0;
  return stored_elements(n) * (storage == KernelStorage::full ? sizeof(T) : sizeof(std::uint16_t));
}

template <class T>
KernelOperator<T>::KernelOperator(const KernelPoints<T>& points, KernelStorage storage)
    : points_{points}, storage_{storage}, tiles_{count_blocks(points.size(), edge)} {
  // Large blocks share packed columns, small ones leave enough tasks a round; from the size alone.
  tiles_in_block_ = std::clamp<std::size_t>(tiles_ / 32, 1, 4);
  if (storage == KernelStorage::full) full_ = LargeBuffer<T>(stored_elements(points.size()), Pages::plain);
  if (storage == KernelStorage::fixed16) {
    if (!points.kernel().uses_length()) {
      throw BadArgument(
          "16-bit fixed-point numbers keep kernels with values from 0 to their amplitude, and " +
          points.kernel().name() + " has others");
    }
    fixed_ = LargeBuffer<std::uint16_t>(stored_elements(points.size()), Pages::plain);
  }
}

// Tile (row, column) of the lower triangle: where it is stored, or computed, at `own` if there is no room for it.
template <class T>
const T* KernelOperator<T>::tile(std::size_t row, std::size_t column, Scratch& own) {
  T* stored = storage_ == KernelStorage::full ? full_.data() + tile_number(row, column) * elements : nullptr;
  if (filled_ && stored != nullptr) return stored;
  const std::size_t n = size(), i0 = row * edge, j0 = column * edge;
  if (own.packed != column) points_.pack_columns(j0, std::min(edge, n - j0), own.columns);
  own.packed = column;
  T* target = stored != nullptr ? stored : own.tile.data();
  points_.block(i0, std::min(edge, n - i0), own.columns, target, edge);
  return target;
}

// Where a tile is stored; null where none is.
template <class T>
const std::byte* KernelOperator<T>::stored_at(std::size_t row, std::size_t column) const {
  if (!filled_ || row >= tiles_ || storage_ == KernelStorage::none) return nullptr;
  const std::size_t place = tile_number(row, column) * elements;
  const void* at = storage_ == KernelStorage::full ? static_cast<const void*>(full_.data() + place)
                                                   : static_cast<const void*>(fixed_.data() + place);
  return static_cast<const std::byte*>(at);
}

// y += tile v for a tile, or its transpose, that lies in memory with these steps.
template <class T>
void KernelOperator<T>::add_product(std::size_t rows, std::size_t depth, const T* tile, std::size_t row_step,
                                    std::size_t depth_step, std::size_t count, std::size_t width, const T* v,
                                    double* y, const std::byte* ahead, Scratch& own) const {
  const detail::TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  for (std::size_t first = 0; first < width; first += kernel.columns) {
    const std::size_t part = std::min(kernel.columns, width - first), used = std::min(part, count - first);
    kernel.narrow(
        {rows, part, depth, tile, row_step, depth_step, v + first, width, own.product.data(), part, ahead});
    for (std::size_t i = 0; i < rows; ++i) {
      const T* sums = own.product.data() + i * part;
      double* to = y + i * count + first;
      for (std::size_t c = 0; c < used; ++c) to[c] += static_cast<double>(sums[c]);
    }
  }
}

template <class T>
template <class Visit>
void KernelOperator<T>::each_tile(std::size_t block_row, std::size_t block_column, const Visit& visit) const {
  const auto end = [&](std::size_t block) { return std::min(tiles_, (block + 1) * tiles_in_block_); };
  for (std::size_t column = block_column * tiles_in_block_; column < end(block_column); ++column) {
    for (std::size_t row = std::max(column, block_row * tiles_in_block_); row < end(block_row); ++row) {
      const std::byte* ahead = row + 1 < end(block_row)
                                   ? stored_at(row + 1, column)
                                   : stored_at(std::max(column + 1, block_row * tiles_in_block_), column + 1);
      visit(row, column, ahead);
    }
  }
}

template <class T>
void KernelOperator<T>::multiply_pair(std::size_t block_row, std::size_t block_column, std::size_t count,
                                      std::size_t width, const T* v, double* y, Scratch& own) {
  const std::size_t n = size();
  each_tile(block_row, block_column, [&](std::size_t row, std::size_t column, const std::byte* ahead) {
    const T* values = tile(row, column, own);
    const std::size_t i0 = row * edge, j0 = column * edge;
    const std::size_t rows = std::min(edge, n - i0), columns = std::min(edge, n - j0);
    // The next tile comes from memory meanwhile, half of it with each of the two products.
    add_product(rows, columns, values, edge, 1, count, width, v + j0 * width, y + i0 * count, ahead, own);
    if (row == column) return;
    if (ahead != nullptr) ahead += elements * sizeof(T) / 2;
    add_product(columns, rows, values, 1, edge, count, width, v + i0 * width, y + j0 * count, ahead, own);
  });
}

template <class T>
template <class Visit>
void KernelOperator<T>::each_pair(Executor& executor, const Visit& visit) const {
  // Round r has the pairs of blocks {i, j} with i + j = r modulo the number of blocks.
  const std::size_t blocks = count_blocks(tiles_, tiles_in_block_);
  for (std::size_t round = 0; round < blocks; ++round) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < blocks; ++i) {
      const std::size_t j = (round + blocks - i) % blocks;
      if (j <= i) pairs.emplace_back(i, j);
    }
    executor.run(pairs.size(), [&](std::uint64_t task, std::uint32_t worker) {
      visit(pairs[task].first, pairs[task].second, worker);
    });
    executor.progress(static_cast<double>(round + 1) / static_cast<double>(blocks));
  }
}

template <class T>
void KernelOperator<T>::apply(std::size_t count, const double* v, double* y, Executor& executor) {
  const std::size_t n = size(), width = round_up(count, detail::best_tile_kernel<T>().lanes);
  std::fill_n(y, n * count, 0.0);
  if (count == 0) return;
  if (storage_ == KernelStorage::fixed16) return apply_fixed(count, v, y, executor);
  LargeBuffer<T> rounded(n * width);
  for (std::size_t i = 0; i < n; ++i) {
    T* row = rounded.data() + i * width;
    for (std::size_t c = 0; c < width; ++c) row[c] = c < count ? static_cast<T>(v[i * count + c]) : T{0};
  }
  std::vector<Scratch> scratch(executor.workers());
  each_pair(executor, [&](std::size_t row, std::size_t column, std::uint32_t worker) {
    multiply_pair(row, column, count, width, rounded.data(), y, scratch[worker]);
  });
  filled_ = storage_ != KernelStorage::none;
}

// The same from 16-bit numbers, in groups of ten vectors that are kept both by row and one after the other.  Zeros fill up
// the last group and the last tile.
template <class T>
void KernelOperator<T>::apply_fixed(std::size_t count, const double* v, double* y, Executor& executor) {
  using Job = detail::FixedJob<T>;
  if (!filled_) fill(executor);
  const detail::TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const std::size_t n = size(), length = tiles_ * edge, groups = count_blocks(count, Job::width);
  // Vectors of lanes must not straddle cache lines, as they would in a std::vector.
  const std::size_t all = groups * length * Job::width;
  LargeBuffer<T> by_row(all), by_vector(all);
  std::fill_n(by_row.data(), all, T{0}), std::fill_n(by_vector.data(), all, T{0});
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < count; ++c) {
      by_row.data()[(c / Job::width * length + i) * Job::width + c % Job::width] =
          by_vector.data()[c * length + i] = static_cast<T>(v[i * count + c]);
    }
  }
  std::vector<double> across(all), down(all);
  struct Sums {
    LargeBuffer<T> across, down;
  };
  std::vector<Sums> own(executor.workers());
  for (Sums& sums : own) {
    sums.across = LargeBuffer<T>(groups * edge * Job::width),
    sums.down = LargeBuffer<T>(groups * edge * Job::width);
  }
  const auto multiply = [&](std::size_t row, std::size_t column, const std::byte* ahead, Sums& sums) {
    const std::size_t i0 = row * edge, j0 = column * edge, rows = std::min(edge, n - i0),
                      columns = std::min(edge, n - j0), part = edge * Job::width;
    kernel.fixed({rows, columns, fixed_.data() + tile_number(row, column) * elements, edge, groups,
                  by_row.data() + i0 * Job::width, length * Job::width, by_vector.data() + j0, length,
                  sums.across.data(), row == column ? nullptr : sums.down.data(), ahead});
    for (std::size_t g = 0; g < groups; ++g) {
      kernel.accumulate(rows * Job::width, sums.across.data() + g * part,
                        across.data() + (g * length + i0) * Job::width);
    }
    for (std::size_t c = 0; c < groups * Job::width && row != column; ++c)
      kernel.accumulate(columns, sums.down.data() + c * edge, down.data() + c * length + j0);
  };
  each_pair(executor, [&](std::size_t block_row, std::size_t block_column, std::uint32_t worker) {
    each_tile(block_row, block_column, [&](std::size_t row, std::size_t column, const std::byte* ahead) {
      multiply(row, column, ahead, own[worker]);
    });
  });
  const double unit = points_.kernel().amplitude / steps;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < count; ++c) {
      y[i * count + c] =
          unit * (across[(c / Job::width * length + i) * Job::width + c % Job::width] + down[c * length + i]);
    }
  }
}

template <class T>
void KernelOperator<T>::fill(Executor& executor) {
  const detail::TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const std::size_t n = size();
  const T scale = static_cast<T>(steps / points_.kernel().amplitude);
  std::vector<Scratch> scratch(executor.workers());
  executor.run(tiles_, [&](std::uint64_t column, std::uint32_t worker) {
    for (std::size_t row = column; row < tiles_; ++row) {
      const T* values = tile(row, column, scratch[worker]);
      if (storage_ != KernelStorage::fixed16) continue;
      // Elements beyond the edge of the matrix are what the memory held: nobody reads them.
      std::uint16_t* fixed = fixed_.data() + tile_number(row, column) * elements;
      for (std::size_t i = 0; i < std::min(edge, n - row * edge); ++i)
        kernel.to_fixed(std::min(edge, n - column * edge), scale, values + i * edge, fixed + i * edge);
    }
  });
  filled_ = true;
}

template <class T>
void KernelOperator<T>::columns(const std::vector<std::size_t>& chosen, T* k, std::size_t stride,
                                Executor& executor) {
  if (storage_ != KernelStorage::none && !filled_) fill(executor);
  const std::size_t n = size();
  std::vector<Scratch> scratch(executor.workers());
  std::vector<std::size_t> order(chosen.size());
  for (std::size_t t = 0; t < chosen.size(); ++t) order[t] = t;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return chosen[a] / edge < chosen[b] / edge; });
  const T unit = static_cast<T>(points_.kernel().amplitude / steps);
  // A task is one row of tiles of the chosen points; its elements come from the lower triangle.
  executor.run(tiles_, [&](std::uint64_t other, std::uint32_t worker) {
    const std::size_t i0 = other * edge, rows = std::min(edge, n - i0);
    std::size_t present = ~std::size_t{0};
    const T* values = nullptr;
    for (const std::size_t t : order) {
      const std::size_t own = chosen[t] / edge, within = chosen[t] % edge,
                        row = std::max<std::size_t>(own, other), column = std::min<std::size_t>(own, other);
      const std::size_t first = own <= other ? within : within * edge, step = own <= other ? edge : 1;
      T* to = k + t * stride + i0;
      if (storage_ == KernelStorage::fixed16) {
        const std::uint16_t* fixed = fixed_.data() + tile_number(row, column) * elements + first;
        for (std::size_t i = 0; i < rows; ++i) to[i] = unit * static_cast<T>(fixed[i * step]);
        continue;
      }
      if (own != present) values = tile(row, column, scratch[worker]);
      present = own;
      for (std::size_t i = 0; i < rows; ++i) to[i] = values[first + i * step];
    }
  });
}

template class KernelOperator<double>;
template class KernelOperator<float>;

}  // namespace ansatz
