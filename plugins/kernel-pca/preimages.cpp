#include "preimages.hpp"

#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/error.hpp>
#include <ansatz/num/parallel.hpp>

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ansatz::kernel_pca {
namespace {

RowsOf<double> rows_of(const Matrix<double>& m) {
  return {m.data(), static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols())};
}

Matrix<double> in_f64(const Points& points) {
  return std::visit([](const auto& m) -> Matrix<double> { return m.template cast<double>(); }, points.values);
}

}  // namespace

PreImages::PreImages(const Expansion& expansion, const Evaluator& evaluator)
    : expansion_{expansion},
      evaluator_{evaluator},
      support_{in_f64(expansion.points)},
      points_{expansion.kernel, expansion.points.rows()} {
  if (const auto weight = weight_kernel(expansion.kernel)) {
    weights_.emplace(*weight, expansion.points.rows());
  }
}

Matrix<double> PreImages::combination(const Matrix<double>& scores) const {
  Matrix<double> c = scores * expansion_.coefficients.transpose();
  c.rowwise() += Eigen::Map<const Eigen::RowVectorXd>(expansion_.mean.data(),
                                                      static_cast<Eigen::Index>(expansion_.mean.size()));
  return c;
}

// |m + sum_j z_j V_j|^2; the V_j are orthonormal.
double PreImages::projection_square(const Matrix<double>& scores, Eigen::Index row) const {
  const Eigen::Map<const Eigen::VectorXd> offset{expansion_.offset.data(), scores.cols()};
  return expansion_.mean_square + 2 * scores.row(row).dot(offset) + scores.row(row).squaredNorm();
}

std::vector<double> PreImages::gaps(const Matrix<double>& z, const Matrix<double>& scores,
                                    Executor& executor) const {
  const Matrix<double> products = evaluator_.products(rows_of(z), executor);  // z's own [V_j.phi, m.phi]
  std::vector<double> gap = diagonal_of(expansion_.kernel, rows_of(z));
  for (Eigen::Index i = 0; i < z.rows(); ++i) {
    const double inner = products(i, scores.cols()) + products.row(i).head(scores.cols()).dot(scores.row(i));
    gap[static_cast<std::size_t>(i)] += projection_square(scores, i) - 2 * inner;
  }
  return gap;
}

PreImages::Moved PreImages::move(const Matrix<double>& z, const Matrix<double>& scores,
                                 Executor& executor) const {
  const Eigen::Index n = support_.rows(), d = support_.cols();
  const auto rows = static_cast<std::size_t>(z.rows());
  Moved moved{z, std::vector<double>(rows), std::vector<double>(rows), std::vector<std::uint8_t>(rows)};
  const std::vector<double>& length = expansion_.kernel.length;
  const bool own_weights = expansion_.kernel.function == KernelFunction::gaussian;
  for_each_block(executor, rows, 32, [&](Block block, std::uint32_t) {
    SerialExecutor serial;
    const auto first = static_cast<Eigen::Index>(block.first),
               count = static_cast<Eigen::Index>(block.size());
    const Matrix<double> here = z.middleRows(first, count), aim = scores.middleRows(first, count);
    const Matrix<double> c = combination(aim);
    Matrix<double> k(count, n), w(count, n), sum(count, d);
    points_.cross(rows_of(here), k.data(), static_cast<std::size_t>(n), serial);
    if (own_weights) {
      w = k.cwiseProduct(c);
    } else {
      weights_->cross(rows_of(here), w.data(), static_cast<std::size_t>(n), serial);
      w = w.cwiseProduct(c);
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(count), static_cast<int>(d),
                static_cast<int>(n), 1, w.data(), static_cast<int>(n), support_.data(), static_cast<int>(d),
                0, sum.data(), static_cast<int>(d));
    for (Eigen::Index i = 0; i < count; ++i) {
      const std::size_t row = block.first + static_cast<std::size_t>(i);
      moved.gap[row] = expansion_.kernel.amplitude + projection_square(aim, i) - 2 * k.row(i).dot(c.row(i));
      const double total = w.row(i).sum();
      if (!(std::abs(total) >= 1e-10 * w.row(i).cwiseAbs().sum()) || total == 0) {
        moved.cancels[row] = 1;
        continue;
      }
      moved.to.row(first + i) = sum.row(i) / total;
      double square = 0;
      for (Eigen::Index j = 0; j < d; ++j) {
        const double step = moved.to(first + i, j) - here(i, j);
        square += std::pow(step / length[length.size() == 1 ? 0 : static_cast<std::size_t>(j)], 2);
      }
      moved.distance[row] = std::sqrt(square);
    }
  });
  return moved;
}

const Matrix<double>& PreImages::support_products(Executor& executor) {
  if (products_.size() == 0) {
    products_ = evaluator_.products(expansion_.points.rows(), executor);
    diagonal_ = diagonal_of(expansion_.kernel, expansion_.points.rows());
  }
  return products_;
}

// |P phi - phi(p_i)|^2 = |P phi|^2 - 2 (K c)_i + k(p_i, p_i).
Eigen::VectorXd PreImages::squared_image_distances(const Eigen::RowVectorXd& scores, Executor& executor) {
  const Matrix<double>& products = support_products(executor);
  const Eigen::VectorXd inner =
      products.leftCols(scores.size()) * scores.transpose() + products.col(scores.size());
  const Eigen::Map<const Eigen::VectorXd> diagonal{diagonal_.data(), products.rows()};
  return (diagonal - 2 * inner).array() + projection_square(scores, 0);
}

Eigen::Index PreImages::nearest(const Eigen::RowVectorXd& scores, Executor& executor) {
  Eigen::Index best = 0;
  squared_image_distances(scores, executor).minCoeff(&best);
  return best;
}

std::optional<Eigen::RowVectorXd> PreImages::by_distances(const Eigen::RowVectorXd& scores,
                                                          std::size_t neighbours, Executor& executor) {
  const Eigen::VectorXd image = squared_image_distances(scores, executor);
  std::vector<std::pair<double, Eigen::Index>> near;
  for (Eigen::Index i = 0; i < image.size(); ++i) {
    const double value = expansion_.kernel.amplitude - image[i] / 2;
    if (value > 0) near.emplace_back(squared_distance(expansion_.kernel, value), i);
  }
  if (near.empty()) return {};
  const std::size_t count = std::min(neighbours, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end());
  const Eigen::Index d = support_.cols();
  Eigen::RowVectorXd length(d);
  for (Eigen::Index j = 0; j < d; ++j) {
    length[j] =
        expansion_.kernel.length[expansion_.kernel.length.size() == 1 ? 0 : static_cast<std::size_t>(j)];
  }
  Matrix<double> points(static_cast<Eigen::Index>(count), d);
  Eigen::VectorXd squared(static_cast<Eigen::Index>(count));
  for (std::size_t i = 0; i < count; ++i) {
    points.row(static_cast<Eigen::Index>(i)) = support_.row(near[i].second).cwiseQuotient(length);
    squared[static_cast<Eigen::Index>(i)] = near[i].first;
  }
  return locate(points, squared).transpose().cwiseProduct(length);
}

Matrix<double> PreImages::by_regression(const Matrix<double>& scores, double penalty, std::uint64_t memory,
                                        Executor& executor) {
  const Eigen::RowVectorXd centre = mean();
  if (!regression_) {
    const auto n = static_cast<std::size_t>(support_.rows());
    const std::size_t stride = matrix_stride<double>(n);
    if (static_cast<double>(n) * static_cast<double>(stride) * 8 > static_cast<double>(memory)) {
      throw BadArgument("kernel-pca.reconstruct: the regression from scores to " + std::to_string(n) +
                        " rows needs " + std::to_string(n * stride * 8) + " bytes, and memory allows " +
                        std::to_string(memory) + "; raise memory, or fit with solver: nystrom");
    }
    const Matrix<double> known = evaluator_.scores(support_products(executor));
    Kernel kernel{.function = KernelFunction::gaussian};
    // The median over at most 2,000 rows, evenly spaced.
    const Eigen::Index count = std::min<Eigen::Index>(known.rows(), 2000);
    Matrix<double> some(count, known.cols());
    for (Eigen::Index i = 0; i < count; ++i) some.row(i) = known.row(i * known.rows() / count);
    const double median = median_distance(kernel, rows_of(some), executor);
    kernel.length = {median > 0 ? median : 1};
    Regression regression{KernelPoints<double>{kernel, rows_of(known)},
                          (support_.rowwise() - centre).transpose()};
    LargeBuffer<double> g(n * stride);
    regression.scores.gram(g.data(), stride, executor);
    for (std::size_t i = 0; i < n; ++i) g.data()[i * stride + i] += penalty;
    if (cholesky(n, g.data(), stride, executor)) {
      throw NumericalError(
          "kernel-pca.reconstruct: the regression from scores to rows is singular; raise penalty");
    }
    cholesky_solve(n, g.data(), stride, static_cast<std::size_t>(support_.cols()),
                   regression.coefficients.data(), executor);
    regression_.emplace(std::move(regression));
  }
  Matrix<double> z(scores.rows(), support_.cols());
  regression_->scores.apply(rows_of(scores), static_cast<std::size_t>(z.cols()),
                            regression_->coefficients.data(), z.data(), executor);
  z.rowwise() += centre;
  if (expansion_.kernel.function == KernelFunction::chi2) z = z.cwiseMax(0.0);  // the kernel's own domain
  return z;
}

}  // namespace ansatz::kernel_pca
