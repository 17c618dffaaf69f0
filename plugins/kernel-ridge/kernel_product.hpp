// Products with a kernel matrix for solvers that keep vectors one after the other.
#pragma once

#include <ansatz/num/kernel_operator.hpp>
#include <ansatz/num/symmetric_operator.hpp>

#include <vector>

namespace ansatz::kernel_ridge {

template <class T>
class KernelProduct final : public SymmetricOperator {
 public:
  explicit KernelProduct(KernelOperator<T>& k) : k_{k} {}
  [[nodiscard]] std::size_t size() const override { return k_.size(); }
  void apply(std::size_t count, const double* x, double* y, Executor& executor) const override {
    const std::size_t n = size();
    std::vector<double> by_row(n * count), product(n * count);
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t i = 0; i < n; ++i) by_row[i * count + c] = x[c * n + i];
    }
    k_.apply(count, by_row.data(), product.data(), executor);
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t i = 0; i < n; ++i) y[c * n + i] = product[i * count + c];
    }
  }

 private:
  KernelOperator<T>& k_;
};

}  // namespace ansatz::kernel_ridge
