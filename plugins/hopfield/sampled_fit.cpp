#include "sampled_fit.hpp"

#include <ansatz/binary_dynamics.hpp>

#include <vector>

namespace ansatz::hopfield {
namespace {

constexpr std::uint64_t sweeps = 5;

Matrix<double> as_rows(const BitMatrix& states) {
  const auto count = static_cast<Eigen::Index>(states.rows()),
             n = static_cast<Eigen::Index>(states.columns());
  Matrix<double> rows(count, n + 1);
  for (Eigen::Index k = 0; k < count; ++k) {
    for (Eigen::Index i = 0; i < n; ++i)
      rows(k, i) = states.sign(static_cast<std::uint64_t>(k), static_cast<std::uint64_t>(i));
  }
  rows.col(n).setOnes();
  return rows;
}

}  // namespace

Matrix<double> mean_products(const Matrix<double>& rows) {
  const Eigen::Index n = rows.cols() - 1;
  Matrix<double> means = rows.leftCols(n).transpose() * rows / static_cast<double>(rows.rows());
  means.leftCols(n).diagonal().setZero();
  return means;
}

void SampledFit::begin(std::uint64_t neurons, const SampledFitProblem& problem, const Random& random) {
  const auto n = static_cast<Eigen::Index>(neurons);
  *this = {};
  w_ = sum_ = Matrix<double>::Zero(n, n + 1);
  samples_ = BitMatrix{problem.samples, neurons};
  for (std::uint64_t k = 0; k < samples_.rows(); ++k) {
    Rng draws = random("samples", k);
    samples_.draw_row(k, draws);
  }
}

void SampledFit::step(const SampledFitProblem& problem, const Matrix<double>& data, std::uint64_t epoch,
                      const Random& random, Executor& executor) {
  const Eigen::Index n = w_.rows();
  Matrix<double> difference = data - mean_products(as_rows(samples_));
  if (!problem.thresholds) difference.col(n).setZero();
  mismatch_ = difference.cwiseAbs().maxCoeff();
  const double progress = static_cast<double>(epoch) / static_cast<double>(problem.epochs);
  const double length = problem.step_size / static_cast<double>(n) / (1 + 4 * progress);
  difference.leftCols(n) -= problem.penalty * w_.leftCols(n);
  w_ += length * difference;
  if (2 * (epoch + 1) > problem.epochs) sum_ += w_, ++summed_;
  const std::uint64_t count = samples_.rows();
  BitMatrix next = samples_;
  executor.run(count, [&](std::uint64_t k, std::uint32_t) {
    Rng draws = random("walk", k * problem.epochs + epoch);
    std::vector<std::int8_t> s(static_cast<std::size_t>(n));
    samples_.unpack(k, s);
    Eigen::VectorXd values(n + 1);
    for (Eigen::Index i = 0; i < n; ++i) values(i) = s[static_cast<std::size_t>(i)];
    values(n) = 1;
    for (std::uint64_t sweep = 0; sweep < sweeps; ++sweep) {
      for (Eigen::Index i = 0; i < n; ++i)
        values(i) = draws.uniform() < glauber_chance(w_.row(i).dot(values), 1) ? 1 : -1;
    }
    for (Eigen::Index i = 0; i < n; ++i) s[static_cast<std::size_t>(i)] = values(i) > 0 ? 1 : -1;
    next.pack(k, s);
  });
  samples_ = std::move(next);
}

void SampledFit::state(Archive& archive) {
  archive("w", w_);
  archive("sum", sum_);
  archive("summed", summed_);
  archive("mismatch", mismatch_);
  archive("samples", samples_);
  if (archive.writing()) return;
  if (w_.rows() != sum_.rows() || w_.cols() != sum_.cols() ||
      (w_.size() != 0 && w_.cols() != w_.rows() + 1) ||
      static_cast<std::uint64_t>(w_.rows()) != samples_.columns())
    throw BadState("the saved weights and samples of a fit do not fit together");
}

}  // namespace ansatz::hopfield
