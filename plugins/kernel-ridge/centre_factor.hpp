// The Cholesky factor of the kernel matrix of the centres, L L' = K_MM + jitter I, and the features it gives:
//
//   phi(x) = L^-1 k_M(x),        phi(x).phi(z) = the kernel that the centres can express, below k(x, z)
//
// f64, whatever the type of the tiles.
#pragma once

#include <ansatz/num/kernel.hpp>
#include <ansatz/num/large_buffer.hpp>

#include <cstddef>

namespace ansatz::kernel_ridge {

class CentreFactor {
 public:
  // Bytes for this many centres.
  [[nodiscard]] static std::uint64_t bytes(std::size_t centres);

  // With `jitter` on the diagonal, and if it does not factor so, with `unit` times the mean of the diagonal in
  // at most six steps of 10.  NumericalError if none is enough.  `centres` must outlive the factor.
  CentreFactor(const KernelPoints<double>& centres, double jitter, double unit, Executor& executor);

  [[nodiscard]] std::size_t size() const { return centres_.size(); }
  [[nodiscard]] std::size_t stride() const { return stride_; }
  [[nodiscard]] const double* data() const { return factor_.data(); }  // L, lower triangle
  [[nodiscard]] double jitter() const { return jitter_; }

  // L x = b and L'x = b for count vectors, one after the other, in place.
  void solve(std::size_t count, double* x, Executor& executor) const;
  void solve_transposed(std::size_t count, double* x, Executor& executor) const;
  // phi of rows, row-major.
  void features(const Rows& rows, double* phi, Executor& executor) const;

 private:
  const KernelPoints<double>& centres_;
  std::size_t stride_;
  double jitter_;
  LargeBuffer<double> factor_;
};

}  // namespace ansatz::kernel_ridge
