// How many components stand out.
#include "call.hpp"

using namespace kpca;

namespace {
VerbResult selected(const Dense& x, const Settings& settings, const Settings& options,
                    std::uint64_t key = 3) {
  return run({"select", {{"x", array_of(x)}}, settings, nullptr, options, 1, key});
}
}  // namespace

TEST_CASE("parallel analysis keeps nothing of independent columns, at its level of 5 %") {
  int none = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Dense x = normal(24, 3, static_cast<unsigned>(1000 + seed));
    const VerbResult found =
        selected(x, {{"length", 2.0}, {"components", whole(2)}}, {{"draws", whole(39)}}, seed);
    none += ansatz::test::scalar(found, "components") == 0 ? 1 : 0;
  }
  CHECK(none >= 88);
}

TEST_CASE("parallel analysis finds the directions that columns share, and eigengap the drop after them") {
  Dense x = normal(60, 5, 31);
  for (std::size_t i = 0; i < 60; ++i) {
    for (std::size_t k = 1; k < 5; ++k) x(i, k) = (k < 3 ? x(i, 0) : -x(i, 0)) + 0.1 * x(i, k);
  }
  const VerbResult found =
      selected(x, {{"kernel", text("linear")}, {"components", whole(4)}}, {{"draws", whole(19)}});
  CHECK(ansatz::test::scalar(found, "components") == 1);
  const Vector observed = list(found, "observed");
  const Vector fitted = list(fit(x, {{"kernel", text("linear")}, {"components", whole(4)}}), "eigenvalues");
  CHECK(reference::relative_error(observed, fitted) < 1e-12);
  CHECK(list(found, "null")[0] < observed[0]);
  const VerbResult gap =
      selected(x, {{"kernel", text("linear")}, {"components", whole(4)}}, {{"criterion", text("eigengap")}});
  CHECK(ansatz::test::scalar(gap, "components") == 1);
  CHECK(list(gap, "excess")[0] == Approx(fitted[0] - fitted[1]).epsilon(1e-10));
}

TEST_CASE("of a grid of lengths the one with the largest excess is taken") {
  Dense x = normal(40, 3, 32);
  for (std::size_t i = 0; i < 40; ++i) x(i, 1) = x(i, 0) + 0.1 * x(i, 1), x(i, 2) = x(i, 0) - 0.1 * x(i, 2);
  const Vector lengths{1e-3, 1.0, 1e3};
  const VerbResult found =
      selected(x, {{"length", 1.0}, {"components", whole(3)}}, {{"draws", whole(9)}, {"lengths", lengths}});
  const Vector excess = list(found, "excess");
  REQUIRE(excess.size() == 3);
  CHECK(excess[1] == *std::max_element(excess.begin(), excess.end()));
  CHECK(ansatz::test::scalar(found, "best_length") == 1.0);
  CHECK(found.steps == 30);
}
