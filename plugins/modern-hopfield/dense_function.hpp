// The functions F of dense energies E(s) = -sum_mu F(xi_mu.s), as tables over the whole numbers that an overlap can be.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ansatz::modern_hopfield {

enum class DenseEnergy { quadratic, polynomial, rectified, exponential };
constexpr auto choices(DenseEnergy) {
  return std::array{"quadratic", "polynomial", "rectified", "exponential"};
}

// What follows from the overlaps m of one state with all patterns.  With sigma = xi_i s_i, turning neuron i round takes
// F(m) to F(m - 2 sigma):
//
//   E(turned) - E(s) = sum over sigma = 1 of `turn` + sum over all of `rest`,
//   turn(m) = F(m + 2) - F(m - 2)     rest(m) = F(m) - F(m + 2)
class DenseFunction {
 public:
  DenseFunction() = default;
  // x^power, or max(x, 0)^power; quadratic is x^2; exponential e^x.  For states of `neurons` and so many patterns.
  DenseFunction(DenseEnergy energy, std::int64_t power, std::uint64_t neurons, std::uint64_t patterns);

  // The tables hold F / 2^exponent(), which is 0 as long as energies are far from overflow.
  [[nodiscard]] int exponent() const { return exponent_; }
  // F is e^x: energies are -log sum e^m, and the tables hold e^-k, to be used at k = largest m - m.
  [[nodiscard]] bool logarithmic() const { return logarithmic_; }

  struct Turns {
    double rest = 0, value = 0;  // sums; `value` of F, logarithmic alone: else it has to be asked for
    std::int64_t largest = 0;    // overlap, logarithmic alone
  };
  // `turn` of every overlap, and what else turning a neuron depends on.
  Turns turns(const std::int32_t* overlaps, std::uint64_t count, double* turn) const;

  struct Sums {
    double value = 0, magnitude = 0;  // of F, and of |F|
  };
  // Not logarithmic.
  [[nodiscard]] Sums sums(const std::int32_t* overlaps, std::uint64_t count) const;

 private:
  bool logarithmic_ = false;
  int exponent_ = 0;
  std::int64_t neurons_ = 0;
  std::vector<double> value_, turn_, rest_;  // by m + neurons; logarithmic: value by largest - m alone
};

// F(x) itself, unscaled; for theory and messages.
[[nodiscard]] double dense_value(DenseEnergy energy, std::int64_t power, double x);

}  // namespace ansatz::modern_hopfield
