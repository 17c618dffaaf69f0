#include "network.hpp"

namespace ansatz::hopfield {

CodedBits read_states(Session& session, const std::string& where, const Network& network) {
  const std::uint64_t columns = session.shape("x")[1], n = network.neurons();
  if (columns != n) {
    throw BadArgument(where + ": 'x' has " + std::to_string(columns) + " columns; the network has " +
                      std::to_string(n) + " neurons");
  }
  return read_bits(session, "x", where, Coding::automatic, network.coding);
}

Matrix<double> as_signs(const Network& network) {
  const BitMatrix& bits = network.bits;
  Matrix<double> x(static_cast<Eigen::Index>(bits.columns()), static_cast<Eigen::Index>(bits.rows()));
  for (std::uint64_t i = 0; i < bits.rows(); ++i) {
    for (std::uint64_t mu = 0; mu < bits.columns(); ++mu) {
      x(static_cast<Eigen::Index>(mu), static_cast<Eigen::Index>(i)) = bits.sign(i, mu);
    }
  }
  return x;
}

void Network::pattern(std::uint64_t mu, std::span<std::int8_t> s) const {
  for (std::uint64_t i = 0; i < s.size(); ++i) s[i] = static_cast<std::int8_t>(bits.sign(i, mu));
}

void Network::add(const BitMatrix& more) {
  if (patterns() == 0) {
    bits = more.transposed();
    return;
  }
  BitMatrix all = bits.transposed();
  all.append(more);
  bits = all.transposed();
}

double Network::self_coupling(std::uint64_t i) const {
  if (!self) return 0;
  const auto k = static_cast<Eigen::Index>(i);
  return unit * (packed() ? static_cast<double>(patterns()) : weights(k, k));
}

Matrix<double> Network::matrix_over_unit() const {
  if (!packed()) return weights;
  const Matrix<double> x = as_signs(*this);
  Matrix<double> w = x.transpose() * x;
  if (!self) w.diagonal().setZero();
  return w;
}

void Network::state(Archive& archive) {
  archive("bits", bits);
  archive("weights", weights, "n,n");
  archive("unit", unit);
  archive("thresholds", thresholds);
  archive("self", self);
  archive("bytes", bytes);
  archive("symmetric", symmetric);
  archive("coding", coding);
  if (archive.writing()) return;
  const auto n = static_cast<Eigen::Index>(neurons());
  if ((neurons() == 0) != (patterns() == 0) || (!packed() && weights.rows() != n) ||
      (thresholds.size() != 0 && thresholds.size() != n) ||
      (bytes && (!packed() || patterns() > most_byte_patterns))) {
    throw BadState("weights or thresholds of the saved state do not fit its patterns");
  }
}

}  // namespace ansatz::hopfield
