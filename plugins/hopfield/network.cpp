#include "network.hpp"

namespace ansatz::hopfield {

Matrix<double> as_signs(const BitMatrix& bits) {
  Matrix<double> x(static_cast<Eigen::Index>(bits.rows()), static_cast<Eigen::Index>(bits.columns()));
  for (std::uint64_t mu = 0; mu < bits.rows(); ++mu) {
    for (std::uint64_t j = 0; j < bits.columns(); ++j) {
      x(static_cast<Eigen::Index>(mu), static_cast<Eigen::Index>(j)) = bits.sign(mu, j);
    }
  }
  return x;
}

double Network::self_coupling(std::uint64_t i) const {
  if (!self) return 0;
  const auto k = static_cast<Eigen::Index>(i);
  return unit * (packed() ? static_cast<double>(patterns.rows()) : weights(k, k));
}

Matrix<double> Network::matrix() const {
  if (!packed()) return unit * weights;
  const Matrix<double> x = as_signs(patterns);
  Matrix<double> w = unit * (x.transpose() * x);
  if (!self) w.diagonal().setZero();
  return w;
}

void Network::state(Archive& archive) {
  archive("patterns", patterns);
  archive("weights", weights, "n,n");
  archive("unit", unit);
  archive("thresholds", thresholds);
  archive("self", self);
  archive("symmetric", symmetric);
  archive("coding", coding);
  if (archive.writing()) return;
  const auto n = static_cast<Eigen::Index>(neurons());
  if ((!packed() && weights.rows() != n) || (thresholds.size() != 0 && thresholds.size() != n)) {
    throw BadState("weights or thresholds of the saved state do not have the size of its patterns");
  }
}

}  // namespace ansatz::hopfield
