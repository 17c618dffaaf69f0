// When conjugate gradients end: at the tolerance, at the last step allowed, or when the error of rows that are
// held out gets no better.  After that those rows can come in, and the iteration begins again for as many steps as were
// best.
//
//   switch (rule.after({residual, moved, error}, options, cg)) { case StoppingRule::Next::refit: ... }
#pragma once

#include <ansatz/num/block_cg.hpp>
#include <ansatz/state.hpp>

#include <cstdint>
#include <optional>

#include "cg_options.hpp"

namespace ansatz::kernel_ridge {

class StoppingRule {
 public:
  struct Step {
    double residual = 0;             // relative, the largest of all targets
    bool moved = true;               // there was a direction to go
    std::optional<double> held_out;  // error of the rows held out, if there are any
  };
  enum class Next { step, refit, finish };

  // What comes after this step.  Where the rows held out have decided, `cg` becomes what it was at its best.
  [[nodiscard]] Next after(const Step& step, const CgOptions& options, BlockConjugateGradients& cg);
  // Whether no step can follow the next one, whatever that finds: it finishes, or the iteration begins again.
  [[nodiscard]] bool last(const CgOptions& options) const {
    return taken_ + 1 >= options.max_steps || refit_left_ == 1;
  }
  // The rows that were held out count now.
  [[nodiscard]] bool refitting() const { return refitting_ != 0; }
  // How far the iteration is, from 0 to 1: in steps, or in digits of the residual where they are further.
  [[nodiscard]] double progress(const CgOptions& options) const;
  // The residual is within the tolerance.
  [[nodiscard]] bool converged() const { return converged_ != 0; }

  void state(Archive& archive);

 private:
  BlockConjugateGradients best_;
  std::uint64_t taken_ = 0, best_step_ = 0, refit_left_ = 0;
  double best_error_ = 0;
  std::uint8_t refitting_ = 0, converged_ = 0;
  double residual_ = 1;  // for progress alone
};

}  // namespace ansatz::kernel_ridge
