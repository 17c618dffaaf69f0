#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "core/compare.hpp"

using namespace ansatz::host;

namespace {

Array reals(const std::vector<double>& values) {
  Array array{ElementType::f64, {values.size()}};
  std::copy(values.begin(), values.end(), array.as<double>().begin());
  return array;
}

}  // namespace

TEST_CASE("neighbouring numbers are one ulp apart, everywhere on the line") {
  for (const double x : {0.0, 1.0, -1.0, 1e-310, 1e300, -2.0, 0.1}) {
    const double next = std::nextafter(x, std::numeric_limits<double>::infinity());
    CHECK(ulp_distance(x, next) == 1);
    CHECK(ulp_distance(next, x) == 1);
    CHECK(ulp_distance(x, x) == 0);
  }
  const float next = std::nextafter(1.0f, 2.0f);
  CHECK(ulp_distance(1.0f, next) == 1);
  CHECK(ulp_distance(0.0, -0.0) == 0);
  // Between 1 and 2 lie 2^52 steps.
  CHECK(ulp_distance(1.0, 2.0) == std::uint64_t{1} << 52);
  const double nan = std::nan("");
  CHECK(ulp_distance(nan, nan) == 0);
  CHECK(ulp_distance(nan, 1.0) == UINT64_MAX);
  // Counted step by step across zero.
  double x = -4 * std::numeric_limits<double>::denorm_min();
  for (std::uint64_t steps = 0; steps < 8; ++steps, x = std::nextafter(x, 1.0))
    CHECK(ulp_distance(-4 * std::numeric_limits<double>::denorm_min(), x) == steps);
}

TEST_CASE("arrays differ by their elements, types and shapes") {
  CHECK(compare(reals({1, 2, 3}), reals({1, 2, 3})).bitwise);
  const ArrayDifference d = compare(reals({1, 2, 4}), reals({1, 2.5, 3}));
  CHECK_FALSE(d.bitwise);
  CHECK(d.comparable);
  CHECK(d.differing == 2);
  CHECK(d.first == 1);
  CHECK(d.max_absolute == 1);
  CHECK(d.max_relative == 0.25);  // 1 of 4; 0.5 of 2.5 is less
  CHECK(d.max_ulp == std::max(ulp_distance(2.0, 2.5), ulp_distance(4.0, 3.0)));
  CHECK_FALSE(compare(reals({0.0}), reals({-0.0})).bitwise);
  CHECK(compare(reals({0.0}), reals({-0.0})).max_ulp == 0);
  CHECK_FALSE(compare(reals({1}), reals({1, 2})).comparable);
  CHECK_FALSE(compare(reals({1}), Array{ElementType::f32, {1}}).comparable);
  CHECK(compare(Array::texts({"a", "b"}), Array::texts({"a", "b"})).bitwise);
  CHECK(compare(Array::texts({"a", "b"}), Array::texts({"a", "c"})).differing == 1);
  CHECK(compare(Array::scalar(std::int64_t{-3}), Array::scalar(std::int64_t{4})).max_ulp == 7);
}
