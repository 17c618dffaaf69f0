#include "landmarks.hpp"

#include <ansatz/num/error.hpp>
#include <ansatz/num/parallel.hpp>
#include <ansatz/num/random_pivots.hpp>

#include <algorithm>
#include <numeric>
#include <string>

namespace ansatz::kernel_pca {
namespace {

constexpr int lloyd_rounds = 10;
constexpr std::uint64_t block_rows = 1024;

Rows some_rows(const Rows& all, std::size_t first, std::size_t count) {
  return std::visit(
      [&]<class S>(const RowsOf<S>& r) -> Rows {
        return RowsOf<S>{r.data + first * r.columns, count, r.columns};
      },
      all);
}

// The mean nearest to each row; of equally near ones the first.
std::vector<std::uint32_t> nearest(const Rows& rows, const Kernel& kernel, const Matrix<double>& means,
                                   Executor& executor) {
  // |x - c|^2 = |x|^2 + |c|^2 - 2 x.c, lengths in the second factor; c is taken relative to the means' own
  // mean, so that a common offset costs no digits.
  const Eigen::RowVectorXd centre = means.colwise().mean();
  Matrix<double> right = means.rowwise() - centre;
  Eigen::VectorXd own = right.rowwise().squaredNorm();
  if (kernel.length.size() > 1) {
    const Eigen::Map<const Eigen::RowVectorXd> length{kernel.length.data(), means.cols()};
    const Matrix<double> scaled = right.array().rowwise() / length.array().square();
    own = scaled.cwiseProduct(right).rowwise().sum();
    right = scaled;
  }
  own += 2 * right * centre.transpose();
  const auto count = static_cast<std::size_t>(means.rows());
  const KernelPoints<double> points{
      Kernel{.function = KernelFunction::linear},
      RowsOf<double>{right.data(), count, static_cast<std::size_t>(means.cols())}};
  std::vector<std::uint32_t> result(row_count(rows));
  std::vector<double> products;
  for (std::size_t first = 0; first < result.size(); first += block_rows) {
    const std::size_t size = std::min<std::size_t>(block_rows, result.size() - first);
    products.resize(size * count);
    points.cross(some_rows(rows, first, size), products.data(), count, executor);
    for_each_block(executor, size, 64, [&](Block part, std::uint32_t) {
      for (std::size_t i = part.first; i < part.last; ++i) {
        const Eigen::Map<const Eigen::VectorXd> along{products.data() + i * count, means.rows()};
        Eigen::Index best = 0;
        (own - 2 * along).minCoeff(&best);
        result[first + i] = static_cast<std::uint32_t>(best);
      }
    });
    executor.progress(static_cast<double>(first + size) / static_cast<double>(result.size()));
  }
  return result;
}

Matrix<double> in_f64(const Points& points) {
  return std::visit([](const auto& m) -> Matrix<double> { return m.template cast<double>(); }, points.values);
}

}  // namespace

Matrix<double> group_means(const Points& rows, const Kernel& kernel, Matrix<double> start, int rounds,
                           Executor& executor) {
  std::vector<std::uint32_t> group;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::uint32_t> next = nearest(rows.rows(), kernel, start, executor);
    if (next == group) break;
    group = std::move(next);
    Matrix<double> sums = Matrix<double>::Zero(start.rows(), start.cols());
    std::vector<double> sizes(static_cast<std::size_t>(start.rows()));
    std::visit(
        [&](const auto& x) {
          for (Eigen::Index i = 0; i < x.rows(); ++i) {
            const std::uint32_t g = group[static_cast<std::size_t>(i)];
            sums.row(g) += x.row(i).template cast<double>();
            ++sizes[g];
          }
        },
        rows.values);
    for (Eigen::Index g = 0; g < start.rows(); ++g) {
      const double size = sizes[static_cast<std::size_t>(g)];
      if (size > 0) start.row(g) = sums.row(g) / size;
    }
  }
  return start;
}

Points draw_landmarks(Session& session, const Points& rows, const Kernel& kernel, Sampling sampling,
                      std::uint64_t count, std::uint64_t memory) {
  SessionExecutor executor{session, 0, 0.1, "landmarks"};
  std::vector<std::uint64_t> chosen;
  if (sampling == Sampling::rpcholesky) {
    const std::uint64_t needed = random_pivots_bytes(rows.size(), count);
    if (needed > memory) {
      throw BadArgument("kernel-pca.fit: sampling rpcholesky needs " + std::to_string(needed) +
                        " bytes (they grow with landmarks x rows), and memory allows " +
                        std::to_string(memory) + "; raise memory, or use sampling: uniform");
    }
    std::vector<double> factor;
    const KernelPoints<double> points{kernel, rows.rows()};
    const auto pivots = random_pivots(points, rows.rows(), count, session.rng("landmarks"), factor, executor);
    chosen.assign(pivots.begin(), pivots.end());
  } else {
    chosen = session.rng("landmarks").choice(rows.size(), count);
  }
  std::ranges::sort(chosen);
  Points drawn = rows.subset(chosen);
  if (sampling == Sampling::kmeans) {
    drawn.values = group_means(rows, kernel, in_f64(drawn), lloyd_rounds, executor);
  }
  return drawn;
}

}  // namespace ansatz::kernel_pca
