// The verb tune: kernel parameters and penalty by gradient steps on a criterion, then the exact fit there.
#include <algorithm>
#include <cmath>

#include "kernel_ridge.hpp"

namespace ansatz::kernel_ridge {
namespace {

constexpr double furthest = 12;  // of a logarithm from its start

}  // namespace

bool KernelRidge::tune(Session& session, const TuneOptions& options) {
  if (!training_ || session.step() == 0) training_ = read_training(session);
  const std::shared_ptr<const Training> training = training_;
  const std::size_t n = training->chosen.size();
  if (session.step() == 0) {
    if (config.kernel.precomputed()) {
      throw BadArgument("kernel-ridge.tune: kernel: precomputed has no parameters; path chooses its penalty");
    }
    if (n < 2) throw BadArgument("kernel-ridge.tune: x has one row; there is nothing to choose by");
    if (!(training->penalty > 0)) {
      throw BadArgument(
          "kernel-ridge.tune: penalty is 0; the search goes over its logarithm, so start above 0");
    }
    if (static_cast<double>(n) * static_cast<double>(n) * 16 > static_cast<double>(config.memory) * 1048576) {
      throw BadArgument("kernel-ridge.tune: two matrices of " + std::to_string(n) + " rows need " +
                        std::to_string(n * n * 16) + " bytes, and `memory` allows " +
                        std::to_string(config.memory) + " MiB; tune on fewer rows (prepare.subset)");
    }
    begin_fit(session, *training, Solver::exact);
    precision_ = Precision::f64;
    trace_.clear();
  }
  SessionExecutor executor{session};
  const Folds folds = draw_folds(session, "tune", options.choose, n, options.folds);
  const SelectionProblem problem{points_.rows(),
                                 training->weights,
                                 static_cast<std::size_t>(training->targets.values.rows()),
                                 training->targets.values.data(),
                                 config.intercept,
                                 options.choose,
                                 folds};
  const SelectionPoint start{kernel_, training->penalty};
  const auto f = [&](const std::vector<double>& x, std::vector<double>& gradient) {
    session.check_cancelled();
    return selection_objective(problem, start.at(options.choose, x), gradient, executor);
  };
  if (session.step() == 0) {
    const std::vector<double> x = start.logarithms(options.choose);
    std::vector<double> lower = x, upper = x;
    for (double& value : lower) value -= furthest;
    for (double& value : upper) value += furthest;
    search_.start(x, lower, upper, f);
    if (!std::isfinite(search_.value())) {
      throw NumericalError(
          "kernel-ridge.tune: K + penalty I is not positive definite at the start; raise the penalty");
    }
    trace_.push_back(search_.value());
  }
  const bool moved =
      trace_.size() <= static_cast<std::size_t>(options.iterations) && search_.step(f, options.gradient);
  session.metric("objective", search_.value());
  session.metric("gradient_norm", search_.gradient_norm());
  if (moved) {
    trace_.push_back(search_.value());
    return true;
  }
  finish_tune(session, *training, start, options);
  return false;
}

void KernelRidge::finish_tune(Session& session, const Training& training, const SelectionPoint& start,
                              const TuneOptions& options) {
  const SelectionPoint best = start.at(options.choose, search_.x());
  const double norm = search_.gradient_norm();
  if (norm > options.gradient * (std::abs(search_.value()) + 1)) {
    session.warn("tune stopped with a gradient of " + std::to_string(norm) +
                 ": at its number of iterations, or where no step improves");
  }
  kernel_ = best.kernel;
  packed_ = {};
  Training chosen = training;
  chosen.penalty = penalty_ = best.penalty;
  const DualProblem problem{
      chosen.weights,   chosen.penalty, chosen.penalty_unit,
      config.intercept, false,          static_cast<std::uint64_t>(config.memory) << 20};
  const DualSolution solution = solve_exact(session, chosen, problem);
  learn(chosen, solution.coefficients, solution.intercept);
  const auto put = [&](const char* port, const std::vector<double>& values) {
    std::ranges::copy(values, session.out_values<double>(port, {values.size()}).begin());
  };
  put("length", kernel_.uses_length() ? kernel_.length : std::vector<double>{});
  session.out_scalar("penalty", best.penalty / training.penalty_unit);
  session.out_scalar("amplitude", kernel_.amplitude);
  session.out_scalar("objective", search_.value());
  session.out_texts("parameter", start.names(options.choose));
  std::vector<double> values = search_.x();
  for (double& value : values) value = std::exp(value);
  put("value", values);
  put("gradient", search_.gradient());
  put("trace", trace_);
  trace_.clear();
  search_ = {};
  training_.reset();
}

}  // namespace ansatz::kernel_ridge
