#include "selection.hpp"

#include <ansatz/kernel_parameters.hpp>
#include <ansatz/num/error.hpp>
#include <ansatz/num/parallel.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "eigenpairs.hpp"
#include "gram.hpp"
#include "held_out.hpp"
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

std::uint64_t steps_a_length(const SelectOptions& options) {
  if (options.criterion == Criterion::reconstruction) return static_cast<std::uint64_t>(options.folds);
  return options.criterion == Criterion::parallel ? static_cast<std::uint64_t>(options.draws) + 1 : 1;
}

}  // namespace

void Selection::begin(Session& session, const Config& config, const SelectOptions& options,
                      const Matrix<double>& x) {
  *this = {};
  active_ = true;
  rows_ = static_cast<std::uint64_t>(x.rows());
  const bool reconstruction = options.criterion == Criterion::reconstruction;
  if (reconstruction && is_graph(config.op)) {
    throw BadArgument(
        "kernel-pca.select: criterion reconstruction needs pre-images: use operator: centred or uncentred");
  }
  const auto folds = static_cast<std::uint64_t>(options.folds);
  if (reconstruction && folds > rows_) {
    throw BadArgument("kernel-pca.select: folds is " + std::to_string(folds) + ", and x has " +
                      std::to_string(rows_) + " rows");
  }
  const std::uint64_t training = reconstruction ? rows_ - count_blocks(rows_, folds) : rows_;
  if (static_cast<std::uint64_t>(config.components) >= training) {
    throw BadArgument("kernel-pca.select: components is " + std::to_string(config.components) +
                      ", and x has " + std::to_string(training) + " rows" +
                      (reconstruction ? " beside a fold" : "") + "; give fewer components than rows");
  }
  const Kernel kernel = resolve_kernel(session, "kernel-pca.select: x", config.kernel, Points{x});
  if (!kernel.uses_length() && !options.lengths.empty()) {
    throw BadArgument("kernel-pca.select: lengths are given, and the kernel " + kernel.name() + " has none");
  }
  lengths_ = options.lengths;
  if (lengths_.empty()) lengths_ = kernel.length;
  if (options.lengths.empty() && kernel.length.size() > 1) lengths_ = {1};  // one a column: used as given
  const auto q = static_cast<Eigen::Index>(config.components);
  const auto lengths = static_cast<Eigen::Index>(lengths_.size());
  observed_.setZero(lengths, q);
  squares_.setZero(lengths, q);
  shuffled_.setZero(options.criterion == Criterion::parallel ? lengths * options.draws : 0, q);
  distance_.assign(lengths_.size(), 0.0);
}

void Selection::hold_out(Session& session, const Config& config, const SelectOptions& options,
                         const Kernel& kernel, const Matrix<double>& x, std::uint64_t fold) {
  const auto order = session.rng("folds").permutation(rows_);
  std::vector<Eigen::Index> inside, outside;
  for (std::uint64_t i = 0; i < rows_; ++i) {
    (order[i] % static_cast<std::uint64_t>(options.folds) == fold ? outside : inside)
        .push_back(static_cast<Eigen::Index>(i));
  }
  const Matrix<double> training = x(inside, Eigen::all), held_out = x(outside, Eigen::all);
  SessionExecutor executor{session};
  const Matrix<double> errors = held_out_errors(config.op, kernel, training, held_out,
                                                static_cast<std::size_t>(config.components), executor);
  const std::uint64_t chosen = done_ / steps_a_length(options);
  const auto row = static_cast<Eigen::Index>(chosen);
  observed_.row(row) += errors.colwise().sum();
  squares_.row(row) += errors.array().square().matrix().colwise().sum();
  const Eigen::RowVectorXd mean = training.colwise().mean();
  distance_[chosen] += (held_out.rowwise() - mean).squaredNorm();
}

bool Selection::step(Session& session, const Config& config, const SelectOptions& options) {
  if (config.kernel.precomputed()) {
    throw BadArgument(
        "kernel-pca.select: rows are shuffled or held out, so rows are needed: give a kernel and port x");
  }
  Matrix<double> x = rows_in_f64(session);
  if (session.step() == 0) begin(session, config, options, x);
  const std::uint64_t own = steps_a_length(options), chosen = done_ / own, turn = done_ % own;
  Kernel kernel = resolve_kernel(session, "kernel-pca.select: x", config.kernel, Points{x});
  if (!options.lengths.empty()) kernel.length = {lengths_[chosen]};
  if (options.criterion == Criterion::reconstruction) {
    hold_out(session, config, options, kernel, x, turn);
  } else {
    SessionExecutor executor{session};
    if (turn > 0) shuffle_columns(x, session.rng("shuffle", turn));
    const Eigen::RowVectorXd values = spectrum(config, kernel, x, executor);
    if (turn == 0) {
      observed_.row(static_cast<Eigen::Index>(chosen)) = values;
    } else {
      shuffled_.row(static_cast<Eigen::Index>(chosen * (own - 1) + turn - 1)) = values;
    }
  }
  ++done_;
  const std::uint64_t all = lengths_.size() * own;
  session.progress(static_cast<double>(done_) / static_cast<double>(all),
                   options.criterion == Criterion::reconstruction ? "folds" : "spectra");
  if (done_ < all) return true;
  finish(session, options);
  return false;
}

std::uint64_t Selection::judge(Criterion criterion, Eigen::Index length, Eigen::RowVectorXd& limits,
                               double& excess) const {
  const Eigen::Index q = observed_.cols();
  const Eigen::RowVectorXd observed = observed_.row(length);
  Eigen::Index count = 0;
  if (criterion == Criterion::parallel) {
    const Eigen::Index draws = shuffled_.rows() / observed_.rows();
    const auto own = shuffled_.middleRows(length * draws, draws);
    for (Eigen::Index j = 0; j < q; ++j) limits[j] = quantile(own.col(j), level);
    while (count < q && observed[count] > limits[count]) ++count;
    for (Eigen::Index j = 0; j < count; ++j) excess += observed[j] - own.col(j).mean();
  } else if (criterion == Criterion::eigengap) {
    if (q == 1) return 0;
    excess = (observed.head(q - 1) - observed.tail(q - 1)).maxCoeff(&count);
    ++count;
  } else {
    const auto n = static_cast<double>(rows_);
    Eigen::Index best = 0;
    const double least = observed.minCoeff(&best) / n,
                 variance = std::max(0.0, squares_(length, best) / n - least * least);
    limits.setConstant(least + std::sqrt(variance / n));
    while (observed[count] / n > limits[count]) ++count;
    ++count;
    excess = distance_[static_cast<std::size_t>(length)] / n - least;
  }
  return static_cast<std::uint64_t>(count);
}

void Selection::finish(Session& session, const SelectOptions& options) {
  const auto q = static_cast<std::uint64_t>(observed_.cols()),
             lengths = static_cast<std::uint64_t>(lengths_.size());
  const auto excess = session.out_values<double>("excess", {lengths});
  std::ranges::copy(lengths_, session.out_values<double>("length", {lengths}).begin());
  Matrix<double> limits = Matrix<double>::Zero(observed_.rows(), observed_.cols());
  std::vector<std::uint64_t> counts(lengths);
  for (std::size_t l = 0; l < lengths; ++l) {
    Eigen::RowVectorXd own = limits.row(static_cast<Eigen::Index>(l));
    counts[l] = judge(options.criterion, static_cast<Eigen::Index>(l), own, excess[l]);
    limits.row(static_cast<Eigen::Index>(l)) = own;
  }
  const auto best = static_cast<std::size_t>(std::ranges::max_element(excess) - excess.begin());
  const auto row = static_cast<Eigen::Index>(best);
  const double unit = options.criterion == Criterion::reconstruction ? static_cast<double>(rows_) : 1;
  session.out<double>("observed", {q}) = observed_.row(row).transpose() / unit;
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
  archive("squares", squares_, "l,q");
  archive("shuffled", shuffled_, "s,q");
  archive("distance", distance_, "l");
  archive("rows", rows_);
  archive("done", done_);
}

}  // namespace ansatz::kernel_pca
