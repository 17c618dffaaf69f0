#include "held_out.hpp"

#include <ansatz/num/error.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "eigenpairs.hpp"
#include "expansion.hpp"
#include "gram.hpp"
#include "preimages.hpp"
#include "spectral.hpp"

namespace ansatz::kernel_pca {
namespace {

constexpr int most_iterations = 300;
constexpr double settled = 1e-6;  // moved by less, over length: errors are wanted, not places

Expansion learn_exactly(Operator op, const Kernel& kernel, const Matrix<double>& training,
                        std::size_t components, Executor& executor) {
  Expansion e;
  e.op = op;
  e.kernel = kernel;
  e.points.values = training;
  e.training_rows = static_cast<std::uint64_t>(training.rows());
  const KernelPoints<double> points{kernel, e.points.rows()};
  PointsGram<double> gram{points, std::numeric_limits<std::uint64_t>::max()};
  const Spectral spectral = Spectral::of(op, 0, gram, kernel.name(), executor);
  e.learn(spectral, solve_dense(spectral, gram, components, std::numeric_limits<double>::epsilon(), executor),
          0);
  return e;
}

// All rows at once until none moves.  Where the weights cancel, as for lengths so short that no kernel value is
// left, the row must not stay where it began, at the truth: it goes on from the nearest training row.
Matrix<double> pre_images(PreImages& images, const Matrix<double>& scores, Matrix<double> z,
                          Executor& executor) {
  std::vector<Eigen::Index> open(static_cast<std::size_t>(z.rows()));
  std::iota(open.begin(), open.end(), Eigen::Index{0});
  std::vector<std::uint8_t> restarted(open.size());
  for (int i = 0; i < most_iterations && !open.empty(); ++i) {
    const PreImages::Moved moved = images.move(z(open, Eigen::all), scores(open, Eigen::all), executor);
    std::vector<Eigen::Index> still;
    for (std::size_t place = 0; place < open.size(); ++place) {
      const Eigen::Index row = open[place];
      std::uint8_t& again = restarted[static_cast<std::size_t>(row)];
      z.row(row) = moved.to.row(static_cast<Eigen::Index>(place));
      if (moved.cancels[place] != 0) {
        if (again++ > 0) continue;
        z.row(row) = images.support().row(images.nearest(scores.row(row), executor));
        still.push_back(row);
      } else if (moved.distance[place] > settled) {
        still.push_back(row);
      }
    }
    open = std::move(still);
    executor.progress(0);
  }
  return z;
}

}  // namespace

Matrix<double> held_out_errors(Operator op, const Kernel& kernel, const Matrix<double>& training,
                               const Matrix<double>& held_out, std::size_t components, Executor& executor) {
  const bool linear = kernel.function == KernelFunction::linear;
  if (!linear && !weight_kernel(kernel)) {
    throw BadArgument("kernel-pca.select: criterion reconstruction is not for the kernel " + kernel.name() +
                      ": it needs pre-images by the fixed point; kernels that have them: gaussian, "
                      "rational-quadratic, matern 3/2 and 5/2, linear");
  }
  const Expansion e = learn_exactly(op, kernel, training, components, executor);
  const Evaluator evaluator{e};
  PreImages images{e, evaluator};
  const RowsOf<double> rows{held_out.data(), static_cast<std::size_t>(held_out.rows()),
                            static_cast<std::size_t>(held_out.cols())};
  const Matrix<double> scores = evaluator.scores(evaluator.products(rows, executor));
  Matrix<double> errors(held_out.rows(), static_cast<Eigen::Index>(components));
  for (Eigen::Index q = 0; q < errors.cols(); ++q) {
    if (q >= scores.cols()) {
      errors.col(q) = errors.col(q - 1);
      continue;
    }
    Matrix<double> some = scores;  // a component whose score is 0 is left out
    some.rightCols(scores.cols() - q - 1).setZero();
    const Matrix<double> z = linear ? Matrix<double>{images.combination(some) * images.support()}
                                    : pre_images(images, some, held_out, executor);
    errors.col(q) = (z - held_out).rowwise().squaredNorm();
  }
  return errors;
}

}  // namespace ansatz::kernel_pca
