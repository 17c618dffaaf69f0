#include "long_vectors.hpp"

#include <algorithm>
#include <vector>

#include "ansatz/num/large_buffer.hpp"
#include "ansatz/num/parallel.hpp"
#include "tile_kernel.hpp"

namespace ansatz::detail {
namespace {

constexpr std::size_t depth_block = 128;   // so that packed panels stay in the first cache
constexpr std::size_t sum_segment = 2048;  // positions a partial sum
constexpr std::size_t segment = 240;       // positions of the vectors that are combined at once

// Positions [first, first + count) of vectors as rows of a right operand: element (position, depth = vector).
void pack_positions(std::size_t n, std::size_t vectors, const double* a, std::size_t first, std::size_t count,
                    std::size_t width, double* target) {
  for (std::size_t panel = 0; panel < count; panel += width) {
    const std::size_t filled = std::min(width, count - panel);
    for (std::size_t k = 0; k < vectors; ++k, target += width) {
      const double* source = a + k * n + first + panel;
      std::copy_n(source, filled, target);
      std::fill(target + filled, target + width, 0.0);
    }
  }
}

// y(j, s) <store> sum over i of h(i, j) a(i, first + s) for s < count.
class Combination {
 public:
  Combination(std::size_t n, std::size_t a_count, const double* a, const double* h, std::size_t y_count)
      : n_{n}, a_count_{a_count}, a_{a}, y_count_{y_count} {
    std::vector<double> transposed(y_count * a_count);
    for (std::size_t i = 0; i < a_count; ++i) {
      for (std::size_t j = 0; j < y_count; ++j) transposed[j * a_count + i] = h[i * y_count + j];
    }
    packed_ = LargeBuffer<double>(round_up(y_count, kernel_.rows) * a_count);
    pack_rows(y_count, a_count, transposed.data(), a_count, kernel_.rows, packed_.data());
  }

  void run(std::size_t first, std::size_t count, double* scratch, double* y, std::size_t y_stride,
           Store store) const {
    pack_positions(n_, a_count_, a_, first, count, kernel_.columns, scratch);
    for (std::size_t k = 0; k < a_count_; k += depth_block) {
      kernel_.product({y_count_, count, std::min(depth_block, a_count_ - k),
                       packed_.data() + k * kernel_.rows, kernel_.rows * a_count_,
                       scratch + k * kernel_.columns, kernel_.columns * a_count_, y, y_stride,
                       k > 0 && store == Store::assign ? Store::add : store});
    }
  }
  [[nodiscard]] std::size_t scratch_size() const { return round_up(segment, kernel_.columns) * a_count_; }

 private:
  const TileKernel<double>& kernel_ = best_tile_kernel<double>();
  std::size_t n_, a_count_;
  const double* a_;
  std::size_t y_count_;
  LargeBuffer<double> packed_;
};

std::vector<double> add(std::vector<double> a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

}  // namespace

void inner_products(std::size_t n, std::size_t a_count, const double* a, std::size_t b_count, const double* b,
                    double* c, Executor& executor) {
  if (a_count == 0 || b_count == 0) return;
  const TileKernel<double>& kernel = best_tile_kernel<double>();
  const std::size_t a_size = round_up(a_count, kernel.rows) * depth_block,
                    b_size = round_up(b_count, kernel.columns) * depth_block;
  std::vector<LargeBuffer<double>> scratch(executor.workers());
  std::vector<std::vector<double>> parts(count_blocks(n, sum_segment),
                                         std::vector<double>(a_count * b_count));
  for_each_block(executor, n, sum_segment, [&](Block positions, std::uint32_t worker) {
    if (scratch[worker].data() == nullptr) scratch[worker] = LargeBuffer<double>(a_size + b_size);
    double *left = scratch[worker].data(), *right = left + a_size;
    for (std::size_t k = positions.first; k < positions.last; k += depth_block) {
      const std::size_t depth = std::min<std::size_t>(depth_block, positions.last - k);
      pack_rows(a_count, depth, a + k, n, kernel.rows, left);
      pack_rows(b_count, depth, b + k, n, kernel.columns, right);
      kernel.product({a_count, b_count, depth, left, kernel.rows * depth, right, kernel.columns * depth,
                      parts[positions.first / sum_segment].data(), b_count, Store::add});
    }
  });
  const std::vector<double> total = combine_in_order(std::move(parts), add);
  std::copy(total.begin(), total.end(), c);
}

void subtract_combinations(std::size_t n, std::size_t a_count, const double* a, const double* h,
                           std::size_t y_count, double* y, Executor& executor) {
  if (a_count == 0 || y_count == 0) return;
  const Combination combination{n, a_count, a, h, y_count};
  std::vector<LargeBuffer<double>> scratch(executor.workers());
  for_each_block(executor, n, segment, [&](Block positions, std::uint32_t worker) {
    if (scratch[worker].data() == nullptr) scratch[worker] = LargeBuffer<double>(combination.scratch_size());
    combination.run(positions.first, positions.size(), scratch[worker].data(), y + positions.first, n,
                    Store::subtract);
  });
}

void combine(std::size_t n, std::size_t a_count, const double* a, const double* h, std::size_t y_count,
             double* y, Executor& executor) {
  if (y_count == 0) return;
  const Combination combination{n, a_count, a, h, y_count};
  std::vector<LargeBuffer<double>> scratch(executor.workers());
  for_each_block(executor, n, segment, [&](Block positions, std::uint32_t worker) {
    if (scratch[worker].data() == nullptr) scratch[worker] = LargeBuffer<double>(combination.scratch_size());
    combination.run(positions.first, positions.size(), scratch[worker].data(), y + positions.first, n,
                    Store::assign);
  });
}

}  // namespace ansatz::detail
