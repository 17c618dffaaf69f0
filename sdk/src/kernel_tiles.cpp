// Tiles of kernel values from packed rows.
#include <algorithm>
#include <cmath>

#include "ansatz/num/error.hpp"
#include "ansatz/num/kernel.hpp"
#include "byte_kernel.hpp"
#include "kernel_values.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::Pairing;
using detail::Store;
using detail::TileKernel;

constexpr std::size_t depth_block = 128;
// Pairs with r^2 below this share of |x|^2 + |y|^2 have lost digits.
constexpr double close_share = 1e-4;

}  // namespace

// From the differences, in f64.
template <class T>
void KernelPoints<T>::recompute_close(const Operand& a, std::size_t i, const Operand& b, std::size_t j0,
                                      std::size_t columns_of_tile, T* row) const {
  const std::size_t a_width = width(Side::left), b_width = width(Side::right), d = columns();
  const T* x = a.data_.data() + i / a_width * a_width * d + i % a_width;
  for (std::size_t j = 0; j < columns_of_tile; ++j) {
    if (!(row[j] < static_cast<T>(close_share) * (a.norms_[i] + b.norms_[j0 + j]))) continue;
    const T* y = b.data_.data() + (j0 + j) / b_width * b_width * d + (j0 + j) % b_width;
    double r2 = 0;
    for (std::size_t k = 0; k < d; ++k) {
      const double difference = static_cast<double>(x[k * a_width]) - static_cast<double>(y[k * b_width]);
      r2 += difference * difference;
    }
    row[j] = static_cast<T>(r2);
  }
}

// Products, squared distances or sums of differences.
template <class T>
void KernelPoints<T>::sum_tile(const Operand& a, std::size_t i0, std::size_t rows, const Operand& b,
                               std::size_t j0, std::size_t tile_columns, T* c, std::size_t stride) const {
  const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const std::size_t d = columns();
  const Pairing pairing = detail::pairing_of(kernel_);
  const auto sum = pairing == Pairing::absolute     ? kernel.absolute
                   : pairing == Pairing::chi_square ? kernel.chi_square
                                                    : kernel.product;
  for (std::size_t k = 0; k < d; k += depth_block) {
    sum({rows, tile_columns, std::min(depth_block, d - k), a.data_.data() + i0 * d + k * kernel.rows,
         kernel.rows * d, b.data_.data() + j0 * d + k * kernel.columns, kernel.columns * d, c, stride,
         k == 0 ? Store::assign : Store::add});
  }
  if (pairing != Pairing::euclidean) return;
  for (std::size_t i = 0; i < rows; ++i) {
    T* row = c + i * stride;
    if (kernel.distances(tile_columns, a.norms_[i0 + i], b.norms_.data() + j0, static_cast<T>(close_share),
                         row)) {
      recompute_close(a, i0 + i, b, j0, tile_columns, row);
    }
  }
}

// The same from whole numbers.
template <class T>
void KernelPoints<T>::sum_bytes(const Operand& a, std::size_t i0, std::size_t rows, const Operand& b,
                                std::size_t j0, std::size_t tile_columns, T* c, std::size_t stride) const {
  if constexpr (std::is_same_v<T, float>) {
    const detail::ByteKernel& kernel = detail::best_byte_kernel();
    const std::size_t d = depth();
    kernel.product({rows, tile_columns, d / 4, a.bytes_.data() + i0 * d, kernel.rows * d,
                    b.bytes_.data() + j0 * d, kernel.columns * d, c, stride});
    const auto scale = static_cast<float>(factors_[0] * factors_[0]);
    for (std::size_t i = 0; i < rows; ++i) {
      if (kernel_.euclidean()) {
        kernel.euclidean(tile_columns, a.terms_[i0 + i], b.terms_.data() + j0, scale, c + i * stride);
      } else {
        kernel.inner(tile_columns, b.terms_.data() + j0, c + i * stride);
      }
    }
  }
}

template <class T>
void KernelPoints<T>::tile(Value value, const Operand& a, std::size_t i0, std::size_t rows, const Operand& b,
                           std::size_t j0, std::size_t tile_columns, T* c, std::size_t stride) const {
  if (bytes_) {
    sum_bytes(a, i0, rows, b, j0, tile_columns, c, stride);
  } else {
    sum_tile(a, i0, rows, b, j0, tile_columns, c, stride);
  }
  const auto finish = value == Value::kernel ? &detail::kernel_values<T> : &detail::distance_values<T>;
  if (stride == tile_columns) {
    finish(kernel_, c, rows * tile_columns);
  } else {
    for (std::size_t i = 0; i < rows; ++i) finish(kernel_, c + i * stride, tile_columns);
  }
}

#define ANSATZ_TILES(T)                                                                                    \
  template void KernelPoints<T>::tile(Value, const Operand&, std::size_t, std::size_t, const Operand&,     \
                                      std::size_t, std::size_t, T*, std::size_t) const;                    \
  template void KernelPoints<T>::sum_tile(const Operand&, std::size_t, std::size_t, const Operand&,        \
                                          std::size_t, std::size_t, T*, std::size_t) const;                \
  template void KernelPoints<T>::sum_bytes(const Operand&, std::size_t, std::size_t, const Operand&,       \
                                           std::size_t, std::size_t, T*, std::size_t) const;               \
  template void KernelPoints<T>::recompute_close(const Operand&, std::size_t, const Operand&, std::size_t, \
                                                 std::size_t, T*) const;
ANSATZ_TILES(double)
ANSATZ_TILES(float)

}  // namespace ansatz
