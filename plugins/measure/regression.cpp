#include <cmath>
#include <limits>

#include "measure.hpp"
#include "sum.hpp"

namespace ansatz::measure {
namespace {

constexpr auto where = "measure.regression";

struct TargetErrors {
  double mean_square, mean_absolute, r2;
  bool constant;
};

// One target.  `weight` is null for equal weights; `total` is their sum.
TargetErrors measure_target(const ConstMatrixMap<double>& truth, const ConstMatrixMap<double>& estimate,
                            Eigen::Index target, const double* weight, double total) {
  const auto weight_of = [weight](Eigen::Index i) { return weight == nullptr ? 1.0 : weight[i]; };
  Sum sum, squares, absolutes;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double low = infinity, high = -infinity;
  for (Eigen::Index i = 0; i < truth.rows(); ++i) {
    const double y = truth(i, target), error = estimate(i, target) - y;
    sum.add(weight_of(i) * y);
    squares.add(weight_of(i) * error * error);
    absolutes.add(weight_of(i) * std::abs(error));
    if (weight_of(i) > 0) low = std::min(low, y), high = std::max(high, y);
  }
  const double mean = sum.value() / total;
  Sum spread;
  for (Eigen::Index i = 0; i < truth.rows(); ++i) {
    const double deviation = truth(i, target) - mean;
    spread.add(weight_of(i) * deviation * deviation);
  }
  const bool constant = low == high;
  const double residual = squares.value();
  const double r2 = constant ? (residual == 0 ? 1.0 : 0.0) : 1 - residual / spread.value();
  return {residual / total, absolutes.value() / total, r2, constant};
}

// Sum of the weights; BadArgument for a negative one or none above 0.
double total_weight(std::span<const double> weight) {
  Sum total;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    if (weight[i] < 0) {
      throw BadArgument(std::string{where} + ": 'weight' is " + std::to_string(weight[i]) + " in row " +
                        std::to_string(i) + "; weights must not be negative");
    }
    total.add(weight[i]);
  }
  if (!(total.value() > 0)) {
    throw BadArgument(std::string{where} + ": all elements of 'weight' are 0; at least one must be above 0");
  }
  return total.value();
}

}  // namespace

void Measure::regression(Session& session) {
  const auto truth = session.in<double>("truth"), estimate = session.in<double>("estimate");
  if (truth.cols() != estimate.cols()) {
    throw BadArgument(std::string{where} + ": 'truth' has " + std::to_string(truth.cols()) +
                      " targets, but 'estimate' has " + std::to_string(estimate.cols()));
  }
  if (truth.size() == 0) {
    throw BadArgument(std::string{where} + ": 'truth' is empty; at least one row and one target are needed");
  }
  std::span<const double> weight;
  if (session.has("weight")) weight = session.values<double>("weight");
  const double total = weight.empty() ? static_cast<double>(truth.rows()) : total_weight(weight);

  const auto targets = static_cast<std::uint64_t>(truth.cols());
  auto rmse = session.out_values<double>("target_rmse", {targets});
  auto mae = session.out_values<double>("target_mae", {targets});
  auto r2 = session.out_values<double>("target_r2", {targets});
  Sum square, absolute, explained;
  std::string constant;
  for (std::size_t j = 0; j < targets; ++j) {
    session.check_cancelled();
    const TargetErrors errors =
        measure_target(truth, estimate, static_cast<Eigen::Index>(j), weight.data(), total);
    rmse[j] = std::sqrt(errors.mean_square), mae[j] = errors.mean_absolute, r2[j] = errors.r2;
    square.add(errors.mean_square), absolute.add(errors.mean_absolute), explained.add(errors.r2);
    if (errors.constant) constant += (constant.empty() ? "" : ", ") + std::to_string(j);
  }
  if (!constant.empty()) {
    session.warn(std::string{where} +
                 ": r2 of a constant truth is 1 if met exactly and 0 otherwise; target " + constant);
  }
  const auto count = static_cast<double>(targets);
  session.out_scalar("rmse", std::sqrt(square.value() / count));
  session.out_scalar("mae", absolute.value() / count);
  session.out_scalar("r2", explained.value() / count);
}

}  // namespace ansatz::measure
