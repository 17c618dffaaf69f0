#include "ansatz/num/cross_operator.hpp"

#include <algorithm>
#include <type_traits>

#include "ansatz/num/parallel.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

constexpr std::size_t edge = KernelPoints<double>::block_alignment;
// For few vectors: these stay in the first cache, and K between its two products in the second.
constexpr std::size_t few_columns = 1024, few_rows = 24;

// For these K is read as it lies; more are worth a copy of each block in f64.
bool is_few(std::size_t count) { return count <= detail::FewJob<double>::most; }

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
  const std::size_t width =
      is_few(count) ? count : detail::round_up(count, detail::best_tile_kernel<double>().lanes);
  if (width != width_) {
    v_ = LargeBuffer<double>(m * width);
    scratch_.clear();
  }
  count_ = count;
  width_ = width;
  multiplies_ = v != nullptr;
  if (!multiplies_) return;
  if (is_few(count)) {
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t j = 0; j < m; ++j) v_.data()[c * m + j] = v[j * count + c];
    }
    return;
  }
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
void CrossOperator<T>::multiply_transposed(std::size_t rows, const T* k, double* sums, Scratch& own) const {
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
void CrossOperator<T>::many_products(std::size_t first, std::size_t rows, const T* k, const Change& change,
                                     double* sums, Scratch& own) const {
  std::vector<double> u(rows * count_);
  if (multiplies_) multiply(rows, k, u.data(), own);
  std::fill_n(own.u.data(), edge * width_, 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    change(first + i, u.data() + i * count_);
    for (std::size_t c = 0; c < count_; ++c) own.u.data()[i * width_ + c] = u[i * count_ + c];
  }
  if (sums != nullptr) multiply_transposed(rows, k, sums, own);
}

template <class T>
void CrossOperator<T>::few_products(std::size_t first, std::size_t rows, const T* k, const Change& change,
                                    double* sums, Scratch& own) const {
  const detail::TileKernel<T>& kernel = detail::best_tile_kernel<T>();
  const std::size_t m = centres_.size();
  double *u = own.u.data(), *columns = own.product.data();
  std::fill_n(columns, count_ * m, 0.0);
  for (std::size_t i0 = 0; i0 < rows; i0 += few_rows, k += few_rows * m) {
    const std::size_t part = std::min(few_rows, rows - i0);
    std::fill_n(u, part * count_, 0.0);
    for (std::size_t j = 0; j < m && multiplies_; j += few_columns) {
      kernel.across({part, std::min(few_columns, m - j), count_, k + j, m, v_.data() + j, u, m});
    }
    for (std::size_t i = 0; i < part; ++i) change(first + i0 + i, u + i * count_);
    for (std::size_t j = 0; j < m && sums != nullptr; j += few_columns) {
      kernel.down({part, std::min(few_columns, m - j), count_, k + j, m, u, columns + j, m});
    }
  }
  for (std::size_t j = 0; j < m && sums != nullptr; ++j) {
    for (std::size_t c = 0; c < count_; ++c) sums[j * count_ + c] = columns[c * m + j];
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
             LargeBuffer<double>(std::is_same_v<T, double> || is_few(count_) ? 1 : edge * edge),
             LargeBuffer<double>(edge * width_),
             LargeBuffer<double>(is_few(count_) ? count_ * m
                                                : edge * detail::best_tile_kernel<double>().columns)};
    }
    const std::size_t begin = group * edge, count = std::min(edge, total - begin);
    T* k = stored_ ? k_.data() + (first + begin) * m : own.k.data();
    if (!filled_) {
      SerialExecutor serial;
      centres_.cross(part_of(rows, begin, count), k, m, serial);
    }
    double* part = nullptr;
    if (sums != nullptr) part = (parts[group] = std::vector<double>(m * count_)).data();
    if (is_few(count_)) {
      few_products(first + begin, count, k, change, part, own);
    } else {
      many_products(first + begin, count, k, change, part, own);
    }
  });
  if (sums == nullptr) return;
  for (const std::vector<double>& part : parts) {
    for (std::size_t e = 0; e < part.size(); ++e) sums[e] += part[e];
  }
}

template class CrossOperator<double>;
template class CrossOperator<float>;

}  // namespace ansatz
