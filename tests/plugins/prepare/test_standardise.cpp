#include <catch2/catch.hpp>
#include <cmath>

#include "plugins/plugin_call.hpp"

using namespace ansatz::test;
using Catch::Contains;

namespace {

const Plugin& prepare() {
  static const Plugin plugin{PREPARE_PLUGIN};
  return plugin;
}

VerbResult fit(const Array& x, const Settings& settings = {}, unsigned threads = 1) {
  return prepare().run("standardise", "fit", {{"x", x}}, {},
                       {.threads = threads, .model_settings = settings});
}

VerbResult apply(const std::string& verb, const Array& x, const ansatz::host::Tree& state) {
  return prepare().run("standardise", verb, {{"x", x}}, {}, {.state = &state});
}

void refused(const VerbResult& result, std::int32_t status, const std::string& text) {
  CHECK(result.status == status);
  CHECK_THAT(result.text, Contains(text));
}

// Mean and variance of one column by their formulas, in long double.
struct Moments {
  double mean, variance;
};
Moments moments(const Array& x, std::uint64_t column, int ddof) {
  const std::uint64_t n = x.shape[0], d = x.shape[1];
  long double sum = 0, squares = 0;
  for (std::uint64_t i = 0; i < n; ++i) sum += x.number(i * d + column);
  const long double mean = sum / static_cast<long double>(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    squares += (x.number(i * d + column) - mean) * (x.number(i * d + column) - mean);
  }
  return {static_cast<double>(mean), static_cast<double>(squares / static_cast<long double>(n - ddof))};
}

}  // namespace

TEST_CASE("standardise: mean and scale by their formulas, also over many blocks and far from zero") {
  // 200000 rows are several blocks of reading; the offset of 1e8 leaves no digit to a sum of squares.
  const std::uint64_t n = 200000;
  std::vector<double> values = random_reals(n * 3, 1);
  for (std::size_t i = 0; i < values.size(); i += 3) values[i] += 1e8;
  const Array x = reals({n, 3}, values);
  for (const int ddof : {0, 1}) {
    const VerbResult fitted = fit(x, {{"ddof", std::int64_t{ddof}}});
    REQUIRE(fitted.status == ANSATZ_DONE);
    for (std::uint64_t j = 0; j < 3; ++j) {
      const Moments expected = moments(x, j, ddof);
      const double mean = fitted.outputs.array("mean").number(j),
                   scale = fitted.outputs.array("scale").number(j);
      // Rounding of the data's own size for the mean; the spread is relative to itself.
      CHECK(std::abs(mean - expected.mean) <= 1e-14 * (1 + std::abs(expected.mean)));
      CHECK(std::abs(scale * scale / expected.variance - 1) < 1e-12);
    }
  }
  // 0 and 1 in turn: mean 1/2, variance 1/4 and 1/4 n / (n - 1).
  const Array alternate = reals({4, 1}, {0, 1, 0, 1});
  CHECK(scalar(fit(alternate), "scale") == 0.5);
  CHECK(scalar(fit(alternate, {{"ddof", std::int64_t{1}}}), "scale") ==
        Approx(std::sqrt(1.0 / 3)).epsilon(1e-15));
}

TEST_CASE("standardise: transformed columns have mean 0 and variance 1, and inverse takes them back") {
  const Array x = reals({500, 4}, random_reals(2000, 2, -30, 70));
  const VerbResult fitted = fit(x);
  const VerbResult z = apply("transform", x, fitted.state);
  REQUIRE(z.status == ANSATZ_DONE);
  for (std::uint64_t j = 0; j < 4; ++j) {
    const Moments m = moments(z.outputs.array("x"), j, 0);
    CHECK(std::abs(m.mean) < 1e-13);
    CHECK(m.variance == Approx(1).epsilon(1e-13));
  }
  const auto back = values_of<double>(apply("inverse", z.outputs.array("x"), fitted.state), "x");
  for (std::size_t i = 0; i < back.size(); ++i) CHECK(std::abs(back[i] - x.number(i)) < 1e-13 * 70);
}

TEST_CASE("standardise: every number type gives the same as its values in f64") {
  const std::vector<double> values{1, 5, 2, 7, 0, 3};
  const Array x = reals({3, 2}, values);
  const VerbResult expected = fit(x);
  const auto check = [&](const Array& stored) {
    const VerbResult fitted = fit(stored);
    REQUIRE(fitted.status == ANSATZ_DONE);
    CHECK(same_bytes(fitted, expected));
    CHECK(same_bytes(apply("transform", stored, fitted.state), apply("transform", x, fitted.state)));
  };
  check(array_of<std::uint8_t>({3, 2}, {1, 5, 2, 7, 0, 3}));
  check(array_of<std::int32_t>({3, 2}, {1, 5, 2, 7, 0, 3}));
  check(array_of<std::int64_t>({3, 2}, {1, 5, 2, 7, 0, 3}));
  check(array_of<float>({3, 2}, {1, 5, 2, 7, 0, 3}));
}

TEST_CASE("standardise: centre and scale can be left out") {
  const Array x = reals({4, 1}, {1, 2, 3, 6});  // mean 3, variance 14/4
  const VerbResult only_centre = fit(x, {{"scale", false}});
  CHECK(values_of<double>(apply("transform", x, only_centre.state), "x") ==
        std::vector<double>{-2, -1, 0, 3});
  const VerbResult only_scale = fit(x, {{"centre", false}});
  const auto z = values_of<double>(apply("transform", x, only_scale.state), "x");
  for (std::size_t i = 0; i < 4; ++i) CHECK(z[i] == Approx(x.number(i) / std::sqrt(3.5)).epsilon(1e-15));
}

TEST_CASE("standardise: a constant column keeps scale 1, is exactly centred, and is warned of") {
  // 0.1 has no exact sum: a variance computed from sums would be tiny, not zero.
  const Array x = reals({3, 2}, {0.1, 1, 0.1, 2, 0.1, 3});
  const VerbResult fitted = fit(x);
  REQUIRE(fitted.status == ANSATZ_DONE);
  CHECK(fitted.outputs.array("scale").number(0) == 1);
  CHECK(fitted.outputs.array("mean").number(0) == 0.1);
  REQUIRE(fitted.log.size() == 1);
  CHECK_THAT(fitted.log[0], Contains("warning: ") && Contains("1 column is constant") && Contains(": 0"));
  CHECK(apply("transform", x, fitted.state).outputs.array("x").number(0) == 0);
  // One row is constant in every column.
  const VerbResult single = fit(reals({1, 2}, {4, 5}));
  CHECK(single.status == ANSATZ_DONE);
  CHECK(values_of<double>(single, "mean") == std::vector<double>{4, 5});
  CHECK(values_of<double>(single, "scale") == std::vector<double>{1, 1});
}

TEST_CASE("standardise: threads change nothing") {
  const Array x = reals({3000, 7}, random_reals(21000, 5));
  const VerbResult one = fit(x);
  CHECK(same_bytes(one, fit(x, {}, 2)));
  CHECK(same_bytes(one, fit(x, {}, 4)));
}

TEST_CASE("standardise: bad input") {
  const Array x = reals({2, 2}, {1, 2, 3, 4});
  refused(fit(reals({0, 2}, {})), ANSATZ_BAD_ARGUMENT, "x has 0 rows, but ddof = 0 needs at least 1");
  refused(fit(reals({1, 2}, {1, 2}), {{"ddof", std::int64_t{1}}}), ANSATZ_BAD_ARGUMENT,
          "x has 1 row, but ddof = 1 needs at least 2");
  refused(fit(reals({2, 1}, {-1e300, 1e300})), ANSATZ_NUMERICAL,
          "the variance of column 0 of x, from -1e+300 to 1e+300,");
  refused(fit(reals({2, 1}, {1, std::nan("")})), ANSATZ_NUMERICAL, "input 'x' is NaN at index [1, 0]");
  const VerbResult fitted = fit(x);
  refused(apply("transform", reals({1, 3}, {1, 2, 3}), fitted.state), ANSATZ_BAD_ARGUMENT,
          "standardise.transform: x has 3 columns, but the model was fitted to 2");
  refused(apply("inverse", reals({1, 1}, {1}), fitted.state), ANSATZ_BAD_ARGUMENT,
          "standardise.inverse: x has 1 columns, but the model was fitted to 2");
  refused(prepare().run("standardise", "transform", {{"x", x}}), ANSATZ_BAD_STATE,
          "'transform' needs a model");
}
