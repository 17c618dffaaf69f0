#include "tile_kernel.hpp"

#include <algorithm>
#include <array>

namespace ansatz::detail {

template <>
std::span<const TileKernel<double>* const> tile_kernels<double>() {
  static constexpr std::array all{&tile_kernel_avx512_f64, &tile_kernel_avx2_f64, &tile_kernel_baseline_f64};
  return all;
}
template <>
std::span<const TileKernel<float>* const> tile_kernels<float>() {
  static constexpr std::array all{&tile_kernel_avx512_f32, &tile_kernel_avx2_f32, &tile_kernel_baseline_f32};
  return all;
}

template <class T>
const TileKernel<T>& best_tile_kernel() {
  static const TileKernel<T>& best = **std::find_if(tile_kernels<T>().begin(), tile_kernels<T>().end(),
                                                    [](const auto* kernel) { return kernel->supported(); });
  return best;
}
template const TileKernel<double>& best_tile_kernel<double>();
template const TileKernel<float>& best_tile_kernel<float>();

template <class T>
void pack_rows(std::size_t count, std::size_t depth, const T* source, std::size_t stride, std::size_t width,
               T* target) {
  for (std::size_t first = 0; first < count; first += width, target += width * depth) {
    const std::size_t rows = std::min(width, count - first);
    if (rows < width) std::fill_n(target, width * depth, T{0});
    for (std::size_t i = 0; i < rows; ++i) {
      const T* row = source + (first + i) * stride;
      for (std::size_t k = 0; k < depth; ++k) target[k * width + i] = row[k];
    }
  }
}
template void pack_rows(std::size_t, std::size_t, const double*, std::size_t, std::size_t, double*);
template void pack_rows(std::size_t, std::size_t, const float*, std::size_t, std::size_t, float*);

}  // namespace ansatz::detail
