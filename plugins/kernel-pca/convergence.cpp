#include "convergence.hpp"

#include <ansatz/kernel_parameters.hpp>
#include <ansatz/num/block_lanczos.hpp>
#include <ansatz/num/error.hpp>
#include <ansatz/num/symmetric_eigen.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "eigenpairs.hpp"
#include "expansion.hpp"
#include "feature_scatter.hpp"
#include "gram.hpp"
#include "spectral.hpp"

namespace ansatz::kernel_pca {
namespace {

constexpr double precision = std::numeric_limits<double>::epsilon();
constexpr std::uint64_t block_rows = 4096;

// Largest angle between the spans of orthonormal columns q and of orthonormal rows u, by its sine, which is exact for
// small angles too.
double largest_angle(const Matrix<double>& u, const Matrix<double>& q) {
  const Matrix<double> outside = q - u.transpose() * (u * q);
  Matrix<double> gram = outside.transpose() * outside;
  std::vector<double> values(static_cast<std::size_t>(gram.rows()));
  symmetric_eigen(values.size(), gram.data(), values.data(), 0, nullptr);
  return std::asin(std::min(1.0, std::sqrt(std::max(0.0, values.front()))));
}

}  // namespace

void Convergence::begin(Session& session, const Config& config, const ConvergenceOptions& options) {
  *this = {};
  active_ = true;
  if (config.kernel.precomputed() || is_graph(config.op)) {
    throw BadArgument("kernel-pca.convergence: landmarks need rows and operator: centred or uncentred");
  }
  const std::uint64_t n = session.shape("x")[0];
  const auto q = static_cast<std::uint64_t>(config.components);
  if (q >= n) {
    throw BadArgument("kernel-pca.convergence: components is " + std::to_string(q) + ", and x has " +
                      std::to_string(n) + " rows; give fewer components than rows");
  }
  counts_ = options.counts;
  if (counts_.empty()) {
    for (const std::uint64_t part : {32, 16, 8, 4, 2}) {
      if (n / part > q) counts_.push_back(static_cast<std::int64_t>(n / part));
    }
  }
  if (counts_.empty()) counts_.push_back(static_cast<std::int64_t>(n));
  for (const std::int64_t count : counts_) {
    if (static_cast<std::uint64_t>(count) <= n) continue;
    throw BadArgument("kernel-pca.convergence: counts has " + std::to_string(count) + ", and x has " +
                      std::to_string(n) + " rows");
  }
  const Points rows = Points::from(session, "x");
  const Kernel kernel = resolve_kernel(session, "kernel-pca.convergence: x", config.kernel, rows);
  const KernelPoints<double> points{kernel, rows.rows()};
  PointsGram<double> gram{points, static_cast<std::uint64_t>(config.memory) << 20};
  SessionExecutor executor{session, 0, 0.5, "exact components"};
  const Spectral spectral = Spectral::of(config.op, 0, gram, kernel.name(), executor);
  const SpectralOperator matrix{spectral, gram};
  BlockLanczos solver{n,
                      {.components = q, .block = static_cast<std::size_t>(config.block), .tolerance = 1e-10}};
  const auto random = [&](std::uint64_t index) { return session.rng("lanczos", index); };
  for (std::int64_t i = 0; i < config.max_steps && solver.step(matrix, random, executor); ++i)
    session.check_cancelled();
  Eigenpairs pairs{{solver.values().begin(), solver.values().end()}, solver.vectors(executor)};
  pairs = clean(std::move(pairs), n, spectral.direction, q, precision, solver.least());
  values_ = pairs.values;
  exact_ = Eigen::Map<const Matrix<double>>(pairs.vectors.data(), static_cast<Eigen::Index>(values_.size()),
                                            static_cast<Eigen::Index>(n));
  value_errors_.setZero(static_cast<Eigen::Index>(counts_.size()), static_cast<Eigen::Index>(values_.size()));
}

// The first rows of one random order, so that each set contains those before.
void Convergence::approximate(Session& session, const Config& config) {
  const std::uint64_t n = session.shape("x")[0];
  const std::size_t place = angle_.size();
  const Points rows = Points::from(session, "x");
  std::vector<std::uint64_t> chosen = session.rng("landmarks").permutation(n);
  chosen.resize(static_cast<std::size_t>(counts_[place]));
  std::ranges::sort(chosen);
  Expansion e;
  e.op = config.op;
  e.kernel = resolve_kernel(session, "kernel-pca.convergence: x", config.kernel, rows);
  e.points = rows.subset(chosen);
  e.training_rows = n;
  SessionExecutor executor{session};
  const KernelPoints<double> landmarks{e.kernel, e.points.rows()};
  const auto m = static_cast<Eigen::Index>(chosen.size());
  Matrix<double> w(m, m);
  landmarks.gram(w.data(), chosen.size(), executor);
  FeatureScatter features{std::move(w), precision};
  double trace = 0;
  for (std::uint64_t first = 0; first < n; first += block_rows) {
    Points block;
    block.read(session, "x", first, std::min(block_rows, n - first));
    Matrix<double> k(static_cast<Eigen::Index>(block.size()), m);
    landmarks.cross(block.rows(), k.data(), chosen.size(), executor);
    const std::vector<double> diagonal = diagonal_of(e.kernel, block.rows());
    for (const double value : diagonal) trace += value;
    features.add(k, diagonal, executor);
  }
  features.finish(values_.size(), precision, e);
  trace_error_.push_back(features.trace_error() / trace);
  const std::size_t found = e.components();
  Matrix<double> scores = Evaluator{e}.scores(Evaluator{e}.products(rows.rows(), executor));
  for (std::size_t j = 0; j < values_.size(); ++j) {
    const auto column = static_cast<Eigen::Index>(j);
    const double value = j < found ? e.eigenvalues[j] : 0;
    value_errors_(static_cast<Eigen::Index>(place), column) = 1 - value / values_[j];
    if (j < found) scores.col(column).normalize();
  }
  angle_.push_back(found < values_.size() ? std::numbers::pi / 2 : largest_angle(exact_, scores));
}

bool Convergence::step(Session& session, const Config& config, const ConvergenceOptions& options) {
  if (session.step() == 0) {
    begin(session, config, options);
    return true;
  }
  approximate(session, config);
  session.progress(static_cast<double>(angle_.size()) / static_cast<double>(counts_.size()));
  if (angle_.size() < counts_.size()) return true;
  const std::uint64_t s = counts_.size(), q = values_.size();
  std::ranges::copy(counts_, session.out_values<std::int64_t>("landmarks", {s}).begin());
  std::ranges::copy(angle_, session.out_values<double>("angle", {s}).begin());
  std::ranges::copy(trace_error_, session.out_values<double>("trace_error", {s}).begin());
  session.out<double>("eigenvalue_error", {s, q}) = value_errors_;
  *this = {};
  return false;
}

void Convergence::state(Archive& archive) {
  archive("active", active_);
  if (!active_) return;
  archive("counts", counts_, "s");
  archive("exact", exact_, "q,n");
  archive("values", values_, "q");
  archive("angle", angle_);
  archive("trace_error", trace_error_);
  archive("value_errors", value_errors_, "s,q");
}

}  // namespace ansatz::kernel_pca
