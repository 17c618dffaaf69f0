// Friedman's three regression problems: functions of Friedman 1991, "Multivariate adaptive regression
// splines" (the circuits are its simulated alternating-current examples); noise of 2 and 3 as in Breiman
// 1996, "Bagging predictors".
#include <cmath>
#include <numbers>

#include "generate.hpp"
#include "row_blocks.hpp"

namespace ansatz::prepare {
namespace {

using std::numbers::pi;

struct Interval {
  double low, high;
};

// Rows uniform in the intervals, y = truth + noise.
template <class Truth>
void regression(Session& session, std::int64_t count, const std::vector<Interval>& columns, double noise,
                const Truth& function) {
  const auto rows = static_cast<std::uint64_t>(count);
  auto x = session.out<double>("x", {rows, columns.size()});
  auto y = session.out<double>("y", {rows}), truth = session.out<double>("truth", {rows});
  for_each_row(session, "rows", rows, columns.size() + 1, [&](Eigen::Index i, Rng& rng) {
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      const Interval& interval = columns[static_cast<std::size_t>(j)];
      x(i, j) = rng.uniform(interval.low, interval.high);
    }
    truth(i, 0) = function(&x(i, 0));
    y(i, 0) = truth(i, 0) + noise * rng.normal();
  });
}

// Resistance (ohm), angular frequency (radian a second), inductance (henry), capacity (the paper's C).
const std::vector<Interval> circuit{{0, 100}, {40 * pi, 560 * pi}, {0, 1}, {1, 11}};

double reactance(const double* x) { return x[1] * x[2] - 1 / (x[1] * x[3]); }

}  // namespace

void Generate::friedman1(Session& session, const Friedman1Options& options) {
  const std::vector<Interval> cube(static_cast<std::size_t>(options.d), Interval{0, 1});
  regression(session, options.count, cube, options.noise, [](const double* x) {
    return 10 * std::sin(pi * x[0] * x[1]) + 20 * (x[2] - 0.5) * (x[2] - 0.5) + 10 * x[3] + 5 * x[4];
  });
}

void Generate::friedman2(Session& session, const Friedman2Options& options) {
  regression(session, options.count, circuit, options.noise,
             [](const double* x) { return std::hypot(x[0], reactance(x)); });
}

void Generate::friedman3(Session& session, const Friedman3Options& options) {
  // atan2 is the same for x1 > 0 and has the limit pi/2 at x1 = 0.
  regression(session, options.count, circuit, options.noise,
             [](const double* x) { return std::atan2(reactance(x), x[0]); });
}

}  // namespace ansatz::prepare
