#include "feature_scatter.hpp"

#include <ansatz/num/block_lanczos.hpp>
#include <ansatz/num/lapack_eigen.hpp>
#include <ansatz/num/parallel.hpp>

#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "eigenpairs.hpp"

namespace ansatz::kernel_pca {
namespace {

constexpr std::size_t columns_a_task = 128;

int size(Eigen::Index n) { return static_cast<int>(n); }

// A matrix in memory, for the solver of few eigenvalues.
struct InMemory final : SymmetricOperator {
  explicit InMemory(const Matrix<double>& matrix) : a{matrix} {}
  [[nodiscard]] std::size_t size() const override { return static_cast<std::size_t>(a.rows()); }
  void apply(std::size_t count, const double* x, double* y, Executor& /*executor*/) const override {
    const int n = static_cast<int>(a.rows());
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(count), n, n, 1, x, n, a.data(),
                n, 0, y, n);
  }
  const Matrix<double>& a;
};

// The leading eigenpairs: LAPACK finds all of a large matrix for a hundred times the work of a few.
Eigenpairs leading_pairs(Matrix<double>& a, std::size_t components) {
  const auto n = static_cast<std::size_t>(a.rows());
  Eigenpairs pairs;
  if (n > 500 && components <= n / 20) {
    SerialExecutor serial;
    const InMemory matrix{a};
    BlockLanczos solver{n, {.components = components, .block = 16, .tolerance = 1e-13}};
    const auto random = [](std::uint64_t index) { return Rng{0, "feature scatter", index}; };
    bool more = true;
    for (int i = 0; i < 60 && more; ++i) more = solver.step(matrix, random, serial);
    if (!more) {
      pairs.values.assign(solver.values().begin(), solver.values().end());
      pairs.vectors = solver.vectors(serial);
      return pairs;
    }
  }
  pairs.values = lapack_eigen(n, a.data());
  pairs.vectors.assign(a.data(), a.data() + n * n);
  return pairs;
}

}  // namespace

FeatureScatter::FeatureScatter(std::size_t features) {
  scatter_.setZero(static_cast<Eigen::Index>(features), static_cast<Eigen::Index>(features));
  sums_.assign(features, 0.0);
}

FeatureScatter::FeatureScatter(Matrix<double> landmark_kernel, double precision) {
  const Eigen::Index m = landmark_kernel.rows();
  const std::vector<double> gamma = lapack_eigen(static_cast<std::size_t>(m), landmark_kernel.data());
  Eigen::Index rank = 0;
  const double cut = precision * static_cast<double>(m) * gamma.front();
  while (rank < m && gamma[static_cast<std::size_t>(rank)] > cut) ++rank;
  map_.resize(m, rank);
  for (Eigen::Index j = 0; j < rank; ++j) {
    map_.col(j) = landmark_kernel.row(j).transpose() / std::sqrt(gamma[static_cast<std::size_t>(j)]);
  }
  scatter_.setZero(rank, rank);
  sums_.assign(static_cast<std::size_t>(rank), 0.0);
}

void FeatureScatter::add(const Matrix<double>& values, const std::vector<double>& diagonal,
                         Executor& executor) {
  const Eigen::Index rank = scatter_.cols(), n = values.rows();
  Matrix<double> mapped;
  if (map_.size() > 0) {
    mapped.resize(n, rank);
    for_each_block(executor, static_cast<std::uint64_t>(n), 256, [&](Block rows, std::uint32_t) {
      const auto first = static_cast<Eigen::Index>(rows.first);
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(rows.size()), size(rank),
                  size(values.cols()), 1, values.data() + first * values.cols(), size(values.cols()),
                  map_.data(), size(rank), 0, mapped.data() + first * rank, size(rank));
    });
  }
  const Matrix<double>& f = map_.size() > 0 ? mapped : values;
  // Columns of the lower triangle of F'F.
  for_each_block(
      executor, static_cast<std::uint64_t>(rank), columns_a_task, [&](Block columns, std::uint32_t) {
        const auto first = static_cast<Eigen::Index>(columns.first);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, size(rank - first),
                    static_cast<int>(columns.size()), size(n), 1, f.data() + first, size(rank),
                    f.data() + first, size(rank), 1, scatter_.data() + first * rank + first, size(rank));
        for (Eigen::Index i = 0; i < n; ++i) {
          for (std::uint64_t j = columns.first; j < columns.last; ++j) {
            sums_[j] += f(i, static_cast<Eigen::Index>(j));
          }
        }
      });
  for (const double value : diagonal) trace_ += value;
  rows_ += static_cast<std::uint64_t>(n);
}

double FeatureScatter::finish(std::size_t components, double precision, Expansion& expansion) const {
  const Eigen::Index rank = scatter_.cols();
  const auto n = static_cast<double>(rows_);
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(rank);
  if (expansion.op == Operator::centred) {
    mean = Eigen::Map<const Eigen::VectorXd>(sums_.data(), rank) / n;
  }
  Matrix<double> scatter = scatter_.selfadjointView<Eigen::Lower>();
  scatter.noalias() -= n * mean * mean.transpose();
  Eigenpairs pairs = leading_pairs(scatter, components);
  // The scatter is a Gram matrix: what is below zero is rounding.
  pairs = clean(std::move(pairs), static_cast<std::size_t>(rank), {}, components,
                precision * n / static_cast<double>(rank), 0);
  const auto q = static_cast<Eigen::Index>(pairs.values.size());
  const Eigen::Map<const Matrix<double>> b{pairs.vectors.data(), q, rank};
  expansion.eigenvalues = pairs.values;
  const Eigen::VectorXd offset = b * mean;
  Eigen::VectorXd support = mean;
  if (map_.size() > 0) {
    expansion.coefficients = map_ * b.transpose();
    support = map_ * mean;
  } else {
    expansion.coefficients = b.transpose();
  }
  expansion.offset.assign(offset.data(), offset.data() + q);
  expansion.mean.assign(support.data(), support.data() + support.size());
  expansion.mean_square = mean.squaredNorm();
  return trace_ - n * expansion.mean_square;
}

void FeatureScatter::state(Archive& archive) {
  bool mapped = map_.size() > 0;
  archive("mapped", mapped);
  if (mapped) archive("map", map_, "c,r");
  archive("scatter", scatter_, "r,r");
  archive("sums", sums_, "r");
  archive("trace", trace_);
  archive("rows", rows_);
}

}  // namespace ansatz::kernel_pca
