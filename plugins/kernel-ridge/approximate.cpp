// The solvers that never have all rows in memory: nystrom and features.
#include <ansatz/num/random_pivots.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernel_ridge.hpp"
#include "row_stream.hpp"

namespace ansatz::kernel_ridge {
namespace {

void check_memory(std::uint64_t needed, std::int64_t memory, const std::string& what, const char* instead) {
  if (needed <= static_cast<std::uint64_t>(memory) << 20) return;
  throw BadArgument("kernel-ridge.fit: " + what + " needs " + std::to_string(needed) +
                    " bytes, and `memory` allows " + std::to_string(memory) + " MiB (" +
                    std::to_string(static_cast<std::uint64_t>(memory) << 20) + " bytes); " + instead);
}

}  // namespace

std::size_t KernelRidge::centre_count(const Training& training) const {
  const std::size_t n = training.chosen.size();
  const auto* given = std::get_if<std::int64_t>(&config.centres);
  if (given == nullptr) {
    return std::min(n, static_cast<std::size_t>(std::ceil(10 * std::sqrt(static_cast<double>(n)))));
  }
  if (static_cast<std::size_t>(*given) > n) {
    throw BadArgument("kernel-ridge.fit: centres is " + std::to_string(*given) + ", and there are " +
                      std::to_string(n) + " rows");
  }
  return static_cast<std::size_t>(*given);
}

Points KernelRidge::draw_centres(Session& session, const Training& training) {
  const std::size_t n = training.chosen.size(), count = centre_count(training);
  std::vector<std::uint64_t> centres;
  RowStream stream{session, "x"};
  if (config.sampling == Sampling::uniform) {
    for (const std::uint64_t i : session.rng("centres").choice(n, count))
      centres.push_back(training.chosen[i]);
  } else {
    check_memory(
        random_pivots_bytes(n, count), config.memory,
        "sampling: rpcholesky of " + std::to_string(count) + " centres from " + std::to_string(n) + " rows",
        "raise it, take fewer centres, or choose sampling: uniform");
    SessionExecutor executor{session, 0.0, 1.0, "centres"};
    const Points rows = stream.gather(training.chosen);
    const KernelPoints<double> points{kernel_, rows.rows()};
    std::vector<double> factor;
    for (const std::size_t i :
         random_pivots(points, rows.rows(), count, session.rng("centres"), factor, executor))
      centres.push_back(training.chosen[i]);
  }
  std::ranges::sort(centres);
  return stream.gather(centres);
}

void KernelRidge::begin_streamed(Session& session, const Training& training) {
  RowStream stream{session, "x"};
  const std::string where = "kernel-ridge.fit: x";
  const bool median = std::holds_alternative<LengthRule>(config.kernel.length);
  const Points sample =
      median ? rows_for_median(session, stream, training.chosen) : stream.gather({training.chosen.front()});
  kernel_ = resolve_kernel(session, where, config.kernel, sample);
  const std::size_t d = sample.columns();
  if (solver_ == Solver::features) {
    if (config.features % 2 != 0) {
      throw BadArgument("kernel-ridge.fit: features is " + std::to_string(config.features) +
                        ", and they come in pairs: give an even number");
    }
    const auto count = static_cast<std::size_t>(config.features);
    check_memory(std::uint64_t{8} * count * count, config.memory,
                 "the matrix of " + std::to_string(count) + " features",
                 "it grows with the square of the features: take fewer of them, or choose solver: cg");
    const std::vector<double> frequencies =
        random_frequencies(kernel_, d, count / 2, config.orthogonal, session.rng("features"));
    frequencies_ = Eigen::Map<const Matrix<double>>(frequencies.data(), static_cast<Eigen::Index>(count / 2),
                                                    static_cast<Eigen::Index>(d));
    return;
  }
  if (config.precision == Precision::fixed16) {
    throw BadArgument("kernel-ridge.fit: precision: fixed16 is for solver: cg; choose mixed, f64 or f32");
  }
  const bool wired = session.has("centres");
  if (wired && std::holds_alternative<std::int64_t>(config.centres)) {
    throw BadArgument("kernel-ridge.fit: port centres is wired, so that parameter centres is not used");
  }
  const std::size_t count = wired ? session.shape("centres")[0] : centre_count(training);
  if (count == 0) throw BadArgument("kernel-ridge.fit: centres has no rows");
  check_memory(std::uint64_t{16} * count * matrix_stride<double>(count), config.memory,
               "nystrom with " + std::to_string(count) + " centres",
               "its two factors grow with the square of the centres: raise it, take fewer centres, or choose "
               "solver: features");
  points_ = wired ? Points::from(session, "centres") : draw_centres(session, training);
  if (wired) check_rows(kernel_, points_.rows(), 0, "kernel-ridge.fit: centres");
}

template <class T>
void KernelRidge::publish_streamed(Session& session, const Training& training,
                                   const std::vector<double>& coefficients,
                                   const std::vector<double>& intercept, const std::vector<double>& fitted) {
  const std::size_t m = intercept.size(), count = coefficients.size() / m;
  coefficients_ = Eigen::Map<const Matrix<double>>(coefficients.data(), static_cast<Eigen::Index>(count),
                                                   static_cast<Eigen::Index>(m));
  intercept_ = intercept;
  session.out<T>("coefficients", {count, m}) = coefficients_.cast<T>();
  auto values = training.targets.single && !training.targets.labels()
                    ? session.out<T>("fitted", {training.all})
                    : session.out<T>("fitted", {training.all, m});
  for (std::size_t t = 0; t < m; ++t) {
    for (std::size_t i = 0; i < training.all; ++i)
      values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)) =
          static_cast<T>(fitted[t * training.all + i]);
  }
  std::ranges::transform(intercept_, session.out_values<T>("intercept", {m}).begin(),
                         [](double b) { return static_cast<T>(b); });
}

template <class T>
bool KernelRidge::fit_nystrom(Session& session, const Training& training) {
  const CgOptions options = cg_options(training);
  if (feature_fit_.active()) return find_covariance(session, training);
  if (nystrom_.step(session, packed<T>(), points_.rows(), training, options)) return true;
  session.out_values<bool>("converged", {})[0] = nystrom_.converged();
  if (!nystrom_.converged() && options.held_out == 0) {
    session.warn(
        "conjugate gradients stopped before the relative residual reached tolerance; the error of f is at "
        "most the certificate times sqrt(k(x, x))");
  }
  const std::vector<double> fitted = nystrom_.template fitted<T>(session);
  publish_streamed<T>(session, training, nystrom_.coefficients(), nystrom_.intercept(), fitted);
  jitter_ = nystrom_.template jitter<T>();
  nystrom_.release();
  if (!config.covariance) {
    nystrom_ = {};
    return false;
  }
  feature_fit_.start(points_.size(), nystrom_.rows_that_count(training));
  return true;
}
template bool KernelRidge::fit_nystrom<double>(Session&, const Training&);
template bool KernelRidge::fit_nystrom<float>(Session&, const Training&);

bool KernelRidge::find_covariance(Session& session, const Training& training) {
  if (!centre_factor_) {
    SessionExecutor executor{session, 0.0, 0.1, "covariance"};
    exact_centres_ = std::make_unique<KernelPoints<double>>(kernel_, points_.rows());
    centre_factor_ = std::make_unique<CentreFactor>(*exact_centres_, jitter_,
                                                    std::numeric_limits<double>::epsilon(), executor);
  }
  const Training rows = nystrom_.rows_that_count(training);
  const FeatureMap map = [&](const Rows& block, double* phi, Executor& e) {
    centre_factor_->features(block, phi, e);
  };
  if (feature_fit_.step(session, map, rows)) return true;
  centre_factor_.reset();
  exact_centres_.reset();
  SessionExecutor executor{session};
  posterior_ = feature_fit_.posterior(rows, config.intercept, executor);
  nystrom_ = {};
  return false;
}

const RandomFeatures& KernelRidge::features() {
  if (!features_) {
    features_.emplace(frequencies_.data(), static_cast<std::size_t>(frequencies_.rows()),
                      static_cast<std::size_t>(frequencies_.cols()), kernel_.amplitude);
  }
  return *features_;
}

Matrix<double> KernelRidge::evaluate_features(const Rows& rows, Executor& executor) {
  Matrix<double> z(static_cast<Eigen::Index>(row_count(rows)), static_cast<Eigen::Index>(features().size()));
  features().apply(rows, z.data(), executor);
  Matrix<double> values = z * coefficients_;
  values.rowwise() +=
      Eigen::Map<const Eigen::RowVectorXd>(intercept_.data(), static_cast<Eigen::Index>(intercept_.size()));
  return values;
}

bool KernelRidge::fit_features(Session& session, const Training& training) {
  const FeatureMap map = [&](const Rows& rows, double* z, Executor& e) { features().apply(rows, z, e); };
  if (feature_fit_.step(session, map, training)) return true;
  SessionExecutor executor{session};
  std::vector<double> w, b;
  feature_fit_.solve(training, config.intercept, w, b, executor);
  const std::size_t m = b.size();
  coefficients_ = Eigen::Map<const Matrix<double>>(w.data(), static_cast<Eigen::Index>(w.size() / m),
                                                   static_cast<Eigen::Index>(m));
  intercept_ = b;
  std::vector<double> fitted(m * training.all);
  RowStream stream{session, "x"};
  stream.each([&](std::size_t first, const Rows& rows) {
    const Matrix<double> values = evaluate_features(rows, executor);
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      for (std::size_t t = 0; t < m; ++t)
        fitted[t * training.all + first + static_cast<std::size_t>(i)] =
            values(i, static_cast<Eigen::Index>(t));
    }
  });
  publish_streamed<double>(session, training, w, b, fitted);
  return false;
}

}  // namespace ansatz::kernel_ridge
