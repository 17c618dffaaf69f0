// The verb evaluate, and the variance of predictions.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernel_ridge.hpp"

namespace ansatz::kernel_ridge {
namespace {

constexpr std::uint64_t rows_a_step = 3072;

// What is in `y` and was never learned, for a warning.
std::string unknown_labels(const Labels& classes, const Labels& y) {
  return std::visit(
      [&]<class List>(const List& list) -> std::string {
        List unknown;
        for (const auto& label : list) {
          if (!std::ranges::binary_search(std::get<List>(classes.values), label)) unknown.push_back(label);
        }
        if (unknown.empty()) return {};
        const std::size_t rows = unknown.size();
        const Labels some{std::move(unknown)}, names = distinct({&some});
        std::string text;
        for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 10); ++i)
          text += (i == 0 ? "" : ", ") + names.name(i);
        if (names.size() > 10) text += ", ...";
        return "labels that fit never saw: " + text + " (" + std::to_string(rows) +
               " rows); they count as errors";
      },
      y.values);
}

bool equal(const Labels& a, std::size_t i, const Labels& b, std::size_t j) {
  return std::visit([&]<class List>(const List& list) { return list[i] == std::get<List>(b.values)[j]; },
                    a.values);
}

}  // namespace

const PredictiveVariance& KernelRidge::variance(Executor& executor) {
  const bool centres = solver_ == Solver::nystrom && posterior_.factor.size() > 0;
  if ((solver_ != Solver::exact && !centres) || precomputed_) {
    throw BadArgument(
        std::string{"kernel-ridge: variance is for models of solver: exact, or of solver: nystrom with "
                    "covariance: true, with a kernel of rows; this one is of "} +
        (precomputed_ ? "kernel: precomputed"
                      : std::string{"solver: "} + choices(Solver{})[static_cast<std::size_t>(solver_)]));
  }
  if (!variance_ && centres) {
    variance_ = std::make_unique<NystromVariance>(kernel_, points_.rows(), jitter_, posterior_, penalty_,
                                                  has_intercept_, executor);
  } else if (!variance_) {
    variance_ = std::make_unique<ExactVariance>(kernel_, points_.rows(), weights_, penalty_, has_intercept_,
                                                executor);
  }
  return *variance_;
}

std::vector<double> KernelRidge::variance_of_rows(Session& session, std::uint64_t first, std::uint64_t count,
                                                  Executor& executor) {
  const PredictiveVariance& known = variance(executor);
  if (count == 0) return {};
  Points rows;
  rows.read(session, "x", first, count);
  return known.at(rows.rows(), executor);
}

bool KernelRidge::evaluate(Session& session, const PredictOptions& options) {
  check_columns(session, "evaluate");
  const char* port = precomputed_ ? "k" : "x";
  const std::uint64_t q = session.shape(port)[0];
  if (q == 0) throw BadArgument(std::string{"kernel-ridge.evaluate: "} + port + " has no rows");
  const std::uint64_t first = std::min(q, session.step() * rows_a_step),
                      count = std::min(rows_a_step, q - first);
  SessionExecutor executor{session};
  const Matrix<double> values =
      precision_ == Precision::f64
          ? evaluate_rows<double>(session, "kernel-ridge.evaluate: x", first, count, executor)
          : evaluate_rows<float>(session, "kernel-ridge.evaluate: x", first, count, executor)
                .template cast<double>();
  const bool last = first + count == q;
  if (classes_.size() > 0) {
    evaluate_labels(session, values, first, last);
  } else {
    evaluate_numbers(session, values, first, last, options);
  }
  session.progress(static_cast<double>(first + count) / static_cast<double>(q));
  return !last;
}

void KernelRidge::evaluate_labels(Session& session, const Matrix<double>& values, std::uint64_t first,
                                  bool last) {
  if (first == 0 || !truth_) {
    if (session.type("y") == ANSATZ_F64 || session.type("y") == ANSATZ_F32 ||
        session.shape("y").size() != 1) {
      throw BadArgument(
          "kernel-ridge.evaluate: the model was fitted on class labels, so that y must be one label a row");
    }
    truth_ = read_labels(session, "y");
    if (truth_->is_text() != classes_.is_text()) {
      throw BadArgument(
          std::string{"kernel-ridge.evaluate: y has "} + (truth_->is_text() ? "texts" : "numbers") +
          ", and the model was fitted on classes that are " + (classes_.is_text() ? "texts" : "numbers") +
          ": " + classes_.name(0) + ", " + classes_.name(1));
    }
  }
  const auto error = session.out_values<double>("error", {truth_->size()});
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    const double* scores = values.data() + i * values.cols();
    const auto guess = static_cast<std::size_t>(std::max_element(scores, scores + values.cols()) - scores);
    const std::size_t row = first + static_cast<std::size_t>(i);
    error[row] = equal(classes_, guess, *truth_, row) ? 0 : 1;
  }
  if (!last) return;
  if (const std::string unknown = unknown_labels(classes_, *truth_); !unknown.empty()) session.warn(unknown);
  double wrong = 0;
  for (const double e : error) wrong += e;
  session.out_scalar("wrong", wrong / static_cast<double>(error.size()));
  truth_.reset();
}

void KernelRidge::evaluate_numbers(Session& session, const Matrix<double>& values, std::uint64_t first,
                                   bool last, const PredictOptions& options) {
  const std::int32_t type = session.type("y");
  if (type != ANSATZ_F64 && type != ANSATZ_F32) {
    throw BadArgument("kernel-ridge.evaluate: the model was fitted on real numbers, and y has labels");
  }
  const auto y = session.in<double>("y");
  const auto q = static_cast<std::uint64_t>(y.rows()), m = static_cast<std::uint64_t>(values.cols());
  if (y.cols() != values.cols()) {
    throw BadArgument("kernel-ridge.evaluate: y has " + std::to_string(y.cols()) +
                      " columns, and the model was fitted on " + std::to_string(values.cols()));
  }
  auto error = single_ ? session.out<double>("error", {q}) : session.out<double>("error", {q, m});
  const auto start = static_cast<Eigen::Index>(first);
  error.middleRows(start, values.rows()) = y.middleRows(start, values.rows()) - values;
  std::span<double> variances;
  if (options.variance) {
    variances = session.out_values<double>("variance", {q});
    SessionExecutor executor{session};
    std::ranges::copy(variance_of_rows(session, first, static_cast<std::uint64_t>(values.rows()), executor),
                      variances.begin() + start);
  }
  if (!last) return;
  const auto mse = session.out_values<double>("mse", {m}), r2 = session.out_values<double>("r2", {m});
  for (Eigen::Index t = 0; t < y.cols(); ++t) {
    const auto target = static_cast<std::size_t>(t);
    mse[target] = error.col(t).squaredNorm() / static_cast<double>(q);
    const double spread = (y.col(t).array() - y.col(t).mean()).square().mean();
    r2[target] = spread > 0 ? 1 - mse[target] / spread : 0;
  }
  if (!options.variance) return;
  const auto nlpd = session.out_values<double>("nlpd", {m});
  for (Eigen::Index t = 0; t < y.cols(); ++t) {
    double sum = 0;
    for (std::uint64_t i = 0; i < q; ++i) {
      const double v = variances[i] + penalty_, e = error(static_cast<Eigen::Index>(i), t);
      sum += (std::log(2 * std::numbers::pi * v) + e * e / v) / 2;
    }
    nlpd[static_cast<std::size_t>(t)] = sum / static_cast<double>(q);
  }
}

}  // namespace ansatz::kernel_ridge
