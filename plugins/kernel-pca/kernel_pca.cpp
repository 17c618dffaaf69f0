#include "kernel_pca.hpp"

#include <algorithm>
#include <cmath>

namespace ansatz::kernel_pca {
namespace {

constexpr std::uint64_t block_rows = 3072;  // a step

struct Part {
  std::uint64_t all, first, count;
  [[nodiscard]] bool last() const { return first + count >= all; }
};
Part block_of(const Session& session, std::uint64_t all) {
  const std::uint64_t first = std::min(all, session.step() * block_rows);
  return {all, first, std::min(block_rows, all - first)};
}
void show_progress(Session& session, const Part& rows) {
  session.progress(
      rows.all == 0 ? 1 : static_cast<double>(rows.first + rows.count) / static_cast<double>(rows.all));
}

}  // namespace

const Evaluator& KernelPca::evaluator() {
  if (!evaluator_) evaluator_.emplace(expansion_);
  return *evaluator_;
}

bool KernelPca::transform(Session& session) {
  const Part rows = block_of(session, evaluator().check_rows(session, "transform"));
  const std::uint64_t q = expansion_.components();
  auto scores = session.out<double>("scores", {rows.all, q});
  if (rows.count > 0) {
    Matrix<double> z = evaluator().scores(evaluator().products(session, rows.first, rows.count));
    for (std::uint64_t j = 0; j < q; ++j) z.col(static_cast<Eigen::Index>(j)) /= expansion_.unit(j);
    scores.middleRows(static_cast<Eigen::Index>(rows.first), z.rows()) = z;
  }
  show_progress(session, rows);
  return !rows.last();
}

// error(x) = |phi(x) - m|^2 - sum of squared scores (Hoffmann 2007).
bool KernelPca::evaluate(Session& session) {
  if (is_graph(expansion_.op)) {
    throw BadArgument(
        "kernel-pca.evaluate: components of a graph operator have no residual in feature space; fit with "
        "operator: "
        "centred or uncentred");
  }
  const Part rows = block_of(session, evaluator().check_rows(session, "evaluate"));
  if (session.step() == 0) total_error_ = total_distance_ = 0;
  const auto error = session.out_values<double>("error", {rows.all});
  const auto q = static_cast<Eigen::Index>(expansion_.components());
  if (rows.count > 0) {
    const Matrix<double> products = evaluator().products(session, rows.first, rows.count);
    const Matrix<double> z = evaluator().scores(products);
    const std::vector<double> diagonal = evaluator().diagonal(session, rows.first, rows.count);
    for (Eigen::Index i = 0; i < z.rows(); ++i) {
      const double distance =
          diagonal[static_cast<std::size_t>(i)] - 2 * products(i, q) + expansion_.mean_square;
      const double residual = distance - z.row(i).squaredNorm();
      const bool rounding =
          residual < 0 && residual > -1e-12 * std::abs(diagonal[static_cast<std::size_t>(i)]);
      error[rows.first + static_cast<std::uint64_t>(i)] = rounding ? 0 : residual;
      total_distance_ += distance;
      total_error_ += residual;
    }
  }
  session.out_scalar("captured", total_distance_ > 0 ? 1 - total_error_ / total_distance_ : 0);
  show_progress(session, rows);
  return !rows.last();
}

bool KernelPca::reconstruct(Session& session, const ReconstructOptions& options) {
  return reconstruction_.step(session, expansion_, evaluator(), options,
                              static_cast<std::uint64_t>(config.memory) << 20);
}

bool KernelPca::select(Session& session, const SelectOptions& options) {
  return selection_.step(session, config, options);
}

bool KernelPca::convergence(Session& session, const ConvergenceOptions& options) {
  return convergence_.step(session, config, options);
}

void KernelPca::state(Archive& archive) {
  archive("model", expansion_);
  archive("phase", phase_);
  if (phase_ == Phase::lanczos) {
    archive("spectral", spectral_);
    archive("lanczos", lanczos_);
  }
  if (phase_ == Phase::scatter) archive("scatter", scatter_);
  if (phase_ == Phase::scores) archive("scored", scored_);
  archive("total_error", total_error_);
  archive("total_distance", total_distance_);
  archive("reconstruction", reconstruction_);
  archive("selection", selection_);
  archive("convergence", convergence_);
  if (!archive.writing()) {
    gram_.reset();
    evaluator_.reset();
    frequencies_.reset();
    matrix_.resize(0, 0);
  }
}

}  // namespace ansatz::kernel_pca
