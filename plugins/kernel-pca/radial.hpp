// Kernels kappa(|x - y|^2) read backwards: their derivative, their inverse, and the point at given distances.
#pragma once

#include <ansatz/num/kernel.hpp>

#include <Eigen/Core>
#include <optional>

namespace ansatz::kernel_pca {

// A kernel proportional to -kappa'(r^2), where k(x, y) = kappa(r^2): gaussian is its own; the derivative of
// matern 5/2 and 3/2 and of rational-quadratic are matern 3/2 and 1/2 and a rational-quadratic with other
// parameters.  Nothing for other kernels.
[[nodiscard]] std::optional<Kernel> weight_kernel(const Kernel& kernel);

// Squared distance over length at which kappa has this value, 0 < value <= amplitude; of kernels that depend
// on the euclidean distance.
[[nodiscard]] double squared_distance(const Kernel& kernel, double value);

// The point at given squared distances from points (rows), from classical scaling about their mean; exact if
// the distances are and the points span the space.
[[nodiscard]] Eigen::VectorXd locate(const Eigen::MatrixXd& points, const Eigen::VectorXd& squared);

}  // namespace ansatz::kernel_pca
