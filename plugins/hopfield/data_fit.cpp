#include "data_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::hopfield {

double evaluate_fit(const FitProblem& problem, const Matrix<double>& x, const Matrix<double>& w,
                    Matrix<double>& gradient, std::vector<double>& margins, Executor& executor) {
  const Eigen::Index n = w.rows(), p = x.rows();
  constexpr Eigen::Index block = 32;
  const auto blocks = static_cast<std::uint64_t>((n + block - 1) / block);
  gradient.resize(n, n + 1);
  margins.resize(static_cast<std::size_t>(n));
  std::vector<double> values(blocks);
  executor.run(blocks, [&](std::uint64_t task, std::uint32_t) {
    const Eigen::Index first = static_cast<Eigen::Index>(task) * block, count = std::min(block, n - first);
    const auto rows = w.middleRows(first, count);
    const auto signs = x.middleCols(first, count).array();
    Matrix<double> aligned = x * rows.transpose();
    aligned.array() *= signs;
    for (Eigen::Index i = 0; i < count; ++i) {
      const double norm = rows.row(i).norm();
      margins[static_cast<std::size_t>(first + i)] = norm > 0 ? aligned.col(i).minCoeff() / norm : 0;
    }
    Matrix<double> slope(p, count);  // of the term of each field, which falls
    double value = 0;
    for (Eigen::Index k = 0; k < aligned.size(); ++k) {
      const double a = aligned.data()[k];
      if (problem.objective == Objective::flow) {
        slope.data()[k] = std::exp(-a);
        value += slope.data()[k];
      } else {
        const double e = std::exp(-2 * std::abs(a));
        value += std::log1p(e) + (a < 0 ? -2 * a : 0);
        slope.data()[k] = 2 * (a < 0 ? 1 : e) / (1 + e);
      }
    }
    slope.array() *= signs;
    gradient.middleRows(first, count).noalias() = slope.transpose() * x / -static_cast<double>(p);
    values[task] = value / static_cast<double>(p);
  });
  double value = 0;
  for (const double one : values) value += one;
  auto square = gradient.leftCols(n);
  if (problem.symmetric) square = (0.5 * (square + square.transpose())).eval();
  square.diagonal().setZero();
  if (!problem.thresholds) gradient.col(n).setZero();
  if (problem.penalty > 0) {
    square += problem.penalty * w.leftCols(n);
    value += 0.5 * problem.penalty * w.leftCols(n).squaredNorm();
  }
  return value;
}

void DataFit::begin(std::uint64_t neurons) {
  const auto n = static_cast<Eigen::Index>(neurons);
  *this = {};
  w_ = Matrix<double>::Zero(n, n + 1);
}

double DataFit::steepest() const {
  return gradient_.size() == 0 ? std::numeric_limits<double>::infinity() : gradient_.cwiseAbs().maxCoeff();
}

void DataFit::step(const FitProblem& problem, const Matrix<double>& x, Executor& executor) {
  if (gradient_.size() == 0) {
    recent_ = {evaluate_fit(problem, x, w_, gradient_, margins_, executor)};
    length_ = 1 / std::max(steepest(), 1e-300);
  }
  const double square = gradient_.squaredNorm();
  const double level = *std::max_element(recent_.begin(), recent_.end());
  Matrix<double> next, slope;
  double value = 0;
  constexpr int most_halvings = 60;
  for (int halving = 0; halving < most_halvings; ++halving, length_ *= 0.5) {
    next = w_ - length_ * gradient_;
    value = evaluate_fit(problem, x, next, slope, margins_, executor);
    if (value <= level - 1e-4 * length_ * square) break;
  }
  const double moved = (next - w_).squaredNorm(), bent = (next - w_).cwiseProduct(slope - gradient_).sum();
  length_ = bent > 0 ? std::clamp(moved / bent, 1e-10, 1e10) : 2 * length_;
  w_ = std::move(next);
  gradient_ = std::move(slope);
  recent_.push_back(value);
  constexpr std::size_t most_recent = 5;
  if (recent_.size() > most_recent) recent_.erase(recent_.begin());
}

void DataFit::state(Archive& archive) {
  archive("w", w_);
  archive("gradient", gradient_);
  archive("recent", recent_);
  archive("margins", margins_);
  archive("length", length_);
  if (archive.writing()) return;
  if ((gradient_.size() != 0 &&
       (gradient_.rows() != w_.rows() || gradient_.cols() != w_.cols() || recent_.empty())) ||
      (w_.size() != 0 && w_.cols() != w_.rows() + 1)) {
    throw BadState("the saved weights, gradient and values of a fit do not fit together");
  }
}

}  // namespace ansatz::hopfield
