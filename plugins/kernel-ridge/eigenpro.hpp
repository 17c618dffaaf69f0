// EigenPro: stochastic gradient descent on sum_i (f(x_i) - y_i)^2 with the leading eigendirections of the
// kernel damped, so that a large step is stable (Ma and Belkin 2017, 2019).
//
// K_SS = V diag(s) V' on a subsample S, D = diag((1 - s_(q+1) / s_i) / s_i), i <= q.  For a batch B with
// r = f(x_B) - y_B:   a_B -= eta r,   a_S += eta V D V' K_SB r,   eta = 1 / (beta + (|B| - 1) l),
// beta the largest k(x, x) of the preconditioned kernel, l its top eigenvalue over the rows (Ma, Bassily and
// Belkin 2018).  Nothing is penalised: the number of epochs is the regularisation.  The constant is the mean of
// the targets.
#pragma once

#include <ansatz/num/kernel.hpp>
#include <ansatz/points.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>

#include <cstdint>
#include <vector>

#include "training.hpp"

namespace ansatz::kernel_ridge {

struct EigenProOptions {
  std::size_t batch = 0;  // 0: as many rows as the largest useful step allows
  std::size_t subsample = 0, pairs = 0, max_steps = 0, patience = 0;
  double held_out = 0, tolerance = 0;
  bool intercept = true;
};

class EigenPro {
 public:
  // Eigenvectors of the subsample (stream "subsample"), the step and the held-out rows.
  template <class T>
  void start(Session& session, const KernelPoints<T>& points, const Points& rows, const Training& training,
             const EigenProOptions& options);
  // One epoch in the order of stream "order"; true while there is more to do.  Metrics train_mse and held_out.
  template <class T>
  bool step(Session& session, const KernelPoints<T>& points, const Points& rows, const Training& training,
            const EigenProOptions& options);

  [[nodiscard]] bool active() const { return !coefficients_.empty(); }
  // targets x rows, and the means of the targets.
  [[nodiscard]] const std::vector<double>& coefficients() const { return coefficients_; }
  [[nodiscard]] const std::vector<double>& intercept() const { return means_; }

  void state(Archive& archive);

 private:
  void damp(std::size_t targets, const std::vector<double>& products, double eta, std::size_t n);
  template <class T>
  [[nodiscard]] double held_out_error(const KernelPoints<T>& points, const Points& rows,
                                      const Training& training, Executor& executor) const;

  std::vector<double> coefficients_, best_, means_;
  std::vector<std::uint64_t> sample_, used_, held_;  // rows
  std::vector<double> vectors_;                      // V', pairs x sample
  std::vector<double> damping_;                      // D
  double beta_ = 0, top_ = 0, best_error_ = 0;
  std::uint64_t batch_ = 0, taken_ = 0, best_step_ = 0;
};

}  // namespace ansatz::kernel_ridge
