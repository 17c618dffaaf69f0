#include "ansatz/num/nystrom.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ansatz/num/cholesky.hpp"
#include "ansatz/num/error.hpp"
#include "ansatz/num/parallel.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::round_up;
using detail::Store;
using detail::TileKernel;

constexpr std::size_t edge = 240;
constexpr std::size_t depth_block = 128;
constexpr std::size_t depth_chunk = 1920;  // rows of the data whose packed columns exist at once

// A block of C in f64 at `scratch`, or where it is.
template <class T>
const double* block_of(const T* c, std::size_t stride, std::size_t rows, std::size_t columns, double* scratch,
                       std::size_t& scratch_stride) {
  if constexpr (std::is_same_v<T, double>) {
    scratch_stride = stride;
    return c;
  } else {
    scratch_stride = edge;
    const TileKernel<T>& kernel = detail::best_tile_kernel<T>();
    for (std::size_t i = 0; i < rows; ++i) kernel.widen(columns, c + i * stride, scratch + i * edge);
    return scratch;
  }
}

}  // namespace

template <class T>
NystromPreconditioner<T>::NystromPreconditioner(std::vector<std::size_t> pivots, LargeBuffer<T> columns,
                                                std::size_t n)
    : pivots_{std::move(pivots)},
      columns_{std::move(columns)},
      n_{n},
      weights_(n),
      gram_(pivots_.size() * pivots_.size()) {}

template <class T>
void NystromPreconditioner<T>::add_rows(const double* weights, Executor& executor) {
  const std::size_t q = pivots_.size();
  const TileKernel<double>& kernel = detail::best_tile_kernel<double>();
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < n_; ++i) {
    weights_[i] += weights[i];
    if (weights[i] > 0) rows.push_back(i);
  }
  const std::size_t tiles = count_blocks(q, edge);
  LargeBuffer<double> left(round_up(q, edge) * depth_chunk), right(round_up(q, edge) * depth_chunk);
  for (std::size_t first = 0; first < rows.size(); first += depth_chunk) {
    const std::size_t depth = std::min(depth_chunk, rows.size() - first);
    for_each(executor, tiles, [&](std::uint64_t tile, std::uint32_t) {
      const std::size_t begin = tile * edge, count = std::min(edge, q - begin);
      std::vector<double> gathered(count * depth);
      for (std::size_t t = 0; t < count; ++t) {
        const T* column = columns_.data() + (begin + t) * n_;
        for (std::size_t k = 0; k < depth; ++k) {
          const std::size_t row = rows[first + k];
          gathered[t * depth + k] = std::sqrt(weights[row]) * static_cast<double>(column[row]);
        }
      }
      detail::pack_rows(count, depth, gathered.data(), depth, kernel.rows, left.data() + begin * depth);
      detail::pack_rows(count, depth, gathered.data(), depth, kernel.columns, right.data() + begin * depth);
    });
    for_each(executor, tiles * (tiles + 1) / 2, [&](std::uint64_t task, std::uint32_t) {
      std::size_t i = 0;
      while ((i + 1) * (i + 2) / 2 <= task) ++i;
      const std::size_t i0 = i * edge, j0 = (task - i * (i + 1) / 2) * edge;
      for (std::size_t k = 0; k < depth; k += depth_block) {
        kernel.product({std::min(edge, q - i0), std::min(edge, q - j0), std::min(depth_block, depth - k),
                        left.data() + i0 * depth + k * kernel.rows, kernel.rows * depth,
                        right.data() + j0 * depth + k * kernel.columns, kernel.columns * depth,
                        gram_.data() + i0 * q + j0, q, Store::add});
      }
    });
  }
}

template <class T>
void NystromPreconditioner<T>::factor(double shift, Executor& executor) {
  const std::size_t q = pivots_.size();
  shift_ = shift;
  // What rounding leaves of a zero: of f32 in K_SS, or of f64 in the sum.
  double mean = 0, sum = 0;
  for (std::size_t t = 0; t < q; ++t) {
    mean += static_cast<double>(columns_.data()[t * n_ + pivots_[t]]) / static_cast<double>(q);
    sum += gram_[t * q + t] / static_cast<double>(q);
  }
  const double unit = std::max(static_cast<double>(std::numeric_limits<T>::epsilon()) * mean,
                               std::numeric_limits<double>::epsilon() * sum / shift);
  jitter_ = 0;
  for (int attempt = 0; attempt <= 6; ++attempt) {
    factor_ = gram_;
    for (std::size_t t = 0; t < q; ++t) {
      for (std::size_t s = 0; s <= t; ++s) {
        factor_[t * q + s] += shift * static_cast<double>(columns_.data()[t * n_ + pivots_[s]]);
      }
      factor_[t * q + t] += shift * jitter_;
    }
    if (!cholesky(q, factor_.data(), q, executor)) return;
    jitter_ = attempt == 0 ? unit : 10 * jitter_;
  }
  throw NumericalError("the columns of the preconditioner do not factor even with a jitter of " +
                       std::to_string(jitter_ / 10) + "; raise the penalty, or ask for fewer columns");
}

template <class T>
double NystromPreconditioner<T>::mean_rest(const std::vector<double>& diagonal, Executor& executor) const {
  const std::size_t q = pivots_.size(), sample = std::min<std::size_t>(n_, 500);
  std::vector<double> block(q * q);
  double jitter = 0, mean = 0;
  for (std::size_t t = 0; t < q; ++t)
    mean += static_cast<double>(columns_.data()[t * n_ + pivots_[t]]) / static_cast<double>(q);
  for (int attempt = 0;; ++attempt) {
    for (std::size_t t = 0; t < q; ++t) {
      for (std::size_t s = 0; s <= t; ++s)
        block[t * q + s] = static_cast<double>(columns_.data()[t * n_ + pivots_[s]]);
      block[t * q + t] += jitter;
    }
    if (!cholesky(q, block.data(), q, executor)) break;
    if (attempt > 12) return 0;
    jitter = attempt == 0 ? std::numeric_limits<T>::epsilon() * mean : 10 * jitter;
  }
  // k' K_SS^-1 k = |L^-1 k|^2 for rows spread over the data.
  std::vector<double> k(sample * q);
  for (std::size_t i = 0; i < sample; ++i) {
    const std::size_t row = i * n_ / sample;
    for (std::size_t t = 0; t < q; ++t) k[i * q + t] = static_cast<double>(columns_.data()[t * n_ + row]);
  }
  solve_lower_rows(q, block.data(), q, sample, k.data(), executor);
  double rest = 0;
  for (std::size_t i = 0; i < sample; ++i) {
    double own = diagonal[i * n_ / sample];
    for (std::size_t t = 0; t < q; ++t) own -= k[i * q + t] * k[i * q + t];
    rest += std::max(0.0, own) / static_cast<double>(sample);
  }
  return rest;
}

template <class T>
void NystromPreconditioner<T>::apply(std::size_t count, const double* r, double* z,
                                     Executor& executor) const {
  const TileKernel<double>& kernel = detail::best_tile_kernel<double>();
  const std::size_t q = pivots_.size(), width = round_up(count, kernel.lanes);
  // Rows of W r, padded.
  LargeBuffer<double> rows(n_ * width);
  for (std::size_t i = 0; i < n_; ++i) {
    for (std::size_t c = 0; c < width; ++c)
      rows.data()[i * width + c] = c < count ? weights_[i] * r[c * n_ + i] : 0;
  }
  // u = C W r, then H^-1 u.
  std::vector<double> u(count * q);
  const std::size_t tiles = count_blocks(q, edge);
  for_each(executor, tiles, [&](std::uint64_t tile, std::uint32_t) {
    const std::size_t t0 = tile * edge, height = std::min(edge, q - t0);
    LargeBuffer<double> scratch(edge * edge);
    std::vector<double> sums(height * width), part(height * width);
    for (std::size_t i0 = 0; i0 < n_; i0 += edge) {
      const std::size_t depth = std::min(edge, n_ - i0);
      std::size_t stride = 0;
      const double* block =
          block_of(columns_.data() + t0 * n_ + i0, n_, height, depth, scratch.data(), stride);
      for (std::size_t c = 0; c < width; c += kernel.columns) {
        kernel.narrow({height, std::min(kernel.columns, width - c), depth, block, stride, 1,
                       rows.data() + i0 * width + c, width, part.data() + c, width});
      }
      for (std::size_t e = 0; e < sums.size(); ++e) sums[e] += part[e];
    }
    for (std::size_t t = 0; t < height; ++t) {
      for (std::size_t c = 0; c < count; ++c) u[c * q + t0 + t] = sums[t * width + c];
    }
  });
  cholesky_solve(q, factor_.data(), q, count, u.data(), executor);
  LargeBuffer<double> turned(q * width);
  for (std::size_t t = 0; t < q; ++t) {
    for (std::size_t c = 0; c < width; ++c) turned.data()[t * width + c] = c < count ? u[c * q + t] : 0;
  }
  // z = (W r - W C' u) / shift.
  for_each(executor, count_blocks(n_, edge), [&](std::uint64_t task, std::uint32_t) {
    const std::size_t i0 = task * edge, height = std::min(edge, n_ - i0);
    LargeBuffer<double> scratch(edge * edge);
    std::vector<double> sums(height * width), part(height * width);
    for (std::size_t t0 = 0; t0 < q; t0 += edge) {
      const std::size_t depth = std::min(edge, q - t0);
      std::size_t stride = 0;
      const double* block =
          block_of(columns_.data() + t0 * n_ + i0, n_, depth, height, scratch.data(), stride);
      for (std::size_t c = 0; c < width; c += kernel.columns) {
        kernel.narrow({height, std::min(kernel.columns, width - c), depth, block, 1, stride,
                       turned.data() + t0 * width + c, width, part.data() + c, width});
      }
      for (std::size_t e = 0; e < sums.size(); ++e) sums[e] += part[e];
    }
    for (std::size_t i = 0; i < height; ++i) {
      for (std::size_t c = 0; c < count; ++c) {
        z[c * n_ + i0 + i] =
            (rows.data()[(i0 + i) * width + c] - weights_[i0 + i] * sums[i * width + c]) / shift_;
      }
    }
  });
}

template class NystromPreconditioner<double>;
template class NystromPreconditioner<float>;

}  // namespace ansatz
