// The verb path: all penalties of a grid from one eigendecomposition.
#include <ansatz/num/kernel_operator.hpp>

#include <algorithm>
#include <cmath>

#include "kernel_ridge.hpp"
#include "spectral_path.hpp"

namespace ansatz::kernel_ridge {
namespace {

// Log-spaced over [1e-8, 10] times the largest eigenvalue.
std::vector<double> default_penalties(double largest) {
  constexpr int count = 50;
  std::vector<double> penalties;
  for (int i = 0; i < count; ++i) penalties.push_back(largest * std::pow(10.0, -8 + 9.0 * i / (count - 1)));
  return penalties;
}

double criterion_of(Criterion choose, const PathPoint& point) {
  switch (choose) {
    case Criterion::loo: return point.loo;
    case Criterion::cv:
    case Criterion::held_out: return point.cv;
    case Criterion::gcv: return point.gcv;
    case Criterion::lml: return -point.lml;
  }
  return point.loo;
}

}  // namespace

void KernelRidge::path(Session& session, const PathOptions& options) {
  const std::shared_ptr<const Training> training = read_training(session);
  const std::size_t n = training->chosen.size(),
                    m = static_cast<std::size_t>(training->targets.values.rows());
  if (n < 2) {
    throw BadArgument("kernel-ridge.path: x has one row; leave-one-out and GCV need at least two");
  }
  if (static_cast<double>(n) * static_cast<double>(n) * 8 > static_cast<double>(config.memory) * 1048576) {
    throw BadArgument("kernel-ridge.path: the eigenvectors of " + std::to_string(n) + " rows need " +
                      std::to_string(n * n * 8) + " bytes, and `memory` allows " +
                      std::to_string(config.memory) + " MiB; it grows with the square of the rows");
  }
  begin_fit(session, *training, Solver::exact);
  precision_ = Precision::f64;
  SessionExecutor executor{session, 0.05, 0.2, "kernel"};
  LargeBuffer<double> k(n * n);
  gram_of(session, *training)(k.data(), n, executor);
  const SpectralPath path{
      n, k.data(), training->weights, m, training->targets.values.data(), config.intercept};
  session.progress(0.7, "penalties");

  std::vector<double> penalties = options.penalties;
  if (penalties.empty()) {
    penalties = default_penalties(path.largest_eigenvalue());
  } else {
    for (double& penalty : penalties) penalty *= training->penalty_unit;
  }
  const Folds folds = draw_folds(session, "path", options.choose, n, options.folds);
  const std::vector<PathPoint> points = path.points(penalties, folds, executor);

  const auto best = static_cast<std::size_t>(
      std::ranges::min_element(points, {},
                               [&](const PathPoint& p) { return criterion_of(options.choose, p); }) -
      points.begin());
  const std::uint64_t count = points.size();
  const auto column = [&](const char* port, auto&& value) {
    std::ranges::transform(points, session.out_values<double>(port, {count}).begin(), value);
  };
  column("penalty", [&](const PathPoint& p) { return p.penalty / training->penalty_unit; });
  column("loo", [](const PathPoint& p) { return p.loo; });
  column("gcv", [](const PathPoint& p) { return p.gcv; });
  column("lml", [](const PathPoint& p) { return p.lml; });
  column("df", [](const PathPoint& p) { return p.df; });
  column("train", [](const PathPoint& p) { return p.train; });
  if (!folds.empty()) column("cv", [](const PathPoint& p) { return p.cv; });
  session.out_scalar("chosen", points[best].penalty / training->penalty_unit);
  if (points.size() > 1 && (best == 0 || best + 1 == points.size())) {
    const bool first = points[best].penalty <= points[best == 0 ? 1 : best - 1].penalty;
    session.warn(std::string{"the chosen penalty is the "} + (first ? "lowest" : "highest") +
                 " of the grid; give penalties that go further");
  }
  std::vector<double> a, b;
  path.solution(points[best].penalty, a, b);
  penalty_ = points[best].penalty;
  learn(*training, a, b);
}

}  // namespace ansatz::kernel_ridge
