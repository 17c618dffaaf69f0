// Neurons with graded response: tau du/dt = -u + WV - thresholds + I, V = tanh(gain u) (Hopfield 1984), and the energy
//
//   E(V) = -1/2 V'WV + (thresholds - I)'V + (1/gain) sum over i of (V_i artanh V_i + 1/2 log(1 - V_i^2)),
//
// which never rises along the flow where W is symmetric.  Time is counted in tau.
#pragma once

#include <span>

#include "network.hpp"

namespace ansatz::hopfield {

class GradedNetwork {
 public:
  // `network` must outlive this; `drive` is I, or empty for none.
  GradedNetwork(const Network& network, double gain, std::span<const double> drive);

  [[nodiscard]] std::uint64_t neurons() const { return network_.neurons(); }
  // V = tanh(gain u), and the u nearest to it; outputs of exactly -1 and 1, which no finite u has, become the next ones.
  [[nodiscard]] Eigen::VectorXd outputs(const Eigen::VectorXd& u) const;
  [[nodiscard]] Eigen::VectorXd potentials(const Eigen::VectorXd& v) const;
  // WV - thresholds + I, to which u relaxes.
  [[nodiscard]] Eigen::VectorXd field(const Eigen::VectorXd& v) const;
  // E where field(v) is known; sets the size of its rounding.
  [[nodiscard]] double energy(const Eigen::VectorXd& v, const Eigen::VectorXd& field, double& rounding) const;
  // Largest |V - tanh(gain field)|: zero at fixed points.
  [[nodiscard]] double residual(const Eigen::VectorXd& v, const Eigen::VectorXd& field) const;

 private:
  const Network& network_;
  double gain_;
  Eigen::VectorXd shift_;  // I - thresholds
  Matrix<double> signs_;   // p x n, where weights are not formed
};

enum class Method { euler, rk45 };
constexpr auto choices(Method) { return std::array{"euler", "rk45"}; }

struct Integrator {
  Method method;
  double step_size, accuracy;
};

// A state on its way.
struct Flight {
  Eigen::VectorXd u;
  double next = 0;  // length of the next step
  double time = 0, energy = 0, residual = 0;
};

// Energy and residual of the state at u.
void look(const GradedNetwork& network, Flight& flight);

// One step, shortened until its error is small enough and, if W is symmetric, the energy does not rise.  Throws
// NumericalError where no step is short enough.
void advance(const GradedNetwork& network, const Integrator& integrator, bool symmetric, Flight& flight);

}  // namespace ansatz::hopfield
