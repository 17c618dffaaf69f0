#include "ansatz/num/multiply.hpp"

#include <algorithm>
#include <vector>

#include "ansatz/num/large_buffer.hpp"
#include "ansatz/num/parallel.hpp"
#include "tile_kernel.hpp"

namespace ansatz {

void add_product(const Factor& a, std::size_t count, const double* x, double* y, Executor& executor) {
  using detail::round_up;
  constexpr std::size_t edge = 240;  // a block of the matrix stays in the second cache for all vectors
  const detail::TileKernel<double>& kernel = detail::best_tile_kernel<double>();
  const std::size_t width = round_up(count, kernel.lanes);
  if (count == 0 || a.rows == 0 || a.depth == 0) return;
  LargeBuffer<double> padded(a.depth * width);
  for (std::size_t k = 0; k < a.depth; ++k) {
    std::copy_n(x + k * count, count, padded.data() + k * width);
    std::fill_n(padded.data() + k * width + count, width - count, 0.0);
  }
  for_each_block(executor, a.rows, edge, [&](Block rows, std::uint32_t) {
    const std::size_t height = rows.size();
    std::vector<double> part(height * width);
    for (std::size_t k = 0; k < a.depth; k += edge) {
      const std::size_t depth = std::min(edge, a.depth - k);
      for (std::size_t c = 0; c < width; c += kernel.columns) {
        kernel.narrow({height, std::min(kernel.columns, width - c), depth,
                       a.data + rows.first * a.row_step + k * a.depth_step, a.row_step, a.depth_step,
                       padded.data() + k * width + c, width, part.data() + c, width});
      }
      for (std::size_t i = 0; i < height; ++i) {
        for (std::size_t c = 0; c < count; ++c) y[(rows.first + i) * count + c] += part[i * width + c];
      }
    }
  });
}

}  // namespace ansatz
