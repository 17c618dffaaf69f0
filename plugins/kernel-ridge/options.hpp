// The parameters of the model.
#pragma once

#include <ansatz/kernel_parameters.hpp>
#include <ansatz/parameters.hpp>

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

namespace ansatz::kernel_ridge {

enum class PenaltyScale { sum, mean };
constexpr auto choices(PenaltyScale) { return std::array{"sum", "mean"}; }
enum class Precision { mixed, f64, f32, fixed16 };
constexpr auto choices(Precision) { return std::array{"mixed", "f64", "f32", "fixed16"}; }
enum class Solver { automatic, exact, cg };
constexpr auto choices(Solver) { return std::array{"auto", "exact", "cg"}; }
struct Config {
  KernelParameters kernel;
  double penalty = 1e-3;
  PenaltyScale penalty_scale = PenaltyScale::sum;
  bool intercept = true;
  Solver solver = Solver::automatic;
  bool diagnostics = false;
  Precision precision = Precision::mixed;
  std::int64_t rank = 1000;
  double tolerance = 1e-6;
  std::int64_t max_steps = 100;
  double held_out = 0;
  std::int64_t patience = 3;
  bool refit = false;
  std::int64_t memory = 2048;

  static constexpr auto params = std::tuple{
      params_of(&Config::kernel),
      param(&Config::penalty, "penalty", "Weight of the squared norm of f, lambda in K + lambda I",
            at_least(0), unit("unit of the kernel")),
      param(&Config::penalty_scale, "penalty_scale",
            "Against the sum of squared errors (K + lambda I) or their mean (K + n lambda I)"),
      param(&Config::intercept, "intercept", "Add a constant that is not penalised"),
      param(&Config::solver, "solver", "auto: exact for at most 20,000 rows, else cg"),
      param(&Config::diagnostics, "diagnostics",
            "Leave-one-out residuals, degrees of freedom, GCV and log evidence: three times the work",
            used_if("solver=exact")),
      param(&Config::precision, "precision",
            "Of kernel and factor. mixed: f32 for more than 4,000 rows, refined with f64 residuals; fixed16: "
            "kernel stored in steps of amplitude / 65535, of solver cg"),
      param(&Config::rank, "rank", "Columns of the kernel in the preconditioner", at_least(0),
            used_if("solver=cg")),
      param(&Config::tolerance, "tolerance", "Relative residual of every target at which to stop", above(0),
            used_if("solver=cg")),
      param(&Config::max_steps, "max_steps", "Iterations after which to stop", at_least(1),
            used_if("solver=cg")),
      param(&Config::held_out, "held_out", "Fraction of the rows that decide when to stop", between(0, 0.5),
            used_if("solver=cg")),
      param(&Config::patience, "patience", "Steps without a better error on the held-out rows", at_least(1),
            used_if("solver=cg")),
      param(&Config::refit, "refit",
            "After that take as many steps as were best with all rows; else the held-out rows stay out",
            used_if("solver=cg")),
      param(&Config::memory, "memory",
            "For kernel matrices: beyond it the exact solver refuses, and cg computes the matrix anew each "
            "step",
            at_least(1), unit("MiB"), no_effect_on_result)};
};

enum class Criterion { loo, cv, gcv, lml };
constexpr auto choices(Criterion) { return std::array{"loo", "cv", "gcv", "lml"}; }

struct PathOptions {
  std::vector<double> penalties;
  Criterion choose = Criterion::loo;
  std::int64_t folds = 5;

  static constexpr auto params = std::tuple{
      param(&PathOptions::penalties, "penalties",
            "Grid; empty: 50 values, log-spaced over [1e-8, 10] times the largest eigenvalue", above(0),
            unit("unit of the kernel")),
      param(&PathOptions::choose, "choose",
            "Criterion of the learned penalty: leave-one-out, folds, GCV (least) or log evidence (largest)"),
      param(&PathOptions::folds, "folds", "Random folds of cross-validation", at_least(2),
            used_if("choose=cv"))};
};

}  // namespace ansatz::kernel_ridge
