#include "kernel_ridge.hpp"

#include <ansatz/num/cross_operator.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::kernel_ridge {
namespace {

constexpr std::uint64_t predict_rows = 3072;  // a step

}  // namespace

template <class T>
const KernelPoints<T>& KernelRidge::packed() {
  if (!std::holds_alternative<KernelPoints<T>>(packed_))
    packed_.emplace<KernelPoints<T>>(kernel_, points_.rows());
  return std::get<KernelPoints<T>>(packed_);
}
template const KernelPoints<double>& KernelRidge::packed();
template const KernelPoints<float>& KernelRidge::packed();

// K a + b in f64 from kernel values of type T: a has large elements of both signs.
template <class T>
Matrix<T> KernelRidge::sums_over_centres(const Rows& rows, Executor& executor) {
  const std::size_t m = intercept_.size();
  Matrix<T> values(static_cast<Eigen::Index>(row_count(rows)), static_cast<Eigen::Index>(m));
  CrossOperator<T> k{packed<T>(), row_count(rows), false};
  k.start(m, coefficients_.data());
  const auto put = [&](std::size_t row, const double* sums) {
    for (std::size_t t = 0; t < m; ++t) values.data()[row * m + t] = static_cast<T>(sums[t] + intercept_[t]);
  };
  k.block(0, rows, put, nullptr, executor);
  return values;
}

template <class T>
Matrix<T> KernelRidge::evaluate_rows(Session& session, const std::string& where, std::uint64_t first,
                                     std::uint64_t count, Executor& executor) {
  const Eigen::Index m = coefficients_.cols();
  Matrix<T> values(static_cast<Eigen::Index>(count), m);
  if (precomputed_) {
    const auto k = session.in<double>("k").middleRows(static_cast<Eigen::Index>(first),
                                                      static_cast<Eigen::Index>(count));
    values = (k * coefficients_).template cast<T>();
  } else {
    Points rows;
    rows.read(session, "x", first, count);
    if (solver_ == Solver::features) return evaluate_features(rows.rows(), executor).template cast<T>();
    check_rows(kernel_, rows.rows(), first, where);
    if (solver_ == Solver::nystrom) return sums_over_centres<T>(rows.rows(), executor);
    const Matrix<T> by_target = coefficients_.transpose().template cast<T>();
    packed<T>().apply(rows.rows(), static_cast<std::size_t>(m), by_target.data(), values.data(), executor);
  }
  for (Eigen::Index t = 0; t < m; ++t) {
    const double b = intercept_[static_cast<std::size_t>(t)];
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      values(i, t) = static_cast<T>(static_cast<double>(values(i, t)) + b);
    }
  }
  return values;
}
template Matrix<double> KernelRidge::evaluate_rows(Session&, const std::string&, std::uint64_t, std::uint64_t,
                                                   Executor&);
template Matrix<float> KernelRidge::evaluate_rows(Session&, const std::string&, std::uint64_t, std::uint64_t,
                                                  Executor&);

void KernelRidge::check_columns(Session& session, const std::string& verb) const {
  const char* port = precomputed_ ? "k" : "x";
  if (!session.has(port)) {
    throw BadArgument("kernel-ridge." + verb + ": port " + port + " is missing; the model was fitted with " +
                      (precomputed_ ? "kernel: precomputed" : "rows x"));
  }
  const std::size_t d = flat_columns(session, port), fitted = columns_of_training();
  if (d != fitted) {
    throw BadArgument("kernel-ridge." + verb + ": " + port + " has " + std::to_string(d) +
                      " columns, and the model was fitted on " + std::to_string(fitted));
  }
}

bool KernelRidge::predict(Session& session, const PredictOptions& options) {
  check_columns(session, "predict");
  return precision_ == Precision::f64 ? predict_as<double>(session, options)
                                      : predict_as<float>(session, options);
}

// The class with the highest score of each row, the first of equal ones.
template <class T>
Labels KernelRidge::best_classes(const MatrixMap<T>& score) const {
  return std::visit(
      [&]<class List>(const List& classes) -> Labels {
        List best;
        best.reserve(static_cast<std::size_t>(score.rows()));
        for (Eigen::Index i = 0; i < score.rows(); ++i) {
          const T* own = score.data() + i * score.cols();
          best.push_back(classes[static_cast<std::size_t>(std::max_element(own, own + score.cols()) - own)]);
        }
        return {best};
      },
      classes_.values);
}

template <class T>
bool KernelRidge::predict_as(Session& session, const PredictOptions& options) {
  const std::uint64_t q = session.shape(precomputed_ ? "k" : "x")[0], m = intercept_.size();
  const std::uint64_t first = std::min(q, session.step() * predict_rows),
                      count = std::min(predict_rows, q - first);
  const auto block = [&](auto&& matrix) {
    return matrix.middleRows(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(count));
  };
  Matrix<T> values(0, static_cast<Eigen::Index>(m));
  if (count > 0) {
    SessionExecutor executor{session};
    values = evaluate_rows<T>(session, "kernel-ridge.predict: x", first, count, executor);
  }
  if (classes_.size() == 0) {
    block(single_ ? session.out<T>("y", {q}) : session.out<T>("y", {q, m})) = values;
  } else {
    auto score = session.out<T>("score", {q, m});
    block(score) = values;
    if (first + count == q) write_labels(session, "y", best_classes(score));
  }
  if (options.variance) {
    SessionExecutor executor{session};
    const auto variance = session.out_values<double>("variance", {q});
    std::ranges::copy(variance_of_rows(session, first, count, executor),
                      variance.begin() + static_cast<std::ptrdiff_t>(first));
  }
  session.progress(q == 0 ? 1 : static_cast<double>(first + count) / static_cast<double>(q));
  return first + count < q;
}

void KernelRidge::state(Archive& archive) {
  archive_kernel(archive, kernel_);
  archive("precomputed", precomputed_);
  archive("solver", solver_);
  archive("precision", precision_);
  archive("points", points_);
  archive("coefficients", coefficients_, "n,m");
  archive("intercept", intercept_, "m");
  archive("classes", classes_);  // none for real targets
  archive("single", single_);
  archive("frequencies", frequencies_, "frequency,d");
  archive("weights", weights_);
  archive("penalty", penalty_);
  archive("has_intercept", has_intercept_);
  archive("jitter", jitter_);
  archive("posterior", posterior_);
  bool tuning = !trace_.empty();
  archive("tuning", tuning);
  if (tuning) {
    archive("search", search_);
    archive("trace", trace_);
  }
  bool iterating = tuning || cg_.active() || nystrom_.active() || feature_fit_.active() || eigenpro_.active();
  archive("iterating", iterating);
  if (iterating && solver_ == Solver::cg) archive("iteration", cg_);
  if (iterating && solver_ == Solver::nystrom) archive("iteration", nystrom_);
  bool covariance = iterating && solver_ == Solver::nystrom && feature_fit_.active();
  archive("covariance", covariance);
  if (covariance) archive("covariance_sums", feature_fit_);
  if (iterating && solver_ == Solver::features) archive("iteration", feature_fit_);
  if (iterating && solver_ == Solver::eigenpro) archive("iteration", eigenpro_);
  if (archive.writing()) return;
  packed_ = {};
  features_.reset();
  variance_.reset();
  centre_factor_.reset();
  exact_centres_.reset();
  training_.reset();
  truth_.reset();
  if (!iterating || solver_ != Solver::cg) cg_ = {};
  if (!iterating || solver_ != Solver::nystrom) nystrom_ = {};
  if (!covariance && (!iterating || solver_ != Solver::features)) feature_fit_ = {};
  if (!iterating || solver_ != Solver::eigenpro) eigenpro_ = {};
  if (!tuning) trace_.clear();
  // While it iterates there are no coefficients yet; a given kernel has no rows.
  if (iterating) return;
  const auto targets = static_cast<std::size_t>(coefficients_.cols());
  const std::size_t rows = row_count(points_.rows());
  if ((rows != 0 && rows != static_cast<std::size_t>(coefficients_.rows())) ||
      (classes_.size() > 0 && classes_.size() != targets) ||
      (single_ && classes_.size() == 0 && targets != 1)) {
    throw BadState("kernel-ridge: the saved 'points', 'coefficients', 'classes' and 'single' do not agree");
  }
}

}  // namespace ansatz::kernel_ridge
