#include "ansatz/num/check.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "ansatz/num/error.hpp"

using namespace ansatz;

namespace {

const double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a failed check names function, argument and value") {
  CHECK_THROWS_WITH(check_positive("kernel-ridge.fit", "penalty", -1),
                    "kernel-ridge.fit: penalty must be positive, got -1");
  CHECK_THROWS_WITH(check_positive("f", "x", inf), "f: x must be finite, got inf");
  CHECK_THROWS_WITH(check_nonnegative("f", "x", -0.5), "f: x must be zero or positive, got -0.5");
  CHECK_THROWS_WITH(check_range("f", "x", 1.5, 0, 1), "f: x must be in [0, 1], got 1.5");
  CHECK_THROWS_WITH(check_between("f", "x", 1, 0, 1), "f: x must be strictly between 0 and 1, got 1");
  CHECK_THROWS_WITH(check_at_least("f", "k", 0, 1), "f: k must be at least 1, got 0");
  CHECK_THROWS_WITH(check_index("f", "row", 3, 3), "f: row must be an index into 3 elements, got 3");
  CHECK_THROWS_WITH(check_same("f", "rows of y", 5, "rows of x", 7),
                    "f: rows of y must equal rows of x: 5 and 7");
  CHECK_THROWS_WITH(check_nonempty("f", "x", 0), "f: x must be at least one element long, got none");
}

TEST_CASE("a value just outside a bound is printed with all its digits") {
  CHECK_THROWS_WITH(check_range("f", "x", 1.0000000000000002, 0, 1),
                    Catch::Contains("got 1.0000000000000002"));
}

TEST_CASE("the bounds themselves, NaN and infinities") {
  CHECK_NOTHROW(check_positive("f", "x", 5e-324));
  CHECK_THROWS_AS(check_positive("f", "x", 0), BadArgument);
  CHECK_NOTHROW(check_nonnegative("f", "x", 0));
  CHECK_NOTHROW(check_nonnegative("f", "x", -0.0));
  CHECK_NOTHROW(check_range("f", "x", 0, 0, 1));
  CHECK_NOTHROW(check_range("f", "x", 1, 0, 1));
  CHECK_NOTHROW(check_range("f", "x", inf, 0, inf));
  CHECK_THROWS_AS(check_between("f", "x", 0, 0, 1), BadArgument);
  CHECK_NOTHROW(check_between("f", "x", 0.5, 0, 1));
  CHECK_NOTHROW(check_at_least("f", "k", 1, 1));
  CHECK_NOTHROW(check_index("f", "i", 0, 1));
  CHECK_THROWS_AS(check_index("f", "i", -1, 1), BadArgument);
  CHECK_NOTHROW(check_same("f", "a", 2, "b", 2));
  CHECK_NOTHROW(check_nonempty("f", "x", 1));
  CHECK_THROWS_AS(check_positive("f", "x", nan_value), BadArgument);
  CHECK_THROWS_AS(check_nonnegative("f", "x", nan_value), BadArgument);
  CHECK_THROWS_AS(check_nonnegative("f", "x", inf), BadArgument);
  CHECK_THROWS_AS(check_range("f", "x", nan_value, 0, 1), BadArgument);
  CHECK_THROWS_AS(check_between("f", "x", nan_value, 0, 1), BadArgument);
  CHECK_THROWS_AS(check_finite("f", "x", nan_value), BadArgument);
  CHECK_THROWS_AS(check_finite("f", "x", -inf), BadArgument);
  CHECK_NOTHROW(check_finite("f", "x", 1e308));
}

TEST_CASE("shapes agree in rank and in each size that is given") {
  const std::vector<std::int64_t> shape = {3, 4};
  CHECK_NOTHROW(check_shape("f", "x", shape, {3, 4}));
  CHECK_NOTHROW(check_shape("f", "x", shape, {-1, 4}));
  CHECK_THROWS_WITH(check_shape("f", "x", shape, {-1, 5}), "f: x must be of shape (any, 5), got (3, 4)");
  CHECK_THROWS_AS(check_shape("f", "x", shape, {3}), BadArgument);
  CHECK_THROWS_AS(check_shape("f", "x", shape, {3, 4, 1}), BadArgument);
  CHECK_NOTHROW(check_shape("f", "x", {}, {}));
}

TEMPLATE_TEST_CASE("the first value that is not finite is named", "", double, float) {
  using Limits = std::numeric_limits<TestType>;
  std::vector<TestType> x(100, Limits::max());
  CHECK_NOTHROW(check_finite("f", "x", x));
  CHECK_NOTHROW(check_finite("f", "x", std::vector<TestType>{}));
  for (const std::size_t i : {99, 57, 0}) {
    x[i] = i % 2 == 0 ? Limits::quiet_NaN() : -Limits::infinity();
    CHECK_THROWS_AS(check_finite("f", "x", x), NumericalError);
    CHECK_THROWS_WITH(check_finite("f", "x", x), Catch::EndsWith("at index " + std::to_string(i)));
  }
}
