#include <ansatz/num/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "eigenpairs.hpp"
#include "kernel_pca.hpp"

namespace ansatz::kernel_pca {
namespace {

constexpr std::size_t single_from = 4000;  // rows, with precision: mixed
constexpr std::size_t dense_up_to = 1000;  // rows, with solver: auto

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", x);
  return text;
}

void check_symmetric(const Matrix<double>& k) {
  const double largest = k.size() == 0 ? 0 : k.cwiseAbs().maxCoeff();
  for (Eigen::Index i = 0; i < k.rows(); ++i) {
    for (Eigen::Index j = 0; j < i; ++j) {
      if (std::abs(k(i, j) - k(j, i)) <= 1e-10 * largest) continue;
      char text[256];
      std::snprintf(text, sizeof text,
                    "kernel-pca.fit: k is not symmetric: k(%td, %td) is %.17g and k(%td, %td) is %.17g", i, j,
                    k(i, j), j, i, k(j, i));
      throw BadArgument(text);
    }
  }
}

// The dense solver holds the matrix and LAPACK's workspace of twice its size.
void check_memory(std::size_t n, std::int64_t mebibytes) {
  const double needed = 24.0 * static_cast<double>(n) * static_cast<double>(n),
               allowed = static_cast<double>(mebibytes) * 1048576;
  if (needed <= allowed) return;
  char text[320];
  std::snprintf(
      text, sizeof text,
      "kernel-pca.fit: the dense solver needs %.0f bytes for %zu rows (three matrices of rows x rows), and "
      "memory allows %.0f.  Use solver: lanczos, or raise memory to %.0f MiB",
      needed, n, allowed, std::ceil(needed / 1048576));
  throw BadArgument(text);
}

}  // namespace

Solver KernelPca::choose_solver(std::size_t n) const {
  if (config.solver != Solver::automatic) return config.solver;
  return n <= dense_up_to || config.components > static_cast<std::int64_t>(n / 10) ? Solver::dense
                                                                                   : Solver::lanczos;
}

double KernelPca::rounding() const {
  return expansion_.single ? static_cast<double>(std::numeric_limits<float>::epsilon())
                           : std::numeric_limits<double>::epsilon();
}

// Port k; for later steps too.
void KernelPca::read_matrix(Session& session) {
  matrix_ = session.in<double>("k");
  if (expansion_.source == Source::distances) matrix_ = -0.5 * matrix_.array().square();
}

Gram& KernelPca::gram() {
  if (gram_) return *gram_;
  const std::uint64_t memory = static_cast<std::uint64_t>(config.memory) << 20;
  if (expansion_.source != Source::rows) {
    gram_ = std::make_unique<MatrixGram>(matrix_);
  } else if (expansion_.single) {
    gram_ = std::make_unique<PointsGram<float>>(
        packed_.emplace<KernelPoints<float>>(expansion_.kernel, expansion_.points.rows()), memory);
  } else {
    gram_ = std::make_unique<PointsGram<double>>(
        packed_.emplace<KernelPoints<double>>(expansion_.kernel, expansion_.points.rows()), memory);
  }
  return *gram_;
}

// All kernel values near 0 or near 1 leave nothing to find.
void KernelPca::warn_about_length(Session& session) const {
  const Kernel& kernel = expansion_.kernel;
  const std::size_t n = expansion_.points.size(), count = std::min<std::size_t>(n, 500);
  if (!kernel.uses_length() || n < 2) return;
  std::vector<std::uint64_t> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(i * n / count);
  const Points some = expansion_.points.subset(chosen);
  SerialExecutor serial;
  LargeBuffer<double> k(count * count);
  KernelPoints<double>{kernel, some.rows()}.gram(k.data(), count, serial);
  double mean = 0;
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t j = 0; j < i; ++j) mean += k.data()[i * count + j] / kernel.amplitude;
  }
  mean /= static_cast<double>(count) * static_cast<double>(count - 1) / 2;
  if (mean >= 1e-3 && mean <= 1 - 1e-3) return;
  session.warn(std::string{"length is too "} + (mean < 0.5 ? "small" : "large") +
               ": kernel values of different rows are " + number(mean) +
               " of their largest on average; the median distance of the rows is " +
               number(median_distance(kernel, some.rows(), serial)));
}

void KernelPca::begin_fit(Session& session) {
  expansion_ = {};
  gram_.reset();
  evaluator_.reset();
  frequencies_.reset();
  expansion_.op = config.op;
  expansion_.scaling = config.scaling;
  const bool given = config.kernel.precomputed();
  expansion_.source = !given                                ? Source::rows
                      : config.precomputed == Given::kernel ? Source::kernel_values
                                                            : Source::distances;
  const char *port = given ? "k" : "x", *other = given ? "x" : "k";
  if (!session.has(port) || session.has(other)) {
    throw BadArgument(std::string{"kernel-pca.fit: with kernel: "} +
                      (given ? "precomputed wire port k (and not x)" : "... wire port x (and not k)"));
  }
  const std::uint64_t n = session.shape(port)[0];
  if (n == 0 || flat_columns(session, port) == 0) {
    throw BadArgument(std::string{"kernel-pca.fit: "} + port + " is empty");
  }
  if (n == 1 && config.op != Operator::uncentred) {
    throw BadArgument(
        "kernel-pca.fit: the centred kernel is zero: there is one row; principal components need rows "
        "that differ");
  }
  const std::uint64_t most = config.op == Operator::uncentred ? n : n - 1;
  if (static_cast<std::uint64_t>(config.components) > most) {
    throw BadArgument("kernel-pca.fit: components is " + std::to_string(config.components) + ", and " +
                      std::to_string(n) + " rows have at most " + std::to_string(most));
  }
  const Solver solver = choose_solver(n);
  if ((solver == Solver::nystrom || solver == Solver::features) && (given || is_graph(config.op))) {
    throw BadArgument(std::string{"kernel-pca.fit: solver "} +
                      choices(Solver{})[static_cast<std::size_t>(solver)] +
                      " needs rows (port x) and operator centred or uncentred");
  }
  if (session.has("landmarks") && solver != Solver::nystrom) {
    throw BadArgument("kernel-pca.fit: port landmarks is for solver: nystrom");
  }
  if (solver == Solver::dense) check_memory(n, config.memory);
  expansion_.training_rows = n;
  if (given) {
    if (expansion_.source == Source::distances && config.op != Operator::centred) {
      throw BadArgument("kernel-pca.fit: distances are centred to a kernel: use operator: centred");
    }
    check_symmetric(session.in<double>("k"));
    read_matrix(session);
    return;
  }
  expansion_.single = config.precision == Precision::f32 ||
                      (config.precision == Precision::mixed && n >= single_from && solver != Solver::dense);
  if (solver == Solver::features) expansion_.single = false;
  expansion_.points = Points::from(session, "x");
  expansion_.kernel = resolve_kernel(session, "kernel-pca.fit: x", config.kernel, expansion_.points);
  warn_about_length(session);
}

bool KernelPca::fit(Session& session) {
  if (session.step() == 0) {
    begin_fit(session);
    const Solver solver = choose_solver(expansion_.training_rows);
    if (solver == Solver::nystrom) {
      begin_nystroem(session);
    } else if (solver == Solver::features) {
      begin_features(session);
    } else {
      SessionExecutor executor{session, 0, 0.1, "row sums"};
      const double alpha = config.op == Operator::diffusion ? config.alpha : 0;
      spectral_ = Spectral::of(config.op, alpha, gram(), expansion_.kernel_name(), executor);
      if (solver == Solver::dense) {
        fit_dense(session);
        return false;
      }
      LanczosOptions options;
      options.components = static_cast<std::size_t>(config.components);
      options.block = static_cast<std::size_t>(config.block);
      options.tolerance = expansion_.single ? std::max(config.tolerance, 1e-6) : config.tolerance;
      options.zero = static_cast<double>(expansion_.training_rows) * rounding();
      lanczos_ = BlockLanczos{expansion_.training_rows, options};
      phase_ = Phase::lanczos;
    }
  }
  if (phase_ == Phase::lanczos) return step_lanczos(session);
  return phase_ == Phase::scatter ? step_scatter(session) : step_scores(session);
}

void KernelPca::fit_dense(Session& session) {
  SessionExecutor executor{session, 0.1, 1, "eigenvalues"};
  Eigenpairs pairs =
      solve_dense(spectral_, gram(), static_cast<std::size_t>(config.components), rounding(), executor);
  const std::vector<double> residuals(pairs.values.size(), 0.0);
  finish(session, pairs, residuals);
}

bool KernelPca::step_lanczos(Session& session) {
  if (expansion_.source != Source::rows && matrix_.size() == 0) read_matrix(session);
  const auto random = [&](std::uint64_t index) { return session.rng("lanczos", index); };
  // Of natural data 6 to 12 steps are usual: each takes a fifth of what is left, until components converge.
  const double wanted = static_cast<double>(config.components),
               found = static_cast<double>(lanczos_.converged()) / wanted,
               done = std::max(found, 1 - std::pow(0.8, static_cast<double>(lanczos_.steps())));
  SessionExecutor executor{session, done, done + (1 - done) / 5, "block Lanczos"};
  const SpectralOperator matrix{spectral_, gram()};
  const bool more = lanczos_.step(matrix, random, executor);
  double worst = 0;
  for (std::size_t j = 0; j < lanczos_.found(); ++j) {
    worst = std::max(worst, lanczos_.residuals()[j] / std::abs(lanczos_.values()[j]));
  }
  session.metric("residual", worst);
  session.metric("converged", static_cast<double>(lanczos_.converged()));
  session.metric("top", lanczos_.values()[0]);
  session.progress(std::max(static_cast<double>(lanczos_.converged()) / wanted, done + (1 - done) / 5),
                   "block Lanczos, residual " + number(worst));
  const bool last = lanczos_.steps() >= static_cast<std::uint64_t>(config.max_steps);
  if (more && !last) return true;

  if (more) {
    session.warn(
        "lanczos has not converged in " + std::to_string(lanczos_.steps()) +
        " steps: " + std::to_string(lanczos_.converged()) + " of " + std::to_string(config.components) +
        " components have a residual within tolerance (port residual_norms); raise max_steps or tolerance");
  }
  std::vector<double> residuals{lanczos_.residuals().begin(), lanczos_.residuals().end()};
  Eigenpairs pairs{{lanczos_.values().begin(), lanczos_.values().end()}, lanczos_.vectors(executor)};
  pairs = clean(std::move(pairs), expansion_.training_rows, spectral_.direction,
                static_cast<std::size_t>(config.components), rounding(), lanczos_.least());
  residuals.resize(pairs.values.size());
  lanczos_ = {};
  phase_ = Phase::done;
  finish(session, pairs, residuals, !more);
  return false;
}

// From eigenvectors to scores, coefficients and what new rows need.
void KernelPca::finish(Session& session, const Eigenpairs& pairs, const std::vector<double>& residuals,
                       bool converged) {
  const std::size_t n = expansion_.training_rows, q = pairs.values.size();
  Expansion& e = expansion_;
  const double time = e.op == Operator::diffusion ? config.time : 0;
  e.learn(spectral_, pairs, time);
  auto scores = session.out<double>("scores", {n, q});
  for (std::size_t j = 0; j < q; ++j) {
    const double scale = is_graph(e.op) ? std::pow(pairs.values[j], time) : std::sqrt(pairs.values[j]);
    const double* u = pairs.vectors.data() + j * n;
    for (std::size_t i = 0; i < n; ++i) {
      scores(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
          is_graph(e.op) ? scale * (u[i] / spectral_.direction[i]) : scale * u[i] / e.unit(j);
    }
  }
  put_summary(session, spectral_.trace, residuals, converged);
  if (spectral_.isolated > 0) {
    session.warn(std::to_string(spectral_.isolated) +
                 " rows have no neighbours: their degree is their own k(x, x); use a larger length");
  }
  const auto ones =
      std::count_if(e.eigenvalues.begin(), e.eigenvalues.end(), [](double mu) { return mu > 1 - 1e-9; });
  if (is_graph(e.op) && ones > 0) {
    session.warn(
        "the graph has at least " + std::to_string(ones + 1) +
        " parts: eigenvalue 1 appears so often, the constant counted, and its components tell the parts "
        "apart");
  }
  spectral_ = {};
  gram_.reset();
}

void KernelPca::put_summary(Session& session, double trace, const std::vector<double>& residuals,
                            bool converged) const {
  const std::size_t q = expansion_.components();
  session.out_values<bool>("converged", {})[0] = converged;
  std::ranges::copy(expansion_.eigenvalues, session.out_values<double>("eigenvalues", {q}).begin());
  std::ranges::copy(residuals, session.out_values<double>("residual_norms", {q}).begin());
  const auto explained = session.out_values<double>("explained", {q});
  for (std::size_t j = 0; j < q; ++j) explained[j] = expansion_.eigenvalues[j] / trace;
  session.out<double>("coefficients", {static_cast<std::uint64_t>(expansion_.coefficients.rows()), q}) =
      expansion_.coefficients;
  if (q < static_cast<std::size_t>(config.components)) {
    session.warn("components: asked " + std::to_string(config.components) + ", rank " + std::to_string(q) +
                 "; the eigenvalues beyond are zero to rounding");
  }
}

}  // namespace ansatz::kernel_pca
