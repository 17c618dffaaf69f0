#include <algorithm>
#include <cmath>

#include "rules.hpp"

namespace ansatz::hopfield {
namespace {

// The problem of one neuron in its dual form: strengths x of the patterns, aligned fields g = B x with
// B = D G D - 1/n, D the neuron's bits, G the patterns' Gram matrix over n: the neuron itself is left out.
class Neuron {
 public:
  Neuron(const Network& network, const Matrix<double>& gram, std::uint64_t i, Matrix<double>& strengths)
      : gram_{gram},
        x_{strengths.row(static_cast<Eigen::Index>(i))},
        bits_(gram.rows()),
        n_{static_cast<double>(network.neurons())} {
    for (Eigen::Index mu = 0; mu < gram.rows(); ++mu)
      bits_(mu) = network.bits.sign(i, static_cast<std::uint64_t>(mu));
    fields_ = (bits_.cwiseProduct(x_) * gram_).cwiseProduct(bits_).array() - x_.sum() / n_;
  }

  // Perceptron and Diederich-Opper I: a fixed step where the field is too small; true: there was none.
  bool fixed_steps(const Config& config) {
    bool settled = true;
    double square = std::max(0.0, x_.dot(fields_) / n_);  // |J|^2
    for (Eigen::Index mu = 0; mu < x_.size(); ++mu) {
      const bool small = config.rule == Rule::perceptron
                             ? fields_(mu) <= config.kappa * std::sqrt(square) + rounding
                             : fields_(mu) < 1 - rounding;
      if (!small) continue;
      settled = false;
      const double step = config.step_size;
      square += (2 * step * fields_(mu) + step * step * (gram_(mu, mu) - 1 / n_)) / n_;
      add(mu, step);
    }
    return settled;
  }

  // Always the pattern of least overlap (Krauth, Mezard 1987), as many times as there are patterns; true: the least is
  // large enough.
  bool least_overlaps(const Config& config) {
    for (Eigen::Index k = 0; k < x_.size(); ++k) {
      Eigen::Index mu = 0;
      const double least = fields_.minCoeff(&mu);
      const double square = std::max(0.0, x_.dot(fields_) / n_);
      if (least > config.kappa * std::sqrt(square) + rounding) return true;
      add(mu, config.step_size);
    }
    return false;
  }

  // AdaTron, and Diederich-Opper II where strengths may be negative; true: no step above the tolerance.
  bool relax(const Config& config) {
    double largest = 0;
    for (Eigen::Index mu = 0; mu < x_.size(); ++mu) {
      double step = config.step_size * (1 - fields_(mu));
      if (config.rule == Rule::adatron) step = std::max(-x_(mu), step);
      largest = std::max(largest, std::abs(step));
      if (step != 0) add(mu, step);
    }
    return largest <= config.tolerance;
  }

 private:
  static constexpr double rounding = 1e-10;  // a field of zero is a sum of steps of 1/n that cancel

  void add(Eigen::Index mu, double step) {
    x_(mu) += step;
    fields_.array() += step * (bits_(mu) * gram_.row(mu).cwiseProduct(bits_).array() - 1 / n_);
  }

  const Matrix<double>& gram_;
  Eigen::Ref<Eigen::RowVectorXd> x_;
  Eigen::RowVectorXd bits_, fields_;
  double n_;
};

}  // namespace

void perceptron_epoch(const Config& config, const Network& network, const Matrix<double>& gram,
                      Matrix<double>& strengths, std::vector<std::uint8_t>& settled, Executor& executor) {
  executor.run(network.neurons(), [&](std::uint64_t i, std::uint32_t) {
    if (settled[i] != 0) return;
    Neuron neuron{network, gram, i, strengths};
    const bool fixed = config.rule == Rule::perceptron || config.rule == Rule::diederich_opper_1;
    if (config.rule == Rule::min_overlap) {
      settled[i] = neuron.least_overlaps(config) ? 1 : 0;
    } else {
      settled[i] = (fixed ? neuron.fixed_steps(config) : neuron.relax(config)) ? 1 : 0;
    }
  });
}

}  // namespace ansatz::hopfield
