#include "stopping_rule.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ansatz::kernel_ridge {

StoppingRule::Next StoppingRule::after(const Step& step, const CgOptions& options,
                                       BlockConjugateGradients& cg) {
  ++taken_;
  residual_ = step.residual;
  converged_ = step.residual <= options.tolerance ? 1 : 0;
  bool stop = converged_ != 0 || !step.moved || taken_ >= options.max_steps;
  if (refitting_ != 0) {
    stop = --refit_left_ == 0 || stop;
    return stop ? Next::finish : Next::step;
  }
  if (step.held_out) {
    if (taken_ == 1 || *step.held_out < best_error_) {
      best_error_ = *step.held_out;
      best_step_ = taken_;
      best_ = cg;
    }
    stop = stop || taken_ - best_step_ >= options.patience;
  }
  if (!stop) return Next::step;
  if (!step.held_out) return Next::finish;
  cg = std::move(best_);
  best_ = {};
  if (!options.refit) return Next::finish;
  refitting_ = 1;
  refit_left_ = best_step_;
  taken_ = 0;
  return Next::refit;
}

double StoppingRule::progress(const CgOptions& options) const {
  if (refitting_ != 0) return 1 - static_cast<double>(refit_left_) / static_cast<double>(best_step_);
  const double steps = static_cast<double>(taken_) / static_cast<double>(options.max_steps);
  if (!(residual_ < 1) || !(options.tolerance < 1)) return std::min(1.0, steps);
  return std::clamp(std::log(std::max(residual_, options.tolerance)) / std::log(options.tolerance), steps,
                    1.0);
}

void StoppingRule::state(Archive& archive) {
  archive("best", best_);
  archive("taken", taken_);
  archive("best_step", best_step_);
  archive("refit_left", refit_left_);
  archive("best_error", best_error_);
  archive("refitting", refitting_);
  archive("converged", converged_);
}

}  // namespace ansatz::kernel_ridge
