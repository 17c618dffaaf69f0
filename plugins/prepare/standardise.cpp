#include "standardise.hpp"

#include <cmath>

#include "blocks.hpp"

namespace ansatz::prepare {
namespace {

// Mean and sum of squared deviations of each column over all rows seen so far.
struct Moments {
  double count = 0;
  Eigen::RowVectorXd mean, squares, lowest, highest;

  // Two passes over the block, corrected for the rounding of its mean, then the pairwise update; both in
  // Chan, Golub and LeVeque 1983.
  void add(const Matrix<double>& block) {
    const auto rows = static_cast<double>(block.rows());
    const Eigen::RowVectorXd block_mean = block.colwise().sum() / rows;
    const Matrix<double> deviation = block.rowwise() - block_mean;
    const Eigen::RowVectorXd error = deviation.colwise().sum();
    const Eigen::RowVectorXd block_squares =
        deviation.colwise().squaredNorm() - (error.array().square() / rows).matrix();
    const Eigen::RowVectorXd low = block.colwise().minCoeff(), high = block.colwise().maxCoeff();
    if (count == 0) {
      count = rows, mean = block_mean + error / rows, squares = block_squares, lowest = low, highest = high;
      return;
    }
    const Eigen::RowVectorXd step = block_mean + error / rows - mean;
    const double total = count + rows;
    mean += step * (rows / total);
    squares += block_squares + (step.array().square() * (count * (rows / total))).matrix();
    lowest = lowest.cwiseMin(low), highest = highest.cwiseMax(high);
    count = total;
  }
};

std::string column_list(const std::vector<Eigen::Index>& columns) {
  constexpr std::size_t shown = 8;
  std::string list;
  for (std::size_t i = 0; i < std::min(shown, columns.size()); ++i) {
    list += (i == 0 ? "" : ", ") + std::to_string(columns[i]);
  }
  return columns.size() > shown ? list + " and " + std::to_string(columns.size() - shown) + " more" : list;
}

}  // namespace

void Standardise::fit(Session& session) {
  const Shape shape = session.shape("x");
  const auto rows = static_cast<std::int64_t>(shape[0]);
  if (rows == 0 || (config.scale && rows <= config.ddof)) {
    throw BadArgument("standardise.fit: x has " + std::to_string(rows) + (rows == 1 ? " row" : " rows") +
                      ", but ddof = " + std::to_string(config.ddof) + " needs at least " +
                      std::to_string(config.ddof + 1));
  }
  Moments moments;
  for_each_block(session, "x", [&](std::uint64_t, const Matrix<double>& block) { moments.add(block); });

  const auto columns = static_cast<Eigen::Index>(shape[1]);
  mean_ = Eigen::VectorXd::Zero(columns);
  scale_ = Eigen::VectorXd::Ones(columns);
  std::vector<Eigen::Index> constant;
  for (Eigen::Index j = 0; j < columns; ++j) {
    // The squares of a constant column are 0 only up to rounding; its range is 0 exactly.
    const bool is_constant = moments.lowest[j] == moments.highest[j];
    if (config.centre) mean_[j] = is_constant ? moments.lowest[j] : moments.mean[j];
    if (!config.scale) continue;
    if (is_constant) {
      constant.push_back(j);
      continue;
    }
    scale_[j] = std::sqrt(moments.squares[j] / static_cast<double>(rows - config.ddof));
    if (!std::isfinite(scale_[j]) || scale_[j] == 0 || !std::isfinite(mean_[j])) {
      throw NumericalError("standardise.fit: the variance of column " + std::to_string(j) + " of x, from " +
                           std::to_string(moments.lowest[j]) + " to " + std::to_string(moments.highest[j]) +
                           ", is outside what f64 can hold; change the unit of this column");
    }
  }
  if (!constant.empty()) {
    session.warn("standardise.fit: " + std::to_string(constant.size()) +
                 (constant.size() == 1 ? " column is" : " columns are") +
                 " constant and will not be scaled: " + column_list(constant));
  }
  session.out<double>("mean", {shape[1]}).col(0) = mean_;
  session.out<double>("scale", {shape[1]}).col(0) = scale_;
}

void Standardise::transform(Session& session) { apply(session, "standardise.transform", true); }

void Standardise::inverse(Session& session) { apply(session, "standardise.inverse", false); }

void Standardise::apply(Session& session, const char* where, bool forward) {
  const Shape shape = session.shape("x");
  if (static_cast<Eigen::Index>(shape[1]) != mean_.size()) {
    throw BadArgument(std::string{where} + ": x has " + std::to_string(shape[1]) +
                      " columns, but the model was fitted to " + std::to_string(mean_.size()));
  }
  auto result = session.out<double>("x", shape);
  for_each_block(session, "x", [&](std::uint64_t first, const Matrix<double>& block) {
    auto target = result.middleRows(static_cast<Eigen::Index>(first), block.rows()).array();
    if (forward) {
      target = (block.array().rowwise() - mean_.transpose().array()).rowwise() / scale_.transpose().array();
    } else {
      target = (block.array().rowwise() * scale_.transpose().array()).rowwise() + mean_.transpose().array();
    }
  });
}

}  // namespace ansatz::prepare
