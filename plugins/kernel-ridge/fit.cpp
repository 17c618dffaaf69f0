// The verb fit.
#include <ansatz/num/kernel_operator.hpp>

#include <algorithm>
#include <cmath>

#include "kernel_product.hpp"
#include "kernel_ridge.hpp"

namespace ansatz::kernel_ridge {
namespace {

constexpr std::size_t most_exact = 20'000, most_cg = 100'000, least_mixed = 4'000;

}  // namespace

Matrix<double> given_kernel(Session& session, const std::string& verb,
                            const std::vector<std::uint64_t>& chosen) {
  const auto k = session.in<double>("k");
  if (k.rows() != k.cols()) {
    throw BadArgument("kernel-ridge." + verb +
                      ": k must be square, a row and a column a training row; it is " +
                      std::to_string(k.rows()) + " x " + std::to_string(k.cols()));
  }
  const double size = k.cwiseAbs().maxCoeff();
  for (Eigen::Index i = 0; i < k.rows(); ++i) {
    for (Eigen::Index j = 0; j < i; ++j) {
      if (std::abs(k(i, j) - k(j, i)) <= 1e-10 * size) continue;
      throw BadArgument("kernel-ridge." + verb + ": k is not symmetric: k[" + std::to_string(i) + "][" +
                        std::to_string(j) + "] is " + std::to_string(k(i, j)) + ", k[" + std::to_string(j) +
                        "][" + std::to_string(i) + "] is " + std::to_string(k(j, i)));
    }
  }
  Matrix<double> part(static_cast<Eigen::Index>(chosen.size()), static_cast<Eigen::Index>(chosen.size()));
  for (Eigen::Index i = 0; i < part.rows(); ++i) {
    for (Eigen::Index j = 0; j < part.cols(); ++j) {
      part(i, j) = k(static_cast<Eigen::Index>(chosen[static_cast<std::size_t>(i)]),
                     static_cast<Eigen::Index>(chosen[static_cast<std::size_t>(j)]));
    }
  }
  return part;
}

std::shared_ptr<const Training> KernelRidge::read_training(Session& session) const {
  const bool given = config.kernel.precomputed();
  const char* port = given ? "k" : "x";
  if (!session.has(port)) {
    throw BadArgument(std::string{"kernel-ridge.fit: "} +
                      (given ? "kernel: precomputed needs the kernel matrix at port k"
                             : "the training rows are missing at port x (k is for kernel: precomputed)"));
  }
  if (session.has(given ? "x" : "k")) {
    throw BadArgument(
        std::string{"kernel-ridge.fit: port "} + (given ? "x" : "k") + " is wired, and kernel: " +
        choices(KernelChoice{})[static_cast<std::size_t>(config.kernel.kernel)] + " does not read it");
  }
  if (!given && flat_columns(session, "x") == 0) throw BadArgument("kernel-ridge.fit: x has no columns");
  return std::make_shared<const Training>(
      Training::from(session, port, config.penalty, config.penalty_scale == PenaltyScale::mean));
}

bool KernelRidge::fit(Session& session) {
  if (!training_ || session.step() == 0) training_ = read_training(session);
  const std::shared_ptr<const Training> training = training_;
  if (session.step() == 0) {
    begin_fit(session, *training, choose_solver(*training, session.has("centres")));
    if (solver_ == Solver::cg) cg_.start(session, *training, cg_options(*training));
    if (solver_ == Solver::nystrom) nystrom_.start(session, *training, cg_options(*training));
    if (solver_ == Solver::eigenpro) {
      if (precision_ == Precision::f64) {
        eigenpro_.start(session, packed<double>(), points_, *training, eigenpro_options());
      } else {
        eigenpro_.start(session, packed<float>(), points_, *training, eigenpro_options());
      }
    }
    if (solver_ == Solver::features)
      feature_fit_.start(2 * static_cast<std::size_t>(frequencies_.rows()), *training);
  }
  bool more = false;
  const bool wide = precision_ == Precision::f64;
  switch (solver_) {
    case Solver::cg:
      more = wide ? fit_cg<double>(session, *training) : fit_cg<float>(session, *training);
      break;
    case Solver::nystrom:
      more = wide ? fit_nystrom<double>(session, *training) : fit_nystrom<float>(session, *training);
      break;
    case Solver::eigenpro:
      more = wide ? fit_eigenpro<double>(session, *training) : fit_eigenpro<float>(session, *training);
      break;
    case Solver::features: more = fit_features(session, *training); break;
    default: fit_exact(session, *training);
  }
  if (!more) training_.reset();
  return more;
}

void KernelRidge::begin_fit(Session& session, const Training& training, Solver solver) {
  packed_ = {};
  features_.reset();
  frequencies_.resize(0, 0);
  cg_ = {};
  nystrom_ = {};
  feature_fit_ = {};
  eigenpro_ = {};
  trace_.clear();
  variance_.reset();
  centre_factor_.reset();
  exact_centres_.reset();
  posterior_ = {};
  jitter_ = 0;
  weights_ = solver == Solver::exact ? training.weights : std::vector<double>{};
  penalty_ = training.penalty;
  has_intercept_ = config.intercept;
  solver_ = solver;
  precomputed_ = config.kernel.precomputed();
  classes_ = training.targets.classes;
  single_ = training.targets.single;
  if (solver_ == Solver::exact) {
    precision_ = config.precision == Precision::f32 && !precomputed_ ? Precision::f32 : Precision::f64;
  } else if (solver_ == Solver::cg) {
    precision_ = config.precision == Precision::f64 ? Precision::f64 : Precision::f32;
  } else {
    const bool narrow = config.precision == Precision::f32 ||
                        (config.precision == Precision::mixed && training.chosen.size() >= least_mixed);
    precision_ = solver_ != Solver::features && narrow ? Precision::f32 : Precision::f64;
  }
  kernel_ = {};
  points_ = {};
  if (precomputed_) return;
  if (solver_ == Solver::nystrom || solver_ == Solver::features) return begin_streamed(session, training);
  points_ = Points::from(session, "x", training.chosen);
  kernel_ = resolve_kernel(session, "kernel-ridge.fit: x", config.kernel, points_);
}

Solver KernelRidge::choose_solver(const Training& training, bool centres_wired) const {
  const bool given = config.kernel.precomputed();
  Solver solver = config.solver;
  if (solver == Solver::automatic) {
    const std::size_t n = training.chosen.size();
    solver = n <= most_exact || given ? Solver::exact : n <= most_cg ? Solver::cg : Solver::nystrom;
  }
  if (centres_wired && solver != Solver::nystrom) {
    throw BadArgument("kernel-ridge.fit: port centres is wired, and only solver: nystrom reads it");
  }
  if (given && solver != Solver::exact) {
    throw BadArgument("kernel-ridge.fit: kernel: precomputed needs solver: exact");
  }
  if (config.precision == Precision::fixed16 && solver != Solver::cg && solver != Solver::nystrom) {
    throw BadArgument("kernel-ridge.fit: precision: fixed16 is for solver: cg; choose mixed, f64 or f32");
  }
  return solver;
}

Gram<double> KernelRidge::gram_of(Session& session, const Training& training) {
  if (precomputed_) {
    return
        [k = given_kernel(session, "fit", training.chosen)](double* target, std::size_t stride, Executor&) {
          const auto n = static_cast<std::size_t>(k.rows());
          for (std::size_t i = 0; i < n; ++i) std::copy_n(k.data() + i * n, n, target + i * stride);
        };
  }
  const auto& points = packed<double>();
  return [&points](double* k, std::size_t stride, Executor& e) { points.gram(k, stride, e); };
}

CgOptions KernelRidge::cg_options(const Training& training) const {
  CgOptions options;
  options.intercept = config.intercept;
  options.fixed16 = config.precision == Precision::fixed16;
  options.rank = static_cast<std::size_t>(config.rank);
  if (options.rank > training.chosen.size()) {
    if (config.rank != Config{}.rank) {
      throw BadArgument("kernel-ridge.fit: rank is " + std::to_string(options.rank) + ", and there are " +
                        std::to_string(training.chosen.size()) + " rows");
    }
    options.rank = training.chosen.size();
  }
  options.max_steps = static_cast<std::size_t>(config.max_steps);
  options.tolerance = config.tolerance;
  options.held_out = config.held_out;
  options.patience = static_cast<std::size_t>(config.patience);
  options.refit = config.refit;
  options.memory = static_cast<std::uint64_t>(config.memory) << 20;
  return options;
}

DualSolution KernelRidge::solve_exact(Session& session, const Training& training,
                                      const DualProblem& problem) {
  SessionExecutor executor{session, 0.05, 1.0, "solve"};
  const std::size_t n = training.chosen.size(), m = static_cast<std::size_t>(training.targets.values.rows());
  const double* y = training.targets.values.data();
  if (precomputed_) return solve_dual<double>(n, gram_of(session, training), problem, m, y, executor);
  const bool mixed = config.precision == Precision::mixed && n >= least_mixed && problem.penalty > 0;
  if (config.precision == Precision::f32 || mixed) {
    const KernelPoints<float> points{kernel_, points_.rows()};
    const Gram<float> gram = [&](float* k, std::size_t stride, Executor& e) { points.gram(k, stride, e); };
    if (!mixed) return solve_dual<float>(n, gram, problem, m, y, executor);
    if (!problem.diagnostics) {
      const KernelPoints<double> exact{kernel_, points_.rows()};
      KernelOperator<double> k{exact, KernelStorage::none};
      auto solution = solve_dual_mixed(n, gram, KernelProduct<double>{k}, problem, m, y, executor);
      if (solution) return *std::move(solution);
    }
  }
  return solve_dual<double>(n, gram_of(session, training), problem, m, y, executor);
}

void KernelRidge::fit_exact(Session& session, const Training& training) {
  const std::size_t n = training.chosen.size(), m = static_cast<std::size_t>(training.targets.values.rows());
  const DualProblem problem{training.weights,      training.penalty,
                            training.penalty_unit, config.intercept,
                            config.diagnostics,    static_cast<std::uint64_t>(config.memory) << 20};
  const DualSolution solution = solve_exact(session, training, problem);
  std::vector<double> errors(n * m);
  for (std::size_t t = 0; t < m; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      errors[t * n + i] = training.penalty / training.weights[i] * solution.coefficients[t * n + i];
    }
  }
  if (precision_ == Precision::f64) {
    publish<double>(session, training, solution.coefficients, errors, solution.intercept);
  } else {
    publish<float>(session, training, solution.coefficients, errors, solution.intercept);
  }
  if (!config.diagnostics) return;
  const Diagnostics& d = solution.diagnostics;
  const bool one = training.targets.single && !training.targets.labels();
  auto loo = one ? session.out<double>("loo", {training.all}) : session.out<double>("loo", {training.all, m});
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t t = 0; t < m; ++t) {
      loo(static_cast<Eigen::Index>(training.chosen[i]), static_cast<Eigen::Index>(t)) =
          d.leave_one_out[t * n + i];
    }
  }
  session.out_scalar("df", d.degrees_of_freedom);
  std::ranges::copy(d.gcv, session.out_values<double>("gcv", {m}).begin());
  std::ranges::copy(d.log_evidence, session.out_values<double>("lml", {m}).begin());
}

template <class T>
bool KernelRidge::fit_cg(Session& session, const Training& training) {
  const CgOptions options = cg_options(training);
  if (cg_.step(session, packed<T>(), training, options)) return true;
  session.out_values<bool>("converged", {})[0] = cg_.converged();
  if (!cg_.converged() && options.held_out == 0) {
    session.warn(
        "conjugate gradients stopped before the relative residual reached tolerance; the error of f is at "
        "most the certificate times sqrt(k(x, x))");
  }
  const std::vector<double> a = cg_.coefficients(), errors = cg_.errors(), b = cg_.intercept();
  cg_ = {};
  publish<T>(session, training, a, errors, b);
  return false;
}

EigenProOptions KernelRidge::eigenpro_options() const {
  EigenProOptions options;
  const auto* batch = std::get_if<std::int64_t>(&config.batch);
  options.batch = batch == nullptr ? 0 : static_cast<std::size_t>(*batch);
  options.subsample = static_cast<std::size_t>(config.subsample);
  options.pairs = static_cast<std::size_t>(config.pairs);
  options.max_steps = static_cast<std::size_t>(config.max_steps);
  options.patience = static_cast<std::size_t>(config.patience);
  options.held_out = config.held_out;
  options.intercept = config.intercept;
  return options;
}

template <class T>
bool KernelRidge::fit_eigenpro(Session& session, const Training& training) {
  if (eigenpro_.step(session, packed<T>(), points_, training, eigenpro_options())) return true;
  const std::vector<double> a = eigenpro_.coefficients(), b = eigenpro_.intercept();
  eigenpro_ = {};
  // y - f at the training rows.
  const std::size_t n = training.chosen.size(), m = b.size();
  SessionExecutor executor{session, 0.0, 1.0, "fitted values"};
  const std::vector<T> narrow(a.begin(), a.end());
  std::vector<T> f(n * m);
  packed<T>().apply(points_.rows(), m, narrow.data(), f.data(), executor);
  std::vector<double> errors(n * m);
  for (std::size_t t = 0; t < m; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      errors[t * n + i] =
          training.targets.values.data()[t * n + i] - static_cast<double>(f[i * m + t]) - b[t];
    }
  }
  publish<T>(session, training, a, errors, b);
  return false;
}

void KernelRidge::learn(const Training& training, const std::vector<double>& a,
                        const std::vector<double>& intercept) {
  const std::size_t n = training.chosen.size(), m = intercept.size();
  // A kernel matrix that is given has a column for every row, also those of weight 0.
  coefficients_.setZero(static_cast<Eigen::Index>(precomputed_ ? training.all : n),
                        static_cast<Eigen::Index>(m));
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(precomputed_ ? training.chosen[i] : i);
    for (std::size_t t = 0; t < m; ++t) coefficients_(row, static_cast<Eigen::Index>(t)) = a[t * n + i];
  }
  intercept_ = intercept;
}

template <class T>
void KernelRidge::publish(Session& session, const Training& training, const std::vector<double>& a,
                          const std::vector<double>& errors, const std::vector<double>& intercept) {
  const std::size_t n = training.chosen.size(), m = intercept.size();
  auto coefficients = session.out<T>("coefficients", {training.all, m});
  auto fitted = training.targets.single && !training.targets.labels()
                    ? session.out<T>("fitted", {training.all})
                    : session.out<T>("fitted", {training.all, m});
  learn(training, a, intercept);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(i), place = static_cast<Eigen::Index>(training.chosen[i]);
    for (std::size_t t = 0; t < m; ++t) {
      const auto target = static_cast<Eigen::Index>(t);
      coefficients(place, target) = static_cast<T>(a[t * n + i]);
      fitted(place, target) = static_cast<T>(training.targets.values(target, row) - errors[t * n + i]);
    }
  }
  std::ranges::transform(intercept_, session.out_values<T>("intercept", {m}).begin(),
                         [](double b) { return static_cast<T>(b); });
  // A row of weight 0 has coefficient 0, and its fitted value is a prediction.
  SessionExecutor executor{session};
  if (precomputed_) {
    const auto k = session.in<double>("k");
    for (const std::uint64_t i : training.left_out) {
      for (std::size_t t = 0; t < m; ++t) {
        double sum = intercept_[t];
        for (std::size_t j = 0; j < n; ++j) {
          sum +=
              k(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(training.chosen[j])) * a[t * n + j];
        }
        fitted(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)) = static_cast<T>(sum);
      }
    }
    return;
  }
  for (const std::uint64_t i : training.left_out) {
    fitted.row(static_cast<Eigen::Index>(i)) =
        evaluate_rows<T>(session, "kernel-ridge.fit: x", i, 1, executor);
  }
}

}  // namespace ansatz::kernel_ridge
