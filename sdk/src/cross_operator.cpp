#include "ansatz/num/cross_operator.hpp"

#include <algorithm>
#include <type_traits>

#include "ansatz/num/parallel.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

constexpr std::size_t edge = KernelPoints<double>::block_alignment;

Rows part_of(const Rows& rows, std::size_t first, std::size_t count) {
  return std::visit(
      [&]<class S>(const RowsOf<S>& r) -> Rows {
        return RowsOf<S>{r.data + first * r.columns, count, r.columns};
      },
      rows);
}

}  // namespace

template <class T>
CrossOperator<T>::CrossOperator(const KernelPoints<T>& centres, std::size_t rows, bool stored)
    : centres_{centres}, stored_{stored} {
  if (stored) k_ = LargeBuffer<T>(rows * centres.size(), Pages::plain);
}

template <class T>
void CrossOperator<T>::start(std::size_t count, const double* v) {
  const std::size_t m = centres_.size();
  const std::size_t width = detail::round_up(count, detail::best_tile_kernel<double>().lanes);
  if (width != width_) {
    v_ = LargeBuffer<double>(m * width);
    scratch_.clear();
  }
  count_ = count;
  width_ = width;
  multiplies_ = v != nullptr;
  if (!multiplies_) return;
  for (std::size_t j = 0; j < m; ++j) {
    for (std::size_t c = 0; c < width; ++c) v_.data()[j * width + c] = c < count ? v[j * count + c] : 0;
  }
}

template <class T>
const double* CrossOperator<T>::wide_block(const T* k, std::size_t m, std::size_t rows, std::size_t columns,
                                           Scratch& own, std::size_t& stride) {
  if constexpr (std::is_same_v<T, double>) {
    stride = m;
    return k;
  } else {
    stride = edge;
    const detail::TileKernel<T>& kernel = detail::best_tile_kernel<T>();
    for (std::size_t i = 0; i < rows; ++i) kernel.widen(columns, k + i * m, own.block.data() + i * edge);
    return own.block.data();
  }
}

// u = K v, rows x count.
template <class T>
void CrossOperator<T>::multiply(std::size_t rows, const T* k, double* u, Scratch& own) const {
  const detail::TileKernel<double>& kernel = detail::best_tile_kernel<double>();
  const std::size_t m = centres_.size();
  for (std::size_t j = 0; j < m; j += edge) {
    const std::size_t width = std::min(edge, m - j);
    std::size_t stride = 0;
    const double* block = wide_block(k + j, m, rows, width, own, stride);
    for (std::size_t first = 0; first < width_; first += kernel.columns) {
      const std::size_t part = std::min(kernel.columns, width_ - first);
      kernel.narrow({rows, part, width, block, stride, 1, v_.data() + j * width_ + first, width_,
                     own.product.data(), part});
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t c = first; c < std::min(count_, first + part); ++c)
          u[i * count_ + c] += own.product.data()[i * part + c - first];
      }
    }
  }
}

// sums = K' u; u is in the scratch, rows x width_.
template <class T>
void CrossOperator<T>::add_transposed(std::size_t rows, const T* k, double* sums, Scratch& own) const {
  const detail::TileKernel<double>& kernel = detail::best_tile_kernel<double>();
  const std::size_t m = centres_.size();
  for (std::size_t j = 0; j < m; j += edge) {
    const std::size_t height = std::min(edge, m - j);
    std::size_t stride = 0;
    const double* block = wide_block(k + j, m, rows, height, own, stride);
    for (std::size_t first = 0; first < width_; first += kernel.columns) {
      const std::size_t part = std::min(kernel.columns, width_ - first);
      kernel.narrow(
          {height, part, rows, block, 1, stride, own.u.data() + first, width_, own.product.data(), part});
      for (std::size_t i = 0; i < height; ++i) {
        for (std::size_t c = first; c < std::min(count_, first + part); ++c)
          sums[(j + i) * count_ + c] = own.product.data()[i * part + c - first];
      }
    }
  }
}

template <class T>
void CrossOperator<T>::block(std::size_t first, const Rows& rows, const Change& change, double* sums,
                             Executor& executor) {
  const std::size_t m = centres_.size(), total = row_count(rows), groups = count_blocks(total, edge);
  scratch_.resize(std::max<std::size_t>(scratch_.size(), executor.workers()));
  // Each group of rows has sums of its own, which are added in the order of the groups.
  std::vector<std::vector<double>> parts(sums == nullptr ? 0 : groups);
  for_each(executor, groups, [&](std::uint64_t group, std::uint32_t worker) {
    Scratch& own = scratch_[worker];
    if (own.u.data() == nullptr) {
      own = {LargeBuffer<T>(stored_ ? 1 : edge * m),
             LargeBuffer<double>(std::is_same_v<T, double> ? 1 : edge * edge),
             LargeBuffer<double>(edge * width_),
             LargeBuffer<double>(edge * detail::best_tile_kernel<double>().columns)};
    }
    const std::size_t begin = group * edge, count = std::min(edge, total - begin);
    T* k = stored_ ? k_.data() + (first + begin) * m : own.k.data();
    if (!filled_) {
      SerialExecutor serial;
      centres_.cross(part_of(rows, begin, count), k, m, serial);
    }
    std::vector<double> u(count * count_);
    if (multiplies_) multiply(count, k, u.data(), own);
    std::fill_n(own.u.data(), edge * width_, 0.0);
    for (std::size_t i = 0; i < count; ++i) {
      change(first + begin + i, u.data() + i * count_);
      for (std::size_t c = 0; c < count_; ++c) own.u.data()[i * width_ + c] = u[i * count_ + c];
    }
    if (sums == nullptr) return;
    parts[group].resize(m * count_);
    add_transposed(count, k, parts[group].data(), own);
  });
  if (sums == nullptr) return;
  for (const std::vector<double>& part : parts) {
    for (std::size_t e = 0; e < part.size(); ++e) sums[e] += part[e];
  }
}

template class CrossOperator<double>;
template class CrossOperator<float>;

}  // namespace ansatz
