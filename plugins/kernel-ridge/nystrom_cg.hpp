// Nystroem: f = sum over M centres of a_j k(z_j, .), by conjugate gradients on the normal equations
//
//   (K_Mn C K_nM + penalty K_MM) a = K_Mn C y,        C = W, or W - w w' / 1'w with an intercept,
//
// preconditioned as Falkon (Rudi, Carratino and Rosasco 2017, section 3): a = B beta, B = L'^-1 A'^-1, L L' = K_MM,
// A A' = S + penalty I, so that B'(...)B is near the identity.  S is about sum_i w_i phi_i phi_i', phi = L^-1 k_M: from 16
// rows a centre, drawn uniformly, so that the steps do not grow as the penalty falls (a sketch as in Avron, Maymounkov
// and Toledo 2010, "Blendenpik"); where that costs more than a few steps from the centres, (1'w / M) L'L, as Falkon has
// it.  A step is one pass over the rows, which come block by block.
//
// Rows that are held out have weight 0, and their errors are further elements of the residual (dual_cg.hpp).
#pragma once

#include <ansatz/num/block_cg.hpp>
#include <ansatz/num/kernel.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>

#include <cstdint>
#include <memory>
#include <vector>

#include "cg_options.hpp"
#include "stopping_rule.hpp"
#include "training.hpp"

namespace ansatz::kernel_ridge {

template <class T>
class NystromWork;

class NystromCg {
 public:
  NystromCg();
  ~NystromCg();
  NystromCg(NystromCg&&) noexcept;
  NystromCg& operator=(NystromCg&&) noexcept;

  // Draws the held-out rows (stream "held-out").
  void start(Session& session, const Training& training, const CgOptions& options);
  // One iteration; true while there is more to do.  Metrics residual, certificate and, with held-out rows,
  // held_out.  `rows` are those of the centres, which must
  // stay where they are between the steps.
  template <class T>
  bool step(Session& session, const KernelPoints<T>& centres, const Rows& rows, const Training& training,
            const CgOptions& options);
  // After the last step: a, centres x targets, and b.
  [[nodiscard]] const std::vector<double>& coefficients() const { return coefficients_; }
  [[nodiscard]] const std::vector<double>& intercept() const { return intercept_; }
  // K a + b for all rows, targets x rows.
  template <class T>
  [[nodiscard]] std::vector<double> fitted(Session& session);

  // That of K_MM.
  template <class T>
  [[nodiscard]] double jitter() const;
  // The training rows, without their targets, that the solution comes from: those held out only after a refit.
  [[nodiscard]] Training rows_that_count(const Training& training) const;
  // Forget what can be made again.
  void release() { work_.reset(); }

  [[nodiscard]] bool active() const { return !held_.empty(); }
  [[nodiscard]] bool converged() const { return stopping_.converged(); }

  void state(Archive& archive);

 private:
  struct Progress {
    double residual = 0, certificate = 0;
  };
  [[nodiscard]] std::vector<double> active_weights(const Training& training) const;
  // The right-hand side, and what the intercept needs: one pass.
  template <class T>
  void begin(NystromWork<T>& work, const Kernel& kernel, const Training& training, const CgOptions& options,
             Executor& executor);
  template <class T>
  [[nodiscard]] Progress measure(const NystromWork<T>& work, double penalty) const;
  [[nodiscard]] double held_out_error(const Training& training) const;
  template <class T>
  bool finish(const NystromWork<T>& work, const CgOptions& options, Executor& executor);

  // Saved.
  BlockConjugateGradients cg_;
  StoppingRule stopping_;
  std::vector<std::uint8_t> held_;        // a row each; empty: not begun
  std::vector<std::uint64_t> held_rows_;  // their numbers
  std::vector<double> means_;             // of the targets; 0 without an intercept
  std::vector<double> mean_kernel_;       // K_Mn w / 1'w, or empty
  std::vector<double> sizes_;             // |B'K y|, one a target
  std::vector<double> coefficients_, intercept_;
  // Made when needed.
  std::shared_ptr<void> work_;
};

}  // namespace ansatz::kernel_ridge
