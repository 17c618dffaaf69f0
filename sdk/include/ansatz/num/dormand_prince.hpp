// One step of Dormand and Prince (1980, "A family of embedded Runge-Kutta formulae"): fifth order, with the error of an
// embedded fourth.
//
//   DormandPrince method{y.size()};
//   const double error = method.step(derivative, dt, allowed, y, next);    // over allowed (1 + |y|): above 1 is too much
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace ansatz {

class DormandPrince {
 public:
  explicit DormandPrince(std::size_t size) : at_(size) {
    for (auto& k : k_) k.resize(size);
  }

  // derivative(y, dy).  Returns the largest |error_i| / (allowed (1 + |y_i|)).
  template <class Derivative>
  double step(const Derivative& derivative, double dt, double allowed, std::span<const double> y,
              std::span<double> next) {
    static constexpr std::array<std::array<double, 6>, 6> a{
        {{1.0 / 5},
         {3.0 / 40, 9.0 / 40},
         {44.0 / 45, -56.0 / 15, 32.0 / 9},
         {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
         {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
         {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}}};
    // Fifth order less fourth.
    static constexpr std::array<double, 7> e{71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                             -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
    derivative(y, std::span<double>{k_[0]});
    for (std::size_t stage = 0; stage < a.size(); ++stage) {
      for (std::size_t i = 0; i < y.size(); ++i) {
        double sum = 0;
        for (std::size_t s = 0; s <= stage; ++s) sum += a[stage][s] * k_[s][i];
        at_[i] = y[i] + dt * sum;
      }
      derivative(std::span<const double>{at_}, std::span<double>{k_[stage + 1]});
    }
    double worst = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      double error = 0;
      for (std::size_t s = 0; s < e.size(); ++s) error += e[s] * k_[s][i];
      next[i] = at_[i];
      const double share =
          std::abs(dt * error) / (allowed * (1 + std::max(std::abs(y[i]), std::abs(at_[i]))));
      if (!(share <= worst)) worst = share;  // NaN too
    }
    return worst;
  }

 private:
  std::vector<double> at_;
  std::array<std::vector<double>, 7> k_;
};

}  // namespace ansatz
