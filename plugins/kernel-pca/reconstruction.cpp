#include "reconstruction.hpp"

#include <ansatz/num/error.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

namespace ansatz::kernel_pca {
namespace {

constexpr std::uint64_t block_rows = 256;  // a step of mds and ridge
constexpr double settled = 1e-9;           // moved by less, over length

bool closed_form(const Expansion& e) { return e.kernel.function == KernelFunction::linear; }

void check_method(const Expansion& e, Method method) {
  if (e.source == Source::features) {
    throw BadArgument(
        "kernel-pca.reconstruct: the model was fitted on random features and keeps no rows to combine: no "
        "method applies.  Fit with solver: nystrom, dense or lanczos");
  }
  if (e.source != Source::rows) {
    throw BadArgument(
        "kernel-pca.reconstruct: the model was fitted on a matrix that was given, not on rows: no method "
        "finds rows.  Fit on x");
  }
  if (method == Method::ridge) return;
  const char* word = choices(Method{})[static_cast<std::size_t>(method)];
  if (is_graph(e.op)) {
    throw BadArgument(
        std::string{"kernel-pca.reconstruct: method "} + word +
        " needs a projection in feature space, which a graph operator has not; methods that apply: ridge");
  }
  if (closed_form(e) || weight_kernel(e.kernel)) return;
  const bool distance = e.kernel.function == KernelFunction::matern;  // 1/2: its derivative has a pole
  if (method == Method::mds && distance) return;
  throw BadArgument(std::string{"kernel-pca.reconstruct: method "} + word + " is not for the kernel " +
                    e.kernel.name() + "; methods that apply: " + (distance ? "mds, ridge" : "ridge"));
}

}  // namespace

void Reconstruction::begin(Session& session, const Expansion& e, const Evaluator& evaluator,
                           const ReconstructOptions& options) {
  check_method(e, options.method);
  const auto q = static_cast<Eigen::Index>(e.components());
  if (session.has("x") == session.has("scores")) {
    throw BadArgument("kernel-pca.reconstruct: wire either port x or port scores");
  }
  if (session.has("x")) {
    const std::uint64_t rows = evaluator.check_rows(session, "reconstruct");
    scores_ = evaluator.scores(evaluator.products(session, 0, rows));
  } else {
    scores_ = session.in<double>("scores");
    if (scores_.cols() != q) {
      throw BadArgument("kernel-pca.reconstruct: scores has " + std::to_string(scores_.cols()) +
                        " columns, and the model has " + std::to_string(q) + " components");
    }
    for (Eigen::Index j = 0; j < q; ++j) scores_.col(j) *= e.unit(static_cast<std::size_t>(j));
  }
  const auto rows = static_cast<std::size_t>(scores_.rows());
  gap_.assign(rows, std::numeric_limits<double>::infinity());
  iterations_.assign(rows, 0);
  open_.assign(rows, 1);
  restarted_.assign(rows, 0);
  best_.setZero(scores_.rows(), static_cast<Eigen::Index>(e.points.columns()));
  located_ = 0;
  active_ = true;
  if (options.method == Method::fixed_point && !closed_form(e)) start(session, options.start);
}

void Reconstruction::start(Session& session, Start rule) {
  SessionExecutor executor{session};
  if (rule == Start::mean) {
    current_ = images_->mean().replicate(scores_.rows(), 1);
  } else if (rule == Start::input && session.has("x")) {
    current_ = session.in<double>("x");
  } else {
    current_.resize(best_.rows(), best_.cols());
    for (Eigen::Index i = 0; i < current_.rows(); ++i) {
      current_.row(i) = images_->support().row(images_->nearest(scores_.row(i), executor));
    }
  }
  best_ = current_;
}

// All rows that are still open.
void Reconstruction::iterate(Session& session, const ReconstructOptions& options) {
  std::vector<Eigen::Index> rows;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    if (open_[i] != 0) rows.push_back(static_cast<Eigen::Index>(i));
  }
  SessionExecutor executor{session};
  const PreImages::Moved moved =
      images_->move(current_(rows, Eigen::all), scores_(rows, Eigen::all), executor);
  double furthest = 0;
  for (std::size_t place = 0; place < rows.size(); ++place) {
    const Eigen::Index row = rows[place];
    const auto i = static_cast<std::size_t>(row);
    ++iterations_[i];
    if (moved.gap[place] < gap_[i]) {
      gap_[i] = moved.gap[place];
      best_.row(row) = current_.row(row);
    }
    const bool last = iterations_[i] >= options.max_iterations;
    if (moved.cancels[place] != 0) {
      if (restarted_[i] != 0 || last) {
        open_[i] = 0;
        iterations_[i] = -1;
        continue;
      }
      restarted_[i] = 1;
      current_.row(row) = images_->support().row(images_->nearest(scores_.row(row), executor));
      continue;
    }
    furthest = std::max(furthest, moved.distance[place]);
    current_.row(row) = moved.to.row(static_cast<Eigen::Index>(place));
    if (moved.distance[place] <= settled) {
      best_.row(row) = current_.row(row);
      open_[i] = 0;
    } else if (last) {
      open_[i] = 0;
      iterations_[i] = -1;
    }
  }
  const auto open = static_cast<double>(std::ranges::count(open_, 1));
  session.metric("moved", furthest);
  session.metric("open", open);
  session.progress(open_.empty() ? 1 : 1 - open / static_cast<double>(open_.size()), "fixed point");
}

void Reconstruction::locate_block(Session& session, const Expansion& e, const ReconstructOptions& options,
                                  std::uint64_t memory) {
  const auto all = static_cast<std::uint64_t>(scores_.rows());
  const auto first = static_cast<Eigen::Index>(located_),
             count = static_cast<Eigen::Index>(std::min(block_rows, all - located_));
  const Matrix<double> scores = scores_.middleRows(first, count);
  SessionExecutor executor{session};
  if (count == 0) return;
  if (options.method == Method::ridge) {
    best_.middleRows(first, count) = images_->by_regression(scores, options.penalty, memory, executor);
  } else if (closed_form(e)) {
    best_.middleRows(first, count) = images_->combination(scores) * images_->support();
  }
  for (Eigen::Index i = first; i < first + count; ++i) {
    iterations_[static_cast<std::size_t>(i)] = 1;
    if (options.method == Method::ridge || closed_form(e)) continue;
    const Eigen::RowVectorXd row = scores_.row(i);
    const auto place = images_->by_distances(row, static_cast<std::size_t>(options.neighbours), executor);
    best_.row(i) = place ? *place : images_->support().row(images_->nearest(row, executor));
    if (!place) iterations_[static_cast<std::size_t>(i)] = -1;
  }
  located_ += static_cast<std::uint64_t>(count);
  session.progress(static_cast<double>(located_) / static_cast<double>(all));
}

void Reconstruction::finish(Session& session, const Expansion& e) {
  const auto all = static_cast<std::uint64_t>(scores_.rows());
  SessionExecutor executor{session};
  session.out<double>("x", session.has("x") ? session.shape("x") : Shape{all, e.points.columns()}) = best_;
  for (const char* name : {"height", "width", "channels"}) {  // images stay images
    const auto size = session.has("x") ? session.attribute("x", name) : std::nullopt;
    if (size) session.out_attribute("x", name, static_cast<std::int64_t>(*size));
  }
  if (!is_graph(e.op) && all > 0) {
    std::ranges::copy(images_->gaps(best_, scores_, executor),
                      session.out_values<double>("gap", {all}).begin());
  }
  std::ranges::copy(iterations_, session.out_values<std::int64_t>("iterations", {all}).begin());
  const auto failed = std::ranges::count(iterations_, -1);
  if (failed > 0) {
    session.warn(std::to_string(failed) + " of " + std::to_string(all) +
                 " rows did not settle (iterations -1); the best place seen is kept");
  }
  *this = {};
}

bool Reconstruction::step(Session& session, const Expansion& expansion, const Evaluator& evaluator,
                          const ReconstructOptions& options, std::uint64_t memory) {
  if (session.step() == 0) {
    check_method(expansion, options.method);
    *this = {};
  }
  if (!images_) images_ = std::make_unique<PreImages>(expansion, evaluator);
  if (session.step() == 0) begin(session, expansion, evaluator, options);
  bool more = false;
  if (options.method == Method::fixed_point && !closed_form(expansion)) {
    if (!open_.empty()) iterate(session, options);
    more = std::ranges::any_of(open_, [](std::uint8_t open) { return open != 0; });
  } else {
    locate_block(session, expansion, options, memory);
    more = located_ < static_cast<std::uint64_t>(scores_.rows());
  }
  if (!more) finish(session, expansion);
  return more;
}

void Reconstruction::state(Archive& archive) {
  archive("active", active_);
  if (!archive.writing()) images_.reset();
  if (!active_) return;
  archive("located", located_);
  archive("scores", scores_, "t,q");
  archive("current", current_);  // some only of the fixed point
  archive("best", best_);
  archive("gap", gap_);
  archive("iterations", iterations_);
  archive("open", open_);
  archive("restarted", restarted_);
}

}  // namespace ansatz::kernel_pca
