#include <catch2/catch.hpp>
#include <cmath>

#include "plugins/plugin_call.hpp"

using namespace ansatz::test;
using Catch::Contains;

namespace {

const Plugin& measure() {
  static const Plugin plugin{MEASURE_PLUGIN};
  return plugin;
}

VerbResult regression(const Inputs& inputs, unsigned threads = 1) {
  return measure().run("measure", "regression", inputs, {}, {.threads = threads});
}

void refused(const VerbResult& result, std::int32_t status, const std::string& text) {
  CHECK(result.status == status);
  CHECK_THAT(result.text, Contains(text));
}

}  // namespace

TEST_CASE("regression: a case by hand") {
  // Errors 1, -1, 2, 0: squares sum to 6, absolutes to 4; truth has mean 3, squared deviations 9 + 1 + 1 + 9.
  const VerbResult result =
      regression({{"truth", reals({4}, {0, 2, 4, 6})}, {"estimate", reals({4}, {1, 1, 6, 6})}});
  REQUIRE(result.status == ANSATZ_DONE);
  CHECK(scalar(result, "rmse") == std::sqrt(6.0 / 4));
  CHECK(scalar(result, "mae") == 1);
  CHECK(scalar(result, "r2") == 1 - 6.0 / 20);
}

TEST_CASE("regression: several targets by their formulas in long double, threads change nothing") {
  const std::uint64_t n = 1000, m = 3;
  const Array truth = reals({n, m}, random_reals(n * m, 1, 5, 9)),
              estimate = reals({n, m}, random_reals(n * m, 2, 5, 9)),
              weight = reals({n}, random_reals(n, 3, 0, 2));
  const VerbResult result = regression({{"truth", truth}, {"estimate", estimate}, {"weight", weight}});
  REQUIRE(result.status == ANSATZ_DONE);
  long double total = 0, squares_all = 0, absolutes_all = 0, r2_all = 0;
  for (std::uint64_t i = 0; i < n; ++i) total += weight.number(i);
  for (std::uint64_t j = 0; j < m; ++j) {
    long double mean = 0, squares = 0, absolutes = 0, spread = 0;
    for (std::uint64_t i = 0; i < n; ++i) mean += weight.number(i) * truth.number(i * m + j) / total;
    for (std::uint64_t i = 0; i < n; ++i) {
      const long double w = weight.number(i), y = truth.number(i * m + j), e = estimate.number(i * m + j) - y;
      squares += w * e * e, absolutes += w * std::abs(e), spread += w * (y - mean) * (y - mean);
    }
    const auto close = [&](const char* port, long double expected) {
      CHECK(result.outputs.array(port).number(j) == Approx(static_cast<double>(expected)).epsilon(1e-13));
    };
    close("target_rmse", std::sqrt(squares / total));
    close("target_mae", absolutes / total);
    close("target_r2", 1 - squares / spread);
    squares_all += squares / total / m, absolutes_all += absolutes / total / m,
        r2_all += (1 - squares / spread) / m;
  }
  CHECK(scalar(result, "rmse") == Approx(static_cast<double>(std::sqrt(squares_all))).epsilon(1e-13));
  CHECK(scalar(result, "mae") == Approx(static_cast<double>(absolutes_all)).epsilon(1e-13));
  CHECK(scalar(result, "r2") == Approx(static_cast<double>(r2_all)).epsilon(1e-13));
  CHECK(same_bytes(result, regression({{"truth", truth}, {"estimate", estimate}, {"weight", weight}}, 4)));
}

TEST_CASE("regression: weight 2 is the row twice, weight 0 no row; the mean as estimate has r2 0") {
  const VerbResult repeated =
      regression({{"truth", reals({3}, {1, 1, 5})}, {"estimate", reals({3}, {2, 2, 3})}});
  const auto check = [&](std::vector<double> truth, std::vector<double> estimate,
                         std::vector<double> weight) {
    const VerbResult weighted = regression(
        {{"truth", reals({3}, truth)}, {"estimate", reals({3}, estimate)}, {"weight", reals({3}, weight)}});
    for (const char* port : {"rmse", "mae", "r2"}) {
      CHECK(scalar(weighted, port) == Approx(scalar(repeated, port)).epsilon(1e-15));
    }
  };
  check({1, 5, 100}, {2, 3, 0}, {2, 1, 0});
  check({100, 1, 5}, {0, 2, 3}, {0, 2, 1});
  // What has no weight does not vary either: r2 of a constant that is missed is 0.
  CHECK(scalar(regression({{"truth", reals({3}, {5, 1, 1})},
                           {"estimate", reals({3}, {0, 1, 2})},
                           {"weight", reals({3}, {0, 1, 1})}}),
               "r2") == 0);
  CHECK(scalar(regression({{"truth", reals({3}, {1, 2, 6})}, {"estimate", reals({3}, {3, 3, 3})}}), "r2") ==
        0);
}

TEST_CASE("regression: digits survive a large common offset") {
  // Errors of 1 at 1e9: the sum of squares around the mean must not come from sums of squares of 1e18.
  std::vector<double> truth, estimate;
  for (int i = 0; i < 1000; ++i) truth.push_back(1e9 + i % 2 * 8), estimate.push_back(truth.back() + 1);
  const VerbResult result =
      regression({{"truth", reals({1000}, truth)}, {"estimate", reals({1000}, estimate)}});
  CHECK(scalar(result, "rmse") == 1);
  CHECK(scalar(result, "r2") == 1 - 1.0 / 16);
}

TEST_CASE("regression: a constant truth, one row, and other element types are defined") {
  const Array one = reals({1}, {3});
  CHECK(scalar(regression({{"truth", one}, {"estimate", one}}), "r2") == 1);
  const VerbResult off = regression({{"truth", one}, {"estimate", reals({1}, {5})}});
  CHECK(scalar(off, "r2") == 0);
  CHECK(scalar(off, "rmse") == 2);
  REQUIRE(off.log.size() == 1);
  CHECK_THAT(off.log[0], Contains("r2 of a constant truth is 1 if met exactly and 0 otherwise; target 0"));
  // Integers and f32, a column against a list.
  CHECK(scalar(regression({{"truth", labels({1, 2})}, {"estimate", array_of<float>({2, 1}, {1, 4})}}),
               "mae") == 1);
}

TEST_CASE("regression: bad input") {
  const Array two = reals({2}, {1, 2});
  refused(regression({{"truth", two}, {"estimate", reals({3}, {1, 2, 3})}}), ANSATZ_BAD_ARGUMENT,
          "'estimate' has n = 3, but 'truth' has n = 2");
  refused(regression({{"truth", two}, {"estimate", reals({2, 2}, {1, 2, 3, 4})}}), ANSATZ_BAD_ARGUMENT,
          "'truth' has 1 targets, but 'estimate' has 2");
  refused(regression({{"truth", reals({0}, {})}, {"estimate", reals({0}, {})}}), ANSATZ_BAD_ARGUMENT,
          "'truth' is empty");
  refused(regression({{"truth", two}, {"estimate", two}, {"weight", reals({2}, {1, -1})}}),
          ANSATZ_BAD_ARGUMENT, "'weight' is -1.000000 in row 1");
  refused(regression({{"truth", two}, {"estimate", two}, {"weight", reals({2}, {0, 0})}}),
          ANSATZ_BAD_ARGUMENT, "all elements of 'weight' are 0");
  refused(regression({{"truth", two}, {"estimate", reals({2}, {1, std::nan("")})}}), ANSATZ_NUMERICAL,
          "input 'estimate' is NaN at index [1]");
}
