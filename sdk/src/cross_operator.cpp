#include "ansatz/num/cross_operator.hpp"

#include <algorithm>

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
  const std::size_t width = detail::round_up(count, detail::best_tile_kernel<T>().lanes);
  if (width != width_) {
    v_ = LargeBuffer<T>(m * width);
    scratch_.clear();
  }
  count_ = count;
  width_ = width;
  multiplies_ = v != nullptr;
  if (!multiplies_) return;
  for (std::size_t j = 0; j < m; ++j) {
    for (std::size_t c = 0; c < width; ++c)
      v_.data()[j * width + c] = c < count ? static_cast<T>(v[j * count + c]) : T{0};
  }
}

// u = K v, rows x count.
template <class T>
void CrossOperator<T>::multiply(std::size_t rows, const T* k, double* u, Scratch& own) const {
  const detail::TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const std::size_t m = centres_.size();
  for (std::size_t j = 0; j < m; j += edge) {
    for (std::size_t first = 0; first < width_; first += kernel.columns) {
      const std::size_t part = std::min(kernel.columns, width_ - first);
      kernel.narrow({rows, part, std::min(edge, m - j), k + j, m, 1, v_.data() + j * width_ + first, width_,
                     own.product.data(), part});
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t c = first; c < std::min(count_, first + part); ++c)
          u[i * count_ + c] += static_cast<double>(own.product.data()[i * part + c - first]);
      }
    }
  }
}

// sums = K' u; u is rows x width_.
template <class T>
void CrossOperator<T>::add_transposed(std::size_t rows, const T* k, const T* u, double* sums,
                                      Scratch& own) const {
  const detail::TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const std::size_t m = centres_.size();
  for (std::size_t j = 0; j < m; j += edge) {
    const std::size_t height = std::min(edge, m - j);
    for (std::size_t first = 0; first < width_; first += kernel.columns) {
      const std::size_t part = std::min(kernel.columns, width_ - first);
      kernel.narrow({height, part, rows, k + j, 1, m, u + first, width_, own.product.data(), part});
      for (std::size_t i = 0; i < height; ++i) {
        for (std::size_t c = first; c < std::min(count_, first + part); ++c)
          sums[(j + i) * count_ + c] = static_cast<double>(own.product.data()[i * part + c - first]);
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
    if (own.rounded.data() == nullptr) {
      own = {LargeBuffer<T>(stored_ ? 1 : edge * m), LargeBuffer<T>(edge * width_),
             LargeBuffer<T>(edge * detail::best_tile_kernel<T>().columns)};
    }
    const std::size_t begin = group * edge, count = std::min(edge, total - begin);
    T* k = stored_ ? k_.data() + (first + begin) * m : own.k.data();
    if (!filled_) {
      SerialExecutor serial;
      centres_.cross(part_of(rows, begin, count), k, m, serial);
    }
    std::vector<double> u(count * count_);
    if (multiplies_) multiply(count, k, u.data(), own);
    std::fill_n(own.rounded.data(), edge * width_, T{0});
    for (std::size_t i = 0; i < count; ++i) {
      change(first + begin + i, u.data() + i * count_);
      for (std::size_t c = 0; c < count_; ++c)
        own.rounded.data()[i * width_ + c] = static_cast<T>(u[i * count_ + c]);
    }
    if (sums == nullptr) return;
    parts[group].resize(m * count_);
    add_transposed(count, k, own.rounded.data(), parts[group].data(), own);
  });
  if (sums == nullptr) return;
  for (const std::vector<double>& part : parts) {
    for (std::size_t e = 0; e < part.size(); ++e) sums[e] += part[e];
  }
}

template class CrossOperator<double>;
template class CrossOperator<float>;

}  // namespace ansatz
