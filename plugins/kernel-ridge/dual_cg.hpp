// The dual system G a = y - b by preconditioned block conjugate gradients, one product with the kernel matrix
// a step.
//
// Rows that are held out have weight 0: their coefficients stay 0, and what is left of their targets is the
// error of their prediction, which comes at no cost.  It decides when to stop; after that they can come in as
// training rows, and the iteration begins again for as many steps as were best.
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

// Everything but the state is made anew from the inputs when needed.
template <class T>
class CgWork;

class DualCg {
 public:
  DualCg();
  ~DualCg();
  DualCg(DualCg&&) noexcept;
  DualCg& operator=(DualCg&&) noexcept;

  // Draws the held-out rows (stream "held-out") and begins at 0.
  void start(Session& session, const Training& training, const CgOptions& options);
  // One iteration; true while there is more to do.  Metrics residual, certificate and, with held-out rows,
  // held_out.
  template <class T>
  bool step(Session& session, const KernelPoints<T>& points, const Training& training,
            const CgOptions& options);

  [[nodiscard]] bool active() const { return cg_.size() > 0; }
  // After the last step: a (targets x rows), b, and y - K a - b at the rows (targets x rows).
  [[nodiscard]] const std::vector<double>& coefficients() const { return cg_.solution(); }
  [[nodiscard]] const std::vector<double>& intercept() const { return intercept_; }
  [[nodiscard]] const std::vector<double>& errors() const { return errors_; }
  // Bound of |f - exact f|_H of every target (README.md).
  [[nodiscard]] double certificate() const { return certificate_; }
  [[nodiscard]] bool converged() const { return stopping_.converged(); }

  void state(Archive& archive);

 private:
  struct Progress {
    std::vector<double> residuals;  // relative, one a target
    double held_out = 0;
  };
  [[nodiscard]] std::vector<double> active_weights(const Training& training) const;
  Progress measure(const Training& training, const CgOptions& options, const std::vector<double>& weights);
  [[nodiscard]] double held_out_error(const Training& training) const;
  void begin(const Training& training);
  bool finish(const Training& training, const CgOptions& options);

  // Saved.
  BlockConjugateGradients cg_;
  StoppingRule stopping_;
  std::vector<std::uint8_t> held_;  // rows held out at first
  std::vector<double> intercept_, errors_;
  double certificate_ = 0;
  // Made when needed.
  std::shared_ptr<void> work_;
};

}  // namespace ansatz::kernel_ridge
