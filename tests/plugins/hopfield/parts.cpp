// The loops over bits on every set of instructions, and the mean-field equations.
#include <ansatz/num/bit_kernels.hpp>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "theory.hpp"

using namespace ansatz;
using namespace ansatz::hopfield;

TEST_CASE("hopfield: the loops over bits give the sums of their definitions on every set of instructions") {
  std::mt19937_64 engine{5};
  int sets = 0;
  for (const Instructions set : {Instructions::plain, Instructions::avx2, Instructions::avx512}) {
    const BitKernels* kernels = bit_kernels(set);
    if (kernels == nullptr) continue;
    ++sets;
    CAPTURE(kernels->name);
    for (const std::size_t words : {8U, 16U, 56U}) {
      std::vector<std::uint64_t> a(words), b(words);
      std::vector<std::int32_t> values(64 * words);
      for (auto& w : a) w = engine();
      for (auto& w : b) w = engine();
      for (auto& v : values) v = static_cast<std::int32_t>(engine() % 200001) - 100000;
      const auto bit = [](const std::vector<std::uint64_t>& bits, std::size_t j) {
        return (bits[j / 64] >> j % 64 & 1) != 0;
      };
      std::uint64_t apart = 0;
      std::int64_t sum = 0;
      std::vector<std::int32_t> moved = values;
      for (std::size_t j = 0; j < 64 * words; ++j) {
        apart += bit(a, j) != bit(b, j) ? 1 : 0;
        sum += bit(a, j) ? values[j] : 0;
        moved[j] += bit(a, j) ? -2 : 2;
      }
      CHECK(kernels->differing(a.data(), b.data(), words) == apart);
      std::vector<double> reals(values.size());
      std::array<double, 8> parts{};
      for (std::size_t j = 0; j < 64 * words; ++j) {
        reals[j] = 0.1 * values[j];
        parts[j % 8] += bit(a, j) ? reals[j] : 0;
      }
      double real_sum = 0;
      for (const double part : parts) real_sum += part;
      CHECK(kernels->masked_real_sum(a.data(), reals.data(), words) == real_sum);
      CHECK(kernels->masked_sum(a.data(), values.data(), words) == sum);
      kernels->add_signed(a.data(), -2, values.data(), words);
      CHECK(values == moved);
    }
  }
  CHECK(sets >= 1);
}

TEST_CASE("hopfield: the overlap at zero temperature satisfies its equation, on the branch of larger m") {
  const double root_pi = std::sqrt(std::acos(-1.0));
  for (const double load : {0.001, 0.02, 0.05, 0.1, 0.13, 0.1379}) {
    // m = erf(y), sqrt(2 load) = erf(y) / y - (2 / sqrt(pi)) exp(-y^2): y found again from m by bisection.
    const double m = zero_temperature_overlap(load);
    double low = 0, high = 6;
    for (int i = 0; i < 200; ++i) (std::erf(0.5 * (low + high)) < m ? low : high) = 0.5 * (low + high);
    const double y = 0.5 * (low + high);
    if (m < 1 - 1e-10)
      CHECK(std::erf(y) / y - 2 / root_pi * std::exp(-y * y) == Approx(std::sqrt(2 * load)).epsilon(1e-6));
    CHECK(m > 0.96);
  }
  CHECK(zero_temperature_overlap(0.139) == 0);
  CHECK(critical_load() == Approx(0.1379).margin(5e-5));
  // The largest load on a fine grid of y, by the equation itself.
  double most = 0;
  for (int k = 1; k < 400000; ++k) {
    const double y = 1e-5 * k;
    const double root = std::erf(y) / y - 2 / root_pi * std::exp(-y * y);
    most = std::max(most, root * root / 2);
  }
  CHECK(critical_load() == Approx(most).epsilon(1e-9));
}

TEST_CASE(
    "hopfield: the retrieval state at a temperature satisfies its three equations and tends to that at "
    "zero") {
  for (const double temperature : {0.1, 0.4}) {
    const double load = 0.05, b = 1 / temperature;
    const MeanField state = mean_field(load, temperature);
    double m = 0, q = 0;  // Simpson's rule
    const int points = 20000;
    for (int k = 0; k <= points; ++k) {
      const double z = -8 + 16.0 * k / points;
      const double weight = (k == 0 || k == points ? 1
                             : k % 2 == 1          ? 4
                                                   : 2) *
                            16.0 / points / 3 * std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0));
      const double t = std::tanh(b * (state.overlap + std::sqrt(load * state.r) * z));
      m += weight * t, q += weight * t * t;
    }
    CHECK(state.overlap == Approx(m).epsilon(1e-9));
    CHECK(state.q == Approx(q).epsilon(1e-9));
    CHECK(state.r == Approx(q / std::pow(1 - b * (1 - q), 2)).epsilon(1e-8));
    CHECK(state.overlap > 0.9);
  }
  CHECK(mean_field(0.08, 0.05).overlap == Approx(zero_temperature_overlap(0.08)).epsilon(2e-3));
  CHECK(margin_load(0) == Approx(2).epsilon(1e-14));  // Cover
}
