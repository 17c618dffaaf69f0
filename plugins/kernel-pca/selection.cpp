#include "selection.hpp"

#include <ansatz/kernel_parameters.hpp>
#include <ansatz/num/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "eigenpairs.hpp"
#include "gram.hpp"
#include "spectral.hpp"

namespace ansatz::kernel_pca {
namespace {

constexpr double level = 0.95;

Matrix<double> rows_in_f64(Session& session) { return session.in<double>("x"); }

RowsOf<double> rows_of(const Matrix<double>& m) {
  return {m.data(), static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols())};
}

// Every column in an order of its own.
void shuffle_columns(Matrix<double>& x, Rng random) {
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    const auto order = random.permutation(static_cast<std::uint64_t>(x.rows()));
    const Eigen::VectorXd column = x.col(j);
    for (Eigen::Index i = 0; i < x.rows(); ++i)
      x(i, j) = column[static_cast<Eigen::Index>(order[static_cast<std::size_t>(i)])];
  }
}

// The leading eigenvalues, zeros beyond the rank.
Eigen::RowVectorXd spectrum(const Config& config, const Kernel& kernel, const Matrix<double>& x,
                            Executor& executor) {
  const KernelPoints<double> points{kernel, rows_of(x)};
  PointsGram<double> gram{points, std::numeric_limits<std::uint64_t>::max()};
  const double alpha = config.op == Operator::diffusion ? config.alpha : 0;
  const Spectral spectral = Spectral::of(config.op, alpha, gram, kernel.name(), executor);
  const Eigenpairs pairs = solve_dense(spectral, gram, static_cast<std::size_t>(config.components),
                                       std::numeric_limits<double>::epsilon(), executor);
  Eigen::RowVectorXd values = Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(config.components));
  std::ranges::copy(pairs.values, values.begin());
  return values;
}

// Smallest value that at least this share of the sorted values do not exceed.
double quantile(Eigen::VectorXd values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<Eigen::Index>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<Eigen::Index>(rank, 1) - 1];
}

}  // namespace

bool Selection::step(Session& session, const Config& config, const SelectOptions& options) {
  if (config.kernel.precomputed()) {
    throw BadArgument(
        "kernel-pca.select: columns are shuffled, so rows are needed: give a kernel and port x");
  }
  Matrix<double> x = rows_in_f64(session);
  if (session.step() == 0) {
    *this = {};
    active_ = true;
    if (config.components >= x.rows()) {
      throw BadArgument("kernel-pca.select: components is " + std::to_string(config.components) +
                        ", and x has " + std::to_string(x.rows()) + " rows; give fewer components than rows");
    }
    const Points points{x};
    const Kernel kernel = resolve_kernel(session, "kernel-pca.select: x", config.kernel, points);
    if (!kernel.uses_length() && !options.lengths.empty()) {
      throw BadArgument("kernel-pca.select: lengths are given, and the kernel " + kernel.name() +
                        " has none");
    }
    lengths_ = options.lengths;
    if (lengths_.empty()) lengths_ = kernel.length;
    if (options.lengths.empty() && kernel.length.size() > 1) lengths_ = {1};  // one a column: used as given
  }
  const std::uint64_t draws =
      options.criterion == Criterion::parallel ? static_cast<std::uint64_t>(options.draws) : 0;
  const std::uint64_t chosen = done_ / (draws + 1), draw = done_ % (draws + 1);
  const Points points{x};
  Kernel kernel = resolve_kernel(session, "kernel-pca.select: x", config.kernel, points);
  if (!options.lengths.empty()) kernel.length = {lengths_[chosen]};
  const auto q = static_cast<Eigen::Index>(config.components);
  if (done_ == 0) {
    observed_.setZero(static_cast<Eigen::Index>(lengths_.size()), q);
    shuffled_.setZero(static_cast<Eigen::Index>(lengths_.size() * draws), q);
  }
  SessionExecutor executor{session};
  if (draw > 0) shuffle_columns(x, session.rng("shuffle", draw));
  const Eigen::RowVectorXd values = spectrum(config, kernel, x, executor);
  if (draw == 0) {
    observed_.row(static_cast<Eigen::Index>(chosen)) = values;
  } else {
    shuffled_.row(static_cast<Eigen::Index>(chosen * draws + draw - 1)) = values;
  }
  ++done_;
  const std::uint64_t all = lengths_.size() * (draws + 1);
  session.progress(static_cast<double>(done_) / static_cast<double>(all), "spectra");
  if (done_ < all) return true;
  finish(session, options);
  return false;
}

void Selection::finish(Session& session, const SelectOptions& options) {
  const auto q = static_cast<std::uint64_t>(observed_.cols()),
             lengths = static_cast<std::uint64_t>(lengths_.size());
  const Eigen::Index draws = shuffled_.rows() / observed_.rows();
  const auto excess = session.out_values<double>("excess", {lengths});
  std::ranges::copy(lengths_, session.out_values<double>("length", {lengths}).begin());
  Matrix<double> limits = Matrix<double>::Zero(observed_.rows(), observed_.cols());
  std::vector<std::uint64_t> counts(lengths);
  for (Eigen::Index l = 0; l < observed_.rows(); ++l) {
    const auto place = static_cast<std::size_t>(l);
    Eigen::Index count = 0;
    if (options.criterion == Criterion::parallel) {
      const auto own = shuffled_.middleRows(l * draws, draws);
      for (Eigen::Index j = 0; j < observed_.cols(); ++j) limits(l, j) = quantile(own.col(j), level);
      while (count < observed_.cols() && observed_(l, count) > limits(l, count)) ++count;
      for (Eigen::Index j = 0; j < count; ++j) excess[place] += observed_(l, j) - own.col(j).mean();
    } else if (observed_.cols() > 1) {
      const Eigen::RowVectorXd drops =
          observed_.row(l).head(observed_.cols() - 1) - observed_.row(l).tail(observed_.cols() - 1);
      excess[place] = drops.maxCoeff(&count);
      ++count;
    }
    counts[place] = static_cast<std::uint64_t>(count);
  }
  const auto best = static_cast<std::size_t>(std::ranges::max_element(excess) - excess.begin());
  const auto row = static_cast<Eigen::Index>(best);
  session.out<double>("observed", {q}) = observed_.row(row).transpose();
  session.out<double>("null", {q}) = limits.row(row).transpose();
  session.out_scalar("components", static_cast<double>(counts[best]));
  session.out_scalar("best_length", lengths_[best]);
  if (counts[best] == q) {
    session.note("all " + std::to_string(q) + " components that were asked for stand out; ask for more");
  }
  *this = {};
}

void Selection::state(Archive& archive) {
  archive("active", active_);
  if (!active_) return;
  archive("lengths", lengths_, "l");
  archive("observed", observed_, "l,q");
  archive("shuffled", shuffled_, "s,q");
  archive("done", done_);
}

}  // namespace ansatz::kernel_pca
