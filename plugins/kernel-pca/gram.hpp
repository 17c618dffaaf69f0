// The kernel matrix of the training rows, known by its products, its elements and its diagonal.
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/kernel.hpp>
#include <ansatz/num/kernel_operator.hpp>
#include <ansatz/num/large_buffer.hpp>
#include <ansatz/state.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

#include <ansatz/session.hpp>

namespace ansatz::kernel_pca {

class Gram {
 public:
  virtual ~Gram() = default;
  [[nodiscard]] virtual std::size_t size() const = 0;
  // y = K v, both n x count, row-major.  The same bytes for any number of workers.
  virtual void multiply(std::size_t count, const double* v, double* y, Executor& executor) = 0;
  // Lower triangle of K into an n x n buffer; elements above the diagonal may be overwritten.
  virtual void fill(double* k, Executor& executor) const = 0;
  [[nodiscard]] virtual double diagonal(std::size_t i) const = 0;
};

// Of points.  The matrix is stored if it fits `memory` bytes, else computed anew for each product; the
// products are the same to the bit.
template <class T>
class PointsGram final : public Gram {
 public:
  PointsGram(const KernelPoints<T>& points, std::uint64_t memory);
  [[nodiscard]] std::size_t size() const override { return points_.size(); }
  void multiply(std::size_t count, const double* v, double* y, Executor& executor) override;
  void fill(double* k, Executor& executor) const override;
  [[nodiscard]] double diagonal(std::size_t i) const override {
    return static_cast<double>(points_.diagonal(i));
  }

 private:
  const KernelPoints<T>& points_;
  KernelOperator<T> product_;
};

extern template class PointsGram<double>;
extern template class PointsGram<float>;

// A symmetric matrix in memory.
class MatrixGram final : public Gram {
 public:
  explicit MatrixGram(const Matrix<double>& k) : k_{k} {}
  [[nodiscard]] std::size_t size() const override { return static_cast<std::size_t>(k_.rows()); }
  void multiply(std::size_t count, const double* v, double* y, Executor& executor) override;
  void fill(double* k, Executor& executor) const override;
  [[nodiscard]] double diagonal(std::size_t i) const override {
    return k_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(i));
  }

 private:
  const Matrix<double>& k_;
};

}  // namespace ansatz::kernel_pca
