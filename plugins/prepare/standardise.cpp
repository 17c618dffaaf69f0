#include "standardise.hpp"

#include <cmath>
#include <sstream>

#include "blocks.hpp"

namespace ansatz::prepare {
namespace {

// Mean and sum of squared deviations of each column over all rows seen so far.
struct Moments {
  double count = 0;
  // All but the range is in differences to the first row, so that a common offset costs no digits.
  Eigen::RowVectorXd origin, mean, squares, lowest, highest;

  // Two passes over the block, corrected for the rounding of its mean, then the pairwise update; both in
  // Chan, Golub and LeVeque 1983.
  void add(const Matrix<double>& block) {
    const auto rows = static_cast<double>(block.rows());
    if (count == 0) {
      origin = lowest = highest = block.row(0);
      mean = squares = Eigen::RowVectorXd::Zero(block.cols());
    }
    lowest = lowest.cwiseMin(block.colwise().minCoeff());
    highest = highest.cwiseMax(block.colwise().maxCoeff());
    Matrix<double> deviation = block.rowwise() - origin;
    Eigen::RowVectorXd block_mean = deviation.colwise().sum() / rows;
    deviation.rowwise() -= block_mean;
    const Eigen::RowVectorXd error = deviation.colwise().sum() / rows;
    block_mean += error;
    const Eigen::RowVectorXd step = block_mean - mean;
    const double share = rows / (count + rows);
    squares += deviation.colwise().squaredNorm() - (error.array().square() * rows).matrix() +
               (step.array().square() * (count * share)).matrix();
    mean += step * share;
    count += rows;
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

std::string number(double x) {
  std::ostringstream stream;
  stream << x;
  return stream.str();
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
    if (moments.lowest[j] == moments.highest[j]) {
      if (config.centre) mean_[j] = moments.lowest[j];
      if (config.scale) constant.push_back(j);
      continue;
    }
    if (config.centre) mean_[j] = moments.origin[j] + moments.mean[j];
    if (config.scale) scale_[j] = std::sqrt(moments.squares[j] / static_cast<double>(rows - config.ddof));
    if (!std::isfinite(mean_[j]) || !std::isfinite(scale_[j]) || scale_[j] == 0) {
      throw NumericalError("standardise.fit: the variance of column " + std::to_string(j) + " of x, from " +
                           number(moments.lowest[j]) + " to " + number(moments.highest[j]) +
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
