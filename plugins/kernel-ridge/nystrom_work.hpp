// What the iteration of nystrom_cg.hpp needs beside its state: the factors of its preconditioner, kernel values if
// there is room for them, and the operator.  Made anew from the inputs.
#pragma once

#include <ansatz/num/cross_operator.hpp>
#include <ansatz/num/kernel.hpp>
#include <ansatz/num/large_buffer.hpp>
#include <ansatz/num/symmetric_operator.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "centre_factor.hpp"
#include "cg_options.hpp"
#include "row_stream.hpp"
#include "training.hpp"

namespace ansatz::kernel_ridge {

// Between vectors one after the other (rows x columns with this stride) and elements of a row together.
[[nodiscard]] std::vector<double> transposed(std::size_t rows, std::size_t columns, const double* x,
                                             std::size_t stride);

template <class T>
class NystromWork {
 public:
  // `rows` are those of the centres.
  NystromWork(Session& session, const KernelPoints<T>& centres, const Rows& rows, const Training& training,
              const CgOptions& options, Executor& executor);

  [[nodiscard]] std::size_t centres() const { return kernel_.size(); }
  [[nodiscard]] double penalty() const { return penalty_; }
  [[nodiscard]] const CentreFactor& kernel() const { return kernel_; }  // L
  RowStream& stream() { return stream_; }
  CrossOperator<T>& k() { return k_; }

  // A x = b, A'x = b, as CentreFactor::solve.
  void solve_gram(std::size_t count, double* x, Executor& executor) const;
  void solve_gram_transposed(std::size_t count, double* x, Executor& executor) const;
  // |A x|: A'A x is what the norm of f takes (certificate).
  [[nodiscard]] double gram_norm(const double* x) const;

 private:
  // A A' - penalty I: what sum_i w_i phi_i phi_i' over all rows is about.
  void estimate_gram(Session& session, const Training& training, Executor& executor);
  RowStream stream_;
  double penalty_;
  KernelPoints<double> exact_;  // the centres
  CentreFactor kernel_;
  LargeBuffer<double> gram_;  // A, lower triangle
  CrossOperator<T> k_;
};

// beta -> B'(K_Mn C K_nM + penalty K_MM) B beta, and the predictions at the rows that are held out.
template <class T>
class NormalEquations final : public SymmetricOperator {
 public:
  // Everything must outlive the operator.  `mean_kernel` is K_Mn w / 1'w, or empty without an intercept.
  NormalEquations(NystromWork<T>& work, const std::vector<double>& weights,
                  const std::vector<double>& mean_kernel, const std::vector<std::uint64_t>& held);
  [[nodiscard]] std::size_t size() const override { return work_.centres() + held_.size(); }
  void apply(std::size_t count, const double* x, double* y, Executor& executor) const override;

 private:
  NystromWork<T>& work_;
  const std::vector<double>&weights_, &mean_kernel_;
  const std::vector<std::uint64_t>& held_;
  std::vector<std::size_t> place_;  // 1 + place among the held-out rows, or 0
};

}  // namespace ansatz::kernel_ridge
