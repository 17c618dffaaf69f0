#include "gram.hpp"

#include <ansatz/num/parallel.hpp>

#include <algorithm>

namespace ansatz::kernel_pca {

template <class T>
PointsGram<T>::PointsGram(const KernelPoints<T>& points, std::uint64_t memory)
    : points_{points},
      product_{points, KernelOperator<T>::bytes(points.size(), KernelStorage::full) <= memory
                           ? KernelStorage::full
                           : KernelStorage::none} {}

template <class T>
void PointsGram<T>::multiply(std::size_t count, const double* v, double* y, Executor& executor) {
  product_.apply(count, v, y, executor);
}

template <class T>
void PointsGram<T>::fill(double* k, Executor& executor) const {
  const std::size_t n = size();
  if constexpr (std::is_same_v<T, double>) {
    points_.gram(k, n, executor);
  } else {
    LargeBuffer<T> values(n * n);
    points_.gram(values.data(), n, executor);
    std::copy_n(values.data(), n * n, k);
  }
}

template class PointsGram<double>;
template class PointsGram<float>;

void MatrixGram::multiply(std::size_t count, const double* v, double* y, Executor& executor) {
  const auto columns = static_cast<Eigen::Index>(count);
  const Eigen::Map<const Matrix<double>> right{v, k_.rows(), columns};
  Eigen::Map<Matrix<double>> result{y, k_.rows(), columns};
  for_each_block(executor, size(), 256, [&](Block rows, std::uint32_t) {
    const auto first = static_cast<Eigen::Index>(rows.first), size = static_cast<Eigen::Index>(rows.size());
    result.middleRows(first, size).noalias() = k_.middleRows(first, size) * right;
  });
}

void MatrixGram::fill(double* k, Executor& /*executor*/) const { std::copy_n(k_.data(), k_.size(), k); }

}  // namespace ansatz::kernel_pca
