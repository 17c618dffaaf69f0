#include "radial.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

namespace ansatz::kernel_pca {
namespace {

double matern(double smoothness, double t) {
  if (smoothness == 0.5) return std::exp(-t);
  return smoothness == 1.5 ? (1 + t) * std::exp(-t) : (1 + t + t * t / 3) * std::exp(-t);
}

}  // namespace

std::optional<Kernel> weight_kernel(const Kernel& kernel) {
  Kernel weight = kernel;
  const auto stretch = [&](double factor) {
    for (double& length : weight.length) length *= factor;
  };
  switch (kernel.function) {
    case KernelFunction::gaussian: return weight;
    case KernelFunction::rational_quadratic:
      // (1 + s / (2 a l^2))^-(a + 1), with (a + 1) L^2 = a l^2.
      weight.mixture = kernel.mixture + 1;
      stretch(std::sqrt(kernel.mixture / weight.mixture));
      return weight;
    case KernelFunction::matern:
      if (kernel.smoothness == 1.5) {  // e^-t, t = sqrt 3 r / l
        weight.smoothness = 0.5;
        stretch(1 / std::sqrt(3.0));
        return weight;
      }
      if (kernel.smoothness == 2.5) {  // (1 + t) e^-t, t = sqrt 5 r / l
        weight.smoothness = 1.5;
        stretch(std::sqrt(3.0 / 5));
        return weight;
      }
      return {};
    default: return {};
  }
}

double squared_distance(const Kernel& kernel, double value) {
  const double share = std::min(value / kernel.amplitude, 1.0);
  if (kernel.function == KernelFunction::gaussian) return -2 * std::log(share);
  if (kernel.function == KernelFunction::rational_quadratic) {
    return 2 * kernel.mixture * (std::pow(share, -1 / kernel.mixture) - 1);
  }
  double low = 0, high = 1;  // t by bisection: the function falls
  while (matern(kernel.smoothness, high) > share) high *= 2;
  for (int step = 0; step < 100 && low < high; ++step) {
    const double middle = low + (high - low) / 2;
    (matern(kernel.smoothness, middle) > share ? low : high) = middle;
  }
  return low * low / (2 * kernel.smoothness);
}

// With X = points - mean = E S V' (columns are points), |z - p_i|^2 - |p_i - mean|^2 is a constant less twice
// (z - mean).(p_i - mean), and V' takes the constant away.
Eigen::VectorXd locate(const Eigen::MatrixXd& points, const Eigen::VectorXd& squared) {
  const Eigen::RowVectorXd mean = points.colwise().mean();
  const Eigen::MatrixXd centred = (points.rowwise() - mean).transpose();
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd{centred, Eigen::ComputeThinU | Eigen::ComputeThinV};
  const Eigen::VectorXd& s = svd.singularValues();
  const Eigen::VectorXd along =
      svd.matrixV().transpose() * (squared - centred.colwise().squaredNorm().transpose());
  Eigen::VectorXd z = mean.transpose();
  for (Eigen::Index j = 0; j < s.size() && s[j] > 1e-12 * s[0]; ++j) {
    z += svd.matrixU().col(j) * (-0.5 * along[j] / s[j]);
  }
  return z;
}

}  // namespace ansatz::kernel_pca
