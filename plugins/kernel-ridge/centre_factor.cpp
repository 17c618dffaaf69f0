#include "centre_factor.hpp"

#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/error.hpp>

#include <string>

namespace ansatz::kernel_ridge {

std::uint64_t CentreFactor::bytes(std::size_t centres) {
  return std::uint64_t{sizeof(double)} * centres * matrix_stride<double>(centres);
}

CentreFactor::CentreFactor(const KernelPoints<double>& centres, double jitter, double unit,
                           Executor& executor)
    : centres_{centres},
      stride_{matrix_stride<double>(centres.size())},
      jitter_{jitter},
      factor_(centres.size() * stride_) {
  const std::size_t m = size();
  double mean = 0;
  for (std::size_t i = 0; i < m; ++i) mean += centres.diagonal(i) / static_cast<double>(m);
  for (int attempt = 0; attempt <= 6; ++attempt) {
    double* l = factor_.data();
    centres.gram(l, stride_, executor);
    for (std::size_t i = 0; i < m; ++i) l[i * stride_ + i] += jitter_;
    if (!cholesky(m, l, stride_, executor)) return;
    jitter_ = jitter_ == 0 ? unit * mean : 10 * jitter_;
  }
  throw NumericalError("kernel-ridge.fit: the kernel matrix of the " + std::to_string(m) +
                       " centres does not factor even with a jitter of " + std::to_string(jitter_ / 10) +
                       "; is the kernel positive semidefinite (probe tells)?  Else take fewer centres");
}

void CentreFactor::solve(std::size_t count, double* x, Executor& executor) const {
  solve_lower(size(), factor_.data(), stride_, count, x, executor);
}

void CentreFactor::solve_transposed(std::size_t count, double* x, Executor& executor) const {
  solve_lower_transposed(size(), factor_.data(), stride_, count, x, executor);
}

void CentreFactor::features(const Rows& rows, double* phi, Executor& executor) const {
  centres_.cross(rows, phi, size(), executor);
  solve_lower_rows(size(), factor_.data(), stride_, row_count(rows), phi, executor);
}

}  // namespace ansatz::kernel_ridge
