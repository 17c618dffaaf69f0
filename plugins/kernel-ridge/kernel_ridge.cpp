#include "kernel_ridge.hpp"

#include <ansatz/num/check.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dual.hpp"

namespace ansatz::kernel_ridge {
namespace {

constexpr std::uint64_t predict_rows = 3072;  // a step

// All rows with a positive weight.
std::vector<std::uint64_t> weighted_rows(Session& session, std::vector<double>& weights) {
  const std::uint64_t n = session.shape("x")[0];
  weights.assign(n, 1.0);
  if (session.has("weight")) {
    const auto given = session.values<double>("weight");
    weights.assign(given.begin(), given.end());
  }
  std::vector<std::uint64_t> chosen;
  for (std::uint64_t i = 0; i < n; ++i) {
    check_nonnegative("kernel-ridge.fit", "weight[" + std::to_string(i) + "]", weights[i]);
    if (weights[i] > 0) chosen.push_back(i);
  }
  if (chosen.empty()) {
    throw BadArgument(n == 0 ? "kernel-ridge.fit: x has no rows"
                             : "kernel-ridge.fit: all " + std::to_string(n) + " weights are zero");
  }
  return chosen;
}

}  // namespace

void KernelRidge::fit(Session& session) {
  if (config.kernel.precomputed())
    throw Unsupported("kernel-ridge.fit: there is no port for a precomputed kernel");
  if (flat_columns(session, "x") == 0) throw BadArgument("kernel-ridge.fit: x has no columns");
  std::vector<double> weights;
  const std::vector<std::uint64_t> chosen = weighted_rows(session, weights);
  const Targets targets = Targets::from(session, chosen);
  packed_ = {};
  points_ = Points::from(session, "x", chosen);
  kernel_ = resolve_kernel(session, "kernel-ridge.fit: x", config.kernel, points_);
  precision_ = config.precision;
  classes_ = targets.classes;
  single_ = targets.single;
  if (precision_ == Precision::f64) {
    fit_as<double>(session, chosen, targets, weights);
  } else {
    fit_as<float>(session, chosen, targets, weights);
  }
}

template <class T>
void KernelRidge::fit_as(Session& session, const std::vector<std::uint64_t>& chosen, const Targets& targets,
                         const std::vector<double>& weights) {
  const std::size_t all = weights.size(), n = chosen.size();
  const auto m = static_cast<std::size_t>(targets.values.rows());
  DualProblem problem{
      {}, config.penalty, 1, config.intercept, static_cast<std::uint64_t>(config.memory) << 20};
  for (const std::uint64_t i : chosen) problem.weights.push_back(weights[i]);
  if (config.penalty_scale == PenaltyScale::mean) {
    problem.penalty_unit = std::accumulate(problem.weights.begin(), problem.weights.end(), 0.0);
    problem.penalty *= problem.penalty_unit;
  }
  SessionExecutor executor{session, 0.05, 1.0, "solve"};
  const auto& packed = packed_.emplace<KernelPoints<T>>(kernel_, points_.rows());
  const DualSolution<T> solution = solve_dual(packed, problem, m, targets.values.data(), executor);

  // A row of weight 0 has coefficient 0, and its fitted value is a prediction.
  auto coefficients = session.out<T>("coefficients", {all, m});
  auto fitted = targets.single && targets.classes.empty() ? session.out<T>("fitted", {all})
                                                          : session.out<T>("fitted", {all, m});
  coefficients_.resize(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(m));
  for (std::size_t i = 0; i < n; ++i) {
    const double share = problem.penalty / problem.weights[i];  // residual = share a_i
    for (std::size_t t = 0; t < m; ++t) {
      const auto row = static_cast<Eigen::Index>(i), target = static_cast<Eigen::Index>(t);
      const auto place = static_cast<Eigen::Index>(chosen[i]);
      const T a = solution.coefficients[t * n + i];
      coefficients_(row, target) = static_cast<double>(a);
      coefficients(place, target) = a;
      fitted(place, target) = static_cast<T>(targets.values(target, row) - share * static_cast<double>(a));
    }
  }
  intercept_ = solution.intercept;
  std::ranges::transform(intercept_, session.out_values<T>("intercept", {m}).begin(),
                         [](double b) { return static_cast<T>(b); });

  std::vector<std::uint64_t> left_out;
  for (std::uint64_t i = 0; i < all; ++i) {
    if (!(weights[i] > 0)) left_out.push_back(i);
  }
  if (!left_out.empty()) {
    const Points others = Points::from(session, "x", left_out);
    const Matrix<T> values = evaluate(packed, others.rows(), executor);
    for (std::size_t i = 0; i < left_out.size(); ++i) {
      fitted.row(static_cast<Eigen::Index>(left_out[i])) = values.row(static_cast<Eigen::Index>(i));
    }
  }
}

template <class T>
Matrix<T> KernelRidge::evaluate(const KernelPoints<T>& points, const Rows& rows, Executor& executor) const {
  const Matrix<T> by_target = coefficients_.transpose().cast<T>();
  const Eigen::Index m = by_target.rows();
  Matrix<T> values(static_cast<Eigen::Index>(row_count(rows)), m);
  points.apply(rows, static_cast<std::size_t>(m), by_target.data(), values.data(), executor);
  for (Eigen::Index t = 0; t < m; ++t) {
    const double b = intercept_[static_cast<std::size_t>(t)];
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      values(i, t) = static_cast<T>(static_cast<double>(values(i, t)) + b);
    }
  }
  return values;
}

bool KernelRidge::predict(Session& session) {
  const std::size_t d = flat_columns(session, "x");
  if (d != points_.columns()) {
    throw BadArgument("kernel-ridge.predict: x has " + std::to_string(d) +
                      " columns, and the model was fitted on " + std::to_string(points_.columns()));
  }
  if (packed_.index() == 0) {
    if (precision_ == Precision::f64) {
      packed_.emplace<KernelPoints<double>>(kernel_, points_.rows());
    } else {
      packed_.emplace<KernelPoints<float>>(kernel_, points_.rows());
    }
  }
  if (auto* points = std::get_if<KernelPoints<double>>(&packed_)) return predict_as(session, *points);
  return predict_as(session, std::get<KernelPoints<float>>(packed_));
}

template <class T>
bool KernelRidge::predict_as(Session& session, KernelPoints<T>& points) {
  const std::uint64_t q = session.shape("x")[0], m = intercept_.size();
  const std::uint64_t first = std::min(q, session.step() * predict_rows),
                      count = std::min(predict_rows, q - first);
  const auto block = [&](auto&& matrix) {
    return matrix.middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(count));
  };
  Points buffer;
  Matrix<T> values(0, static_cast<Eigen::Index>(m));
  if (count > 0) {
    SessionExecutor executor{session};
    buffer.read(session, "x", first, count);
    check_rows(kernel_, buffer.rows(), first, "kernel-ridge.predict: x");
    values = evaluate(points, buffer.rows(), executor);
  }
  if (classes_.empty()) {
    block(single_ ? session.out<T>("y", {q}) : session.out<T>("y", {q, m})) = values;
  } else {
    block(session.out<T>("score", {q, m})) = values;
    const auto labels = session.out_values<std::int64_t>("y", {q});
    for (std::uint64_t i = 0; i < count; ++i) {
      const T* scores = values.data() + i * m;
      labels[first + i] = classes_[std::max_element(scores, scores + m) - scores];  // the first of equal ones
    }
  }
  session.progress(q == 0 ? 1 : static_cast<double>(first + count) / static_cast<double>(q));
  return first + count < q;
}

void KernelRidge::state(Archive& archive) {
  archive_kernel(archive, kernel_);
  if (!archive.writing()) packed_ = {};
  archive("precision", precision_);
  archive("points", points_);
  archive("coefficients", coefficients_, "n,m");
  archive("intercept", intercept_, "m");
  archive("classes", classes_, "m");
  archive("single", single_);
}

}  // namespace ansatz::kernel_ridge
