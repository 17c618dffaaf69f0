// The solvers nystrom and features: one pass over the rows for the scatter of their features, one for scores.
#include <ansatz/num/error.hpp>

#include <algorithm>

#include "kernel_pca.hpp"
#include "landmarks.hpp"

namespace ansatz::kernel_pca {
namespace {

constexpr std::uint64_t rows_a_step = 4096;

}  // namespace

void KernelPca::begin_nystroem(Session& session) {
  Expansion& e = expansion_;
  const std::uint64_t n = e.training_rows;
  Points rows = std::move(e.points);
  if (session.has("landmarks")) {
    e.points = Points::from(session, "landmarks");
    if (e.points.columns() != rows.columns() || e.points.size() == 0) {
      throw BadArgument("kernel-pca.fit: landmarks is " + std::to_string(e.points.size()) + " x " +
                        std::to_string(e.points.columns()) + ", and x has " + std::to_string(rows.columns()) +
                        " columns");
    }
  } else {
    const auto count = static_cast<std::uint64_t>(config.landmarks);
    if (count > n) {
      throw BadArgument("kernel-pca.fit: landmarks is " + std::to_string(count) + ", and x has " +
                        std::to_string(n) + " rows");
    }
    e.points = draw_landmarks(session, rows, e.kernel, config.sampling, count,
                              static_cast<std::uint64_t>(config.memory) << 20);
  }
  e.support = e.points.size();
  SessionExecutor executor{session, 0, 0.1, "landmarks"};
  const auto size = static_cast<Eigen::Index>(e.support);
  Matrix<double> w(size, size);
  gram().fill(w.data(), executor);
  scatter_ = FeatureScatter{std::move(w), rounding()};
  phase_ = Phase::scatter;
}

void KernelPca::begin_features(Session& session) {
  Expansion& e = expansion_;
  if (!has_random_features(e.kernel)) {
    throw BadArgument(
        "kernel-pca.fit: solver features is not for the kernel " + e.kernel.name() +
        "; kernels that have random features: gaussian, laplacian, matern.  Use solver: nystrom");
  }
  if (config.features % 2 != 0) {
    throw BadArgument("kernel-pca.fit: features is " + std::to_string(config.features) +
                      ", and every frequency has two, cosine and sine: give an even number");
  }
  const auto count = static_cast<std::size_t>(config.features) / 2;
  const std::size_t columns = e.points.columns();
  const std::vector<double> frequencies =
      random_frequencies(e.kernel, columns, count, config.orthogonal, session.rng("features"));
  e.source = Source::features;
  e.points.values = Matrix<double>{Eigen::Map<const Matrix<double>>(
      frequencies.data(), static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(columns))};
  e.support = 2 * count;
  scatter_ = FeatureScatter{e.support};
  phase_ = Phase::scatter;
}

// Their kernel values with the landmarks, or their random features.
void KernelPca::features_of(Session& session, const Points& rows, Matrix<double>& values) {
  SessionExecutor executor{session};
  values.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(expansion_.support));
  if (expansion_.source == Source::features) {
    if (!frequencies_) frequencies_.emplace(expansion_.random_features());
    frequencies_->apply(rows.rows(), values.data(), executor);
    return;
  }
  gram();  // packs the landmarks
  if (auto* single = std::get_if<KernelPoints<float>>(&packed_)) {
    Matrix<float> k(values.rows(), values.cols());
    single->cross(rows.rows(), k.data(), expansion_.support, executor);
    values = k.cast<double>();
  } else {
    std::get<KernelPoints<double>>(packed_).cross(rows.rows(), values.data(), expansion_.support, executor);
  }
}

bool KernelPca::step_scatter(Session& session) {
  const std::uint64_t n = expansion_.training_rows, first = scatter_.rows(),
                      count = std::min(rows_a_step, n - first);
  SessionExecutor executor{session};
  Points block;
  block.read(session, "x", first, count);
  Matrix<double> values;
  features_of(session, block, values);
  scatter_.add(values, diagonal_of(expansion_.kernel, block.rows()), executor);
  session.progress(0.8 * static_cast<double>(first + count) / static_cast<double>(n),
                   "scatter of the features");
  if (first + count < n) return true;
  const double trace = scatter_.finish(static_cast<std::size_t>(config.components), rounding(), expansion_);
  if (expansion_.source == Source::rows) session.metric("trace_error", scatter_.trace_error());
  put_summary(session, trace, std::vector<double>(expansion_.components(), 0.0));
  scatter_ = {};
  gram_.reset();
  frequencies_.reset();
  phase_ = Phase::scores;
  scored_ = 0;
  return true;
}

bool KernelPca::step_scores(Session& session) {
  const std::uint64_t n = expansion_.training_rows, q = expansion_.components(), first = scored_,
                      count = std::min(rows_a_step, n - first);
  SessionExecutor executor{session};
  Points block;
  block.read(session, "x", first, count);
  const Matrix<double> z = evaluator().scores(evaluator().products(block.rows(), executor));
  auto scores = session.out<double>("scores", {n, q});
  for (Eigen::Index i = 0; i < z.rows(); ++i) {
    for (Eigen::Index j = 0; j < z.cols(); ++j) {
      scores(static_cast<Eigen::Index>(first) + i, j) =
          z(i, j) / expansion_.unit(static_cast<std::size_t>(j));
    }
  }
  scored_ = first + count;
  session.progress(0.8 + 0.2 * static_cast<double>(scored_) / static_cast<double>(n), "scores");
  if (scored_ == n) phase_ = Phase::done;
  return scored_ < n;
}

}  // namespace ansatz::kernel_pca
