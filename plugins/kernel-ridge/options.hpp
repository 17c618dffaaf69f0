// The parameters of the model.
#pragma once

#include <ansatz/kernel_parameters.hpp>
#include <ansatz/parameters.hpp>

#include <array>
#include <cstdint>
#include <tuple>
#include <variant>
#include <vector>

#include "folds.hpp"

namespace ansatz::kernel_ridge {

enum class PenaltyScale { sum, mean };
constexpr auto choices(PenaltyScale) { return std::array{"sum", "mean"}; }
enum class Precision { mixed, f64, f32, fixed16 };
constexpr auto choices(Precision) { return std::array{"mixed", "f64", "f32", "fixed16"}; }
enum class Solver { automatic, exact, cg, nystrom, features, eigenpro };
constexpr auto choices(Solver) {
  return std::array{"auto", "exact", "cg", "nystrom", "features", "eigenpro"};
}
enum class Sampling { uniform, rpcholesky };
constexpr auto choices(Sampling) { return std::array{"uniform", "rpcholesky"}; }
enum class SizeRule { automatic };
constexpr auto choices(SizeRule) { return std::array{"auto"}; }

struct Config {
  KernelParameters kernel;
  double penalty = 1e-3;
  PenaltyScale penalty_scale = PenaltyScale::sum;
  bool intercept = true;
  Solver solver = Solver::automatic;
  bool diagnostics = false;
  Precision precision = Precision::mixed;
  std::int64_t rank = 1000;
  std::variant<std::int64_t, SizeRule> centres = SizeRule::automatic;
  Sampling sampling = Sampling::uniform;
  bool covariance = false;
  std::int64_t features = 2000;
  std::variant<std::int64_t, SizeRule> batch = SizeRule::automatic;
  std::int64_t subsample = 5000;
  std::int64_t pairs = 160;
  bool orthogonal = true;
  double tolerance = 1e-6;
  std::int64_t max_steps = 100;
  double held_out = 0;
  std::int64_t patience = 3;
  bool refit = false;
  std::int64_t memory = 2048;

  static constexpr auto params = std::tuple{
      params_of(&Config::kernel),
      param(&Config::penalty, "penalty", "Weight of the squared norm of f, lambda in K + lambda I",
            at_least(0), unit("unit of the kernel"),
            used_if("solver=auto|exact|cg|nystrom|features&verb=fit|tune")),
      param(&Config::penalty_scale, "penalty_scale",
            "Against the sum of squared errors (K + lambda I) or their mean (K + n lambda I)",
            used_if("solver=auto|exact|cg|nystrom|features&verb=fit|path|tune")),
      param(&Config::intercept, "intercept", "Add a constant that is not penalised",
            used_if("verb=fit|path|tune")),
      param(&Config::solver, "solver",
            "exact: a factorisation; cg: all rows, conjugate gradients; nystrom: few centres, any number of "
            "rows; "
            "features: random ones; eigenpro: gradient steps, no penalty; auto: exact for at most 20,000 "
            "rows, cg for at most 100,000, else nystrom",
            used_if("verb=fit")),
      param(&Config::diagnostics, "diagnostics",
            "Leave-one-out residuals, degrees of freedom, GCV and log evidence: three times the work",
            used_if("solver=exact")),
      param(
          &Config::precision, "precision",
          "Of kernel and factor. mixed: f32 for more than 4,000 rows, refined with f64 residuals, f64 where "
          "the "
          "penalty is too small for that; fixed16: kernel stored in steps of amplitude / 65535, of solver cg",
          used_if("solver=auto|exact|cg|nystrom|eigenpro&verb=fit|tune&kernel=gaussian|laplacian|matern|"
                  "rational-quadratic|chi2|polynomial|linear|cosine|sigmoid")),
      param(&Config::rank, "rank", "Columns of the kernel in the preconditioner", at_least(0),
            used_if("solver=cg")),
      param(&Config::centres, "centres",
            "Rows drawn as centres, unless port centres is wired; auto: 10 times the root of the rows",
            at_least(1), used_if("solver=nystrom")),
      param(&Config::sampling, "sampling",
            "How centres are drawn: every row alike, or in proportion to what those before leave of k(x, x)",
            used_if("solver=nystrom")),
      param(&Config::covariance, "covariance",
            "Also find the covariance of the coefficients, which the variance of predictions needs: rows x "
            "centres^2 operations, and centres^2 numbers in the model",
            used_if("solver=nystrom")),
      param(&Config::features, "features", "Random features, two a frequency: an even number", at_least(2),
            used_if("solver=features")),
      param(&Config::orthogonal, "orthogonal", "Frequencies orthogonal in blocks of the columns of x",
            used_if("solver=features")),
      param(&Config::batch, "batch", "Rows a gradient step; auto: as many as its stable size grows with",
            at_least(1), used_if("solver=eigenpro")),
      param(&Config::subsample, "subsample", "Rows whose kernel matrix gives the directions to damp",
            at_least(2), used_if("solver=eigenpro")),
      param(&Config::pairs, "pairs", "Directions to damp", at_least(0), used_if("solver=eigenpro")),
      param(&Config::tolerance, "tolerance", "Relative residual of every target at which to stop", above(0),
            used_if("solver=cg|nystrom")),
      param(&Config::max_steps, "max_steps", "Iterations after which to stop", at_least(1),
            used_if("solver=cg|nystrom|eigenpro")),
      param(&Config::held_out, "held_out", "Fraction of the rows that decide when to stop", between(0, 0.5),
            used_if("solver=cg|nystrom|eigenpro")),
      param(&Config::patience, "patience", "Steps without a better error on the held-out rows", at_least(1),
            used_if("solver=cg|nystrom|eigenpro")),
      param(&Config::refit, "refit",
            "After that take as many steps as were best with all rows; else the held-out rows stay out",
            used_if("solver=cg|nystrom")),
      param(&Config::memory, "memory",
            "For kernel matrices and factors: what must be kept and is larger is refused, and cg and nystrom "
            "compute kernel values anew each step",
            at_least(1), unit("MiB"), no_effect_on_result)};
};

struct PathOptions {
  std::vector<double> penalties;
  Criterion choose = Criterion::loo;
  std::int64_t folds = 5;

  static constexpr auto params = std::tuple{
      param(&PathOptions::penalties, "penalties",
            "Grid; empty: 50 values, log-spaced over [1e-8, 10] times the largest eigenvalue", above(0),
            unit("unit of the kernel")),
      param(&PathOptions::choose, "choose",
            "Criterion of the learned penalty: leave-one-out, folds, GCV, one fold alone (least) or log "
            "evidence "
            "(largest)"),
      param(&PathOptions::folds, "folds", "Random folds of cross-validation, of which held_out takes one",
            at_least(2), used_if("choose=cv|held_out"))};
};

struct PredictOptions {
  bool variance = false;

  static constexpr auto params = std::tuple{param(
      &PredictOptions::variance, "variance",
      "Variance of f as a Gaussian process with noise variance `penalty` has it; of solver exact, and of "
      "nystrom with covariance")};
};

struct TuneOptions {
  Criterion choose = Criterion::lml;
  std::int64_t folds = 5;
  std::int64_t iterations = 100;
  double gradient = 1e-6;

  static constexpr auto params = std::tuple{
      param(
          &TuneOptions::choose, "choose",
          "What the search improves: log evidence (largest), GCV, or the squared residuals of rows left out "
          "one by one, by folds, or one fold alone (least)"),
      param(&TuneOptions::folds, "folds", "Random folds of cross-validation, of which held_out takes one",
            at_least(2), used_if("choose=cv|held_out")),
      param(&TuneOptions::iterations, "iterations", "Line searches after which to stop", at_least(0)),
      param(&TuneOptions::gradient, "gradient",
            "Largest derivative by the logarithm of a parameter at which to stop, of the objective plus 1",
            above(0))};
};

}  // namespace ansatz::kernel_ridge
