// Visible and hidden neurons in continuous time (Krotov, Hopfield 2021, "Large associative memory problem in neurobiology and
// machine learning", section 2): g and f are the gradients of two Lagrangians, X has a pattern a row.
//
//   tau_visible v' = X'f(h) - v + I        tau_hidden h' = X g(v) - h
//   E = [(v - I).g - L_v] + [h.f - L_h] - g.X'f
//
//   kind   L_v          g         L_h                           f
//   A      sum |v|      sign v    sum F(h)                      F'(h), F(h) = max(h, 0)^power
//   B      v.v / 2      v         log sum e^(beta h) / beta     softmax(beta h)
//   C      |v|          v / |v|   sum F(h)                      F'(h)
//
// E never rises, for the Lagrangians are convex.  With tau_hidden 0 the hidden neurons are where they would settle,
// h = X g(v), and kind B is the energy of model `continuous` up to a constant.
//
//   LagrangianNetwork network{patterns, options, input};
//   network.derivative(y, dy);           // y: v, and behind it h where tau_hidden is not 0
//   network.energy(y);
#pragma once

#include <ansatz/plugin.hpp>

#include <span>

namespace ansatz::modern_hopfield {

enum class Kind { A, B, C };
constexpr auto choices(Kind) { return std::array{"A", "B", "C"}; }

struct LagrangianOptions {
  Kind kind = Kind::B;
  std::int64_t power = 3;
  double beta = 1, tau_visible = 1, tau_hidden = 0.1;
  static constexpr auto params = std::tuple{
      param(&LagrangianOptions::kind, "kind",
            "Lagrangian of the visible neurons: sum |v|, v.v / 2 with a softmax of hidden ones, or |v|"),
      param(&LagrangianOptions::power, "power", "Exponent of F(h) = max(h, 0)^power", between(2, 64),
            used_if("kind=A|C")),
      param(&LagrangianOptions::beta, "beta", "Inverse temperature of the softmax", above(0),
            unit("1 / unit of x, squared"), used_if("kind=B")),
      param(&LagrangianOptions::tau_visible, "tau_visible", "Time constant of the visible neurons", above(0),
            unit("time")),
      param(&LagrangianOptions::tau_hidden, "tau_hidden",
            "Time constant of the hidden neurons; 0: they are always settled", at_least(0), unit("time"))};
};

class LagrangianNetwork {
 public:
  // `patterns` n x d; `input` is d numbers or none.  Both must outlive it.
  LagrangianNetwork(const Matrix<double>& patterns, const LagrangianOptions& options,
                    std::span<const double> input);

  [[nodiscard]] std::size_t visible() const { return static_cast<std::size_t>(patterns_.cols()); }
  [[nodiscard]] std::size_t hidden() const { return static_cast<std::size_t>(patterns_.rows()); }
  // Numbers of a state.
  [[nodiscard]] std::size_t size() const { return visible() + (options_.tau_hidden > 0 ? hidden() : 0); }

  // h = X g(v).
  void settle(std::span<const double> v, std::span<double> h) const;
  void derivative(std::span<const double> y, std::span<double> dy) const;
  struct Energy {
    double value, magnitude;  // the sum of its parts, and of their sizes
  };
  [[nodiscard]] Energy energy(std::span<const double> y) const;

 private:
  void visible_activity(std::span<const double> v, Eigen::VectorXd& g) const;
  // Returns L_h.
  double hidden_activity(const Eigen::VectorXd& h, Eigen::VectorXd& f) const;
  [[nodiscard]] Eigen::VectorXd hidden_of(std::span<const double> y, const Eigen::VectorXd& g) const;

  const Matrix<double>& patterns_;
  LagrangianOptions options_;
  std::span<const double> input_;
};

}  // namespace ansatz::modern_hopfield
