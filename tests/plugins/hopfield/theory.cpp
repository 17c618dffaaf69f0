// Closed forms and mean-field equations against their definitions, limits, counts and draws.
#include "theory.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "mean_field.hpp"

using namespace ansatz::hopfield;

namespace {

const double pi = std::acos(-1.0);

// Means of t and t^2, t = tanh b(m + width z), over a normal z, by Simpson's rule.
std::pair<double, double> means(double b, double m, double width) {
  double first = 0, second = 0;
  const int points = 20000;
  for (int k = 0; k <= points; ++k) {
    const double z = -9 + 18.0 * k / points;
    const double share = k == 0 || k == points ? 1 : 2 + 2 * (k % 2);
    const double weight = share * 18.0 / points / 3 * std::exp(-z * z / 2) / std::sqrt(2 * pi);
    const double t = std::tanh(b * (m + width * z));
    first += weight * t, second += weight * t * t;
  }
  return {first, second};
}

}  // namespace

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

TEST_CASE("hopfield: states at a temperature satisfy their three equations") {
  for (const double temperature : {0.05, 0.1, 0.4, 0.7}) {
    for (const double load : {0.002, 0.02, 0.05}) {
      CAPTURE(temperature, load);
      const double b = 1 / temperature;
      for (const MeanField& state : {retrieval_state(load, temperature), glass_state(load, temperature)}) {
        if (state.q == 0) continue;
        const auto [m, q] = means(b, state.overlap, std::sqrt(load * state.r));
        CHECK(state.overlap == Approx(m).margin(1e-11));
        CHECK(state.q == Approx(q).margin(1e-11));
        CHECK(state.r == Approx(q / std::pow(1 - b * (1 - q), 2)).epsilon(1e-9));
        CHECK(1 - b * (1 - q) > 0);
      }
    }
  }
  CHECK(retrieval_state(0.05, 0.1).overlap > 0.9);
  // At temperature 0 with width = sqrt(load r): m = erf(m / (sqrt(2) width)), width = sqrt(load) + sqrt(2/pi) exp(-m^2 /
  // (2 width^2)); and the states at low temperatures tend to those at 0.
  for (const double load : {0.02, 0.08, 0.13}) {
    for (const MeanField& state : {retrieval_state(load, 0), glass_state(load, 0)}) {
      const double width = std::sqrt(load * state.r), m = state.overlap;
      CHECK(m == Approx(std::erf(m / std::sqrt(2.0) / width)).margin(1e-12));
      CHECK(width == Approx(std::sqrt(load) + std::sqrt(2 / pi) * std::exp(-m * m / (2 * width * width))));
      CHECK(state.q == 1);
    }
    CHECK(retrieval_state(load, 0.02).overlap == Approx(retrieval_state(load, 0).overlap).margin(1e-3));
    CHECK(glass_state(load, 0.02).r == Approx(glass_state(load, 0).r).epsilon(0.05));
  }
}

TEST_CASE("hopfield: the lines of the phase diagram bound where iterating the equations keeps a state") {
  // From m = 1 (or from q = 1 with m = 0) the three equations put in turn, damped.
  const auto kept = [](double load, double temperature, double m) {
    double q = 1, r = 1;
    for (int i = 0; i < 400; ++i) {
      const auto [next_m, next_q] = means(1 / temperature, m, std::sqrt(load * r));
      const double stiff = 1 - (1 - next_q) / temperature;
      m = next_m, q = next_q;
      r = 0.5 * (r + std::min(q / (stiff * stiff), 1e6));
    }
    return std::pair{m, q};
  };
  const double load = 0.05, end = spinodal(load);
  CHECK(kept(load, end - 0.01, 1).first > 0.5);
  CHECK(kept(load, end + 0.01, 1).first < 0.01);
  CHECK(retrieval_state(load, end - 1e-3).overlap > 0.5);
  CHECK(retrieval_state(load, end + 1e-3).overlap == 0);
  const double glass = glass_temperature(load);
  CHECK(glass_state(load, glass - 0.02).q > 1e-3);
  CHECK(glass_state(load, glass + 1e-6).q == 0);
  CHECK(kept(load, glass - 0.05, 0).second > 1e-2);
  CHECK(kept(load, glass + 0.05, 0).second < 1e-3);
  // Near load 0 the spinodal leaves 1 as 1.95 sqrt(load) (Amit, Gutfreund, Sompolinsky 1987), and it ends where the
  // overlap at temperature 0 does.
  CHECK((1 - spinodal(1e-4)) / std::sqrt(1e-4) == Approx(1.95).epsilon(0.03));
  CHECK(spinodal(0.14) == 0);
  CHECK(spinodal(0.137) < 0.1);
}

TEST_CASE("hopfield: the first step's law sums to the binomial distribution and tends to a normal one") {
  // Counted for all signs of M = (p - 1)(n - 1) = 12.
  for (const auto& [n, p] : {std::pair{5U, 4U}, std::pair{4U, 5U}}) {
    const unsigned trials = (p - 1) * (n - 1);
    double flips = 0, ties = 0;
    for (unsigned signs = 0; signs < 1U << trials; ++signs) {
      const int sum = 2 * __builtin_popcount(signs) - static_cast<int>(trials);
      const int against = -static_cast<int>(n - 1);
      flips += sum < against ? std::pow(0.5, trials) : 0;
      ties += sum == against ? std::pow(0.5, trials) : 0;
    }
    CHECK(first_step(n, p).flips == Approx(flips).epsilon(1e-10));
    CHECK(first_step(n, p).ties == Approx(ties).margin(1e-14));
  }
  CHECK(first_step(100, 1).flips == 0);
  for (const double load : {0.1, 0.5}) {
    const auto n = std::uint64_t{40000};
    const Flip far = first_step(n, static_cast<std::uint64_t>(load * static_cast<double>(n)));
    CHECK(far.flips == Approx(0.5 * std::erfc(1 / std::sqrt(2 * load))).epsilon(2e-3));
  }
}

TEST_CASE("hopfield: Cover's share is the recursion of dichotomies over 2^p") {
  // C(p + 1, m) = C(p, m) + C(p, m - 1), C(1, m) = 2, C(p, 0) = 0.
  const std::size_t most = 40;
  std::vector<std::vector<double>> count(most + 1, std::vector<double>(most + 1));
  for (std::size_t m = 1; m <= most; ++m) count[1][m] = 2;
  for (std::size_t p = 1; p < most; ++p) {
    for (std::size_t m = 1; m <= most; ++m) count[p + 1][m] = count[p][m] + count[p][m - 1];
  }
  for (std::size_t p = 1; p <= most; ++p) {
    for (std::size_t m = 1; m <= most; ++m) {
      REQUIRE(separable_share(p, m) == Approx(count[p][m] * std::pow(0.5, p)).epsilon(1e-10));
    }
  }
  CHECK(separable_share(400, 200) == Approx(0.5).epsilon(1e-10));
}

TEST_CASE("hopfield: normal symmetric weights have as many minima as the formula says") {
  for (const std::size_t n : {5U, 8U}) {
    std::mt19937_64 engine{n};
    std::normal_distribution<double> normal;
    const int draws = 3000;
    double sum = 0, square = 0;
    for (int d = 0; d < draws; ++d) {
      std::vector<double> w(n * n);
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < i; ++j) w[i * n + j] = w[j * n + i] = normal(engine);
      }
      double count = 0;
      for (std::size_t state = 0; state < std::size_t{1} << n; ++state) {
        bool stable = true;
        for (std::size_t i = 0; i < n && stable; ++i) {
          double h = 0;
          for (std::size_t j = 0; j < n; ++j) h += w[i * n + j] * ((state >> j & 1) != 0 ? 1 : -1);
          stable = h * ((state >> i & 1) != 0 ? 1 : -1) >= 0;
        }
        count += stable ? 1 : 0;
      }
      sum += count, square += count * count;
    }
    const double mean = sum / draws, error = std::sqrt((square / draws - mean * mean) / draws);
    CHECK(std::abs(mean - std::exp(log_minima(n))) < 3 * error);
  }
  // Tanaka and Edwards' rate of growth, 0.1992.
  CHECK((log_minima(100000) - log_minima(50000)) / 50000 == Approx(0.1992).epsilon(1e-3));
}
