#include "ansatz/num/gradient_check.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace ansatz;
using Values = std::span<const double>;

namespace {

double smooth(Values x) {
  double result = 0;
  for (std::size_t i = 0; i < x.size(); ++i) result += std::sin(x[i]) * static_cast<double>(i + 1);
  return result;
}
std::vector<double> smooth_gradient(Values x) {
  std::vector<double> g;
  for (std::size_t i = 0; i < x.size(); ++i) g.push_back(std::cos(x[i]) * static_cast<double>(i + 1));
  return g;
}

}  // namespace

TEST_CASE("a right gradient passes") {
  for (const std::vector<double>& x : {std::vector<double>{0.3}, {0.1, -2, 1.5, 0}, {3, -4}}) {
    // h^4 f'''''/30 + rounding eps |f| / h, relative to gradients of order one, with room.
    CHECK(check_gradient(smooth, smooth_gradient, x).error < 1e-8);
  }
}

TEST_CASE("an empty argument has an empty gradient") {
  const GradientCheck check = check_gradient(smooth, smooth_gradient, {});
  CHECK(check.error == 0);
  const auto one = [](Values) { return std::vector<double>{1}; };
  CHECK_THROWS_AS(check_gradient(smooth, one, {}), BadArgument);
}

TEST_CASE("one wrong element is found and named") {
  const std::vector<double> x = {0.1, -2, 1.5, 0};
  for (std::size_t wrong = 0; wrong < x.size(); ++wrong) {
    const auto gradient = [&](Values v) {
      auto g = smooth_gradient(v);
      g[wrong] *= 1.001;
      return g;
    };
    const GradientCheck check = check_gradient(smooth, gradient, x);
    CHECK(check.index == wrong);
    CHECK(check.error == Approx(0.001 / 1.001).epsilon(1e-3));  // relative to the larger of both
    CHECK(check.given == gradient(x)[wrong]);
    CHECK(check.text().find("element " + std::to_string(wrong)) == 0);
  }
}

TEST_CASE("a factor, a sign, a missing term and NaN are all errors") {
  const std::vector<double> x = {0.7, 2};
  const auto with = [&](double factor, double shift) {
    return check_gradient(
               smooth,
               [=](Values v) {
                 auto g = smooth_gradient(v);
                 for (double& d : g) d = factor * d + shift;
                 return g;
               },
               x)
        .error;
  };
  CHECK(with(2, 0) == Approx(0.5));
  CHECK(with(-1, 0) == Approx(2));
  CHECK(with(0, 0) == Approx(1));
  CHECK(with(1, 1e-3) > 1e-4);
  CHECK(std::isinf(with(std::nan(""), 0)));
}

TEST_CASE("the scale is that of the gradient") {
  // An element that is truly 0 beside large ones must not fail for the rounding of f.
  const auto f = [](Values x) { return 1e6 * x[0] * x[0] + 0 * x[1]; };
  const auto g = [](Values x) { return std::vector<double>{2e6 * x[0], 0}; };
  CHECK(check_gradient(f, g, std::vector<double>{1.3, 4}).error < 1e-8);
  // Nor does the unit of f matter.
  for (const double unit : {1e-200, 1e200}) {
    const auto scaled = [&](Values x) { return unit * smooth(x); };
    const auto gradient = [&](Values x) {
      auto v = smooth_gradient(x);
      for (double& d : v) d *= unit;
      return v;
    };
    CHECK(check_gradient(scaled, gradient, std::vector<double>{0.4, 1}).error < 1e-8);
  }
}
