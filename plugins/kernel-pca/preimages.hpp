// The parts of a pre-image that need no iteration state.
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/num/kernel.hpp>
#include <ansatz/session.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "expansion.hpp"
#include "radial.hpp"

namespace ansatz::kernel_pca {

// Of one model, which it refers to.
class PreImages {
 public:
  PreImages(const Expansion& expansion, const Evaluator& evaluator);

  [[nodiscard]] const Matrix<double>& support() const { return support_; }
  [[nodiscard]] Eigen::RowVectorXd mean() const { return support_.colwise().mean(); }

  // c of P phi = sum_i c_i phi(p_i) for scores (rows).
  [[nodiscard]] Matrix<double> combination(const Matrix<double>& scores) const;
  // |phi(z) - P phi|^2 for rows z and their scores.
  [[nodiscard]] std::vector<double> gaps(const Matrix<double>& z, const Matrix<double>& scores,
                                         Executor& executor) const;

  struct Moved {
    Matrix<double> to;
    std::vector<double> gap;            // before the move
    std::vector<double> distance;       // moved, over length
    std::vector<std::uint8_t> cancels;  // the weights cancel; `to` is then the old place
  };
  // One fixed-point iteration.
  [[nodiscard]] Moved move(const Matrix<double>& z, const Matrix<double>& scores, Executor& executor) const;

  // Support point whose image is nearest to the projection.
  [[nodiscard]] Eigen::Index nearest(const Eigen::RowVectorXd& scores, Executor& executor);
  // Nothing if no support point is near enough for its distance to be known.
  [[nodiscard]] std::optional<Eigen::RowVectorXd> by_distances(const Eigen::RowVectorXd& scores,
                                                               std::size_t neighbours, Executor& executor);
  // Of a block of rows.  BadArgument if the regression's matrix does not fit `memory` bytes.
  [[nodiscard]] Matrix<double> by_regression(const Matrix<double>& scores, double penalty,
                                             std::uint64_t memory, Executor& executor);

 private:
  struct Regression {
    KernelPoints<double> scores;
    Matrix<double> coefficients;  // columns x support
  };
  // K [A m] at the support points.
  const Matrix<double>& support_products(Executor& executor);
  [[nodiscard]] double projection_square(const Matrix<double>& scores, Eigen::Index row) const;
  [[nodiscard]] Eigen::VectorXd squared_image_distances(const Eigen::RowVectorXd& scores, Executor& executor);

  const Expansion& expansion_;
  const Evaluator& evaluator_;
  Matrix<double> support_;  // points in f64
  KernelPoints<double> points_;
  std::optional<KernelPoints<double>> weights_;
  Matrix<double> products_;
  std::vector<double> diagonal_;
  std::optional<Regression> regression_;
};

}  // namespace ansatz::kernel_pca
