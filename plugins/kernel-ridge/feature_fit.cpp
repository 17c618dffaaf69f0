#include "feature_fit.hpp"

#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/gram.hpp>

#include <algorithm>
#include <numeric>
#include <string>

#include "row_stream.hpp"

namespace ansatz::kernel_ridge {
namespace {

constexpr std::uint64_t rows_a_step = 16 * RowStream::block_rows;

}  // namespace

void FeatureFit::start(std::size_t features, const Training& training) {
  size_ = features;
  next_ = 0;
  gram_.assign(features * features, 0.0);
  moments_.assign(features * static_cast<std::size_t>(training.targets.values.rows()), 0.0);
  sums_.assign(features, 0.0);
}

bool FeatureFit::step(Session& session, const FeatureMap& features, const Training& training) {
  SessionExecutor executor{session};
  RowStream stream{session, "x"};
  const std::size_t q = size_, m = static_cast<std::size_t>(training.targets.values.rows()),
                    n = training.chosen.size();
  std::vector<double> z, weights;
  const std::uint64_t end = std::min<std::uint64_t>(training.all, next_ + rows_a_step);
  auto row =
      static_cast<std::size_t>(std::ranges::lower_bound(training.chosen, next_) - training.chosen.begin());
  stream.each_in(next_, end, [&](std::size_t first, const Rows& rows) {
    const std::size_t count = row_count(rows);
    z.resize(count * q);
    weights.assign(count, 0.0);
    features(rows, z.data(), executor);
    for (; row < n && training.chosen[row] < first + count; ++row) {
      const std::size_t i = training.chosen[row] - first;
      const double w = weights[i] = training.weights[row];
      for (std::size_t j = 0; j < q; ++j) {
        const double share = w * z[i * q + j];
        sums_[j] += share;
        for (std::size_t t = 0; t < m; ++t)
          moments_[j * m + t] += share * training.targets.values.data()[t * n + row];
      }
    }
    add_gram(count, q, z.data(), q, weights.data(), gram_.data(), q, executor);
  });
  next_ = end;
  session.progress(static_cast<double>(next_) / static_cast<double>(training.all));
  return next_ < training.all;
}

void FeatureFit::factor(double total, double penalty, bool intercept, Executor& executor) {
  const std::size_t q = size_;
  for (std::size_t i = 0; i < q; ++i) {
    if (intercept) {
      for (std::size_t j = 0; j <= i; ++j) gram_[i * q + j] -= sums_[i] / total * sums_[j];
    }
    gram_[i * q + i] += penalty;
  }
  if (cholesky(q, gram_.data(), q, executor)) {
    throw NumericalError("kernel-ridge.fit: Z'Z + penalty I of the " + std::to_string(q) +
                         " features is not positive definite; raise the penalty, or take fewer features than "
                         "rows");
  }
}

void FeatureFit::solve(const Training& training, bool intercept, std::vector<double>& w,
                       std::vector<double>& b, Executor& executor) {
  const std::size_t q = size_, m = static_cast<std::size_t>(training.targets.values.rows()),
                    n = training.chosen.size();
  const double total = std::accumulate(training.weights.begin(), training.weights.end(), 0.0);
  b.assign(m, 0.0);
  for (std::size_t t = 0; t < m && intercept; ++t) {
    for (std::size_t i = 0; i < n; ++i)
      b[t] += training.weights[i] / total * training.targets.values.data()[t * n + i];
  }
  std::vector<double> right(q * m);
  for (std::size_t i = 0; i < q; ++i) {
    for (std::size_t t = 0; t < m; ++t) right[t * q + i] = moments_[i * m + t] - sums_[i] * b[t];
  }
  factor(total, training.penalty, intercept, executor);
  cholesky_solve(q, gram_.data(), q, m, right.data(), executor);
  w.resize(q * m);
  for (std::size_t t = 0; t < m; ++t) {
    for (std::size_t i = 0; i < q; ++i) w[i * m + t] = right[t * q + i];
    if (intercept) b[t] -= std::inner_product(sums_.begin(), sums_.end(), right.data() + t * q, 0.0) / total;
  }
  *this = {};
}

FeaturePosterior FeatureFit::posterior(const Training& training, bool intercept, Executor& executor) {
  FeaturePosterior result;
  result.total = std::accumulate(training.weights.begin(), training.weights.end(), 0.0);
  result.mean.assign(size_, 0.0);
  for (std::size_t i = 0; i < size_ && intercept; ++i) result.mean[i] = sums_[i] / result.total;
  factor(result.total, training.penalty, intercept, executor);
  const auto q = static_cast<Eigen::Index>(size_);
  result.factor = Eigen::Map<const Matrix<double>>(gram_.data(), q, q);
  *this = {};
  return result;
}

void FeaturePosterior::state(Archive& archive) {
  archive("factor", factor);
  archive("mean", mean);
  archive("total", total);
}

void FeatureFit::state(Archive& archive) {
  archive("size", size_);
  archive("next", next_);
  archive("gram", gram_);
  archive("moments", moments_);
  archive("sums", sums_);
}

}  // namespace ansatz::kernel_ridge
