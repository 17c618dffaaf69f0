// The points of a sweep against loops that say what they should be; and frozen pipelines read back.
#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "fakes.hpp"

namespace ansatz::host {
namespace {

const std::string two_steps =
    "  fit: {do: ridge.fit, in: {x: digits.images, y: digits.labels}}\n"
    "  guess: {do: ridge.predict, model: fit, in: {x: digits.images}}\n";

Pipeline swept(const std::string& sweep, const std::string& seed = "seed: 7\n") {
  const std::string text = with_steps(two_steps) + seed + "sweep: " + sweep + "\n";
  Checked checked = check(text, {});
  INFO(checked.diagnostics.render("p.yaml", text, false));
  REQUIRE(checked.pipeline);
  return std::move(*checked.pipeline);
}

double real(const Value& value) { return std::get<double>(value); }

const Step& fit_of(const Pipeline& pipeline) { return pipeline.steps.at(0); }

}  // namespace

TEST_CASE("a grid is every combination, its last key and then the seeds fastest") {
  const Pipeline pipeline = swept(
      "{grid: {fit.penalty: [1, 2, 3], fit.kernel: [gaussian, linear], guess.block: [4, 8]}, seeds: 2}");
  REQUIRE(pipeline.points.size() == 3 * 2 * 2 * 2);
  std::size_t at = 0;
  for (const double penalty : {1.0, 2.0, 3.0}) {
    for (const std::string kernel : {"gaussian", "linear"}) {
      for (const std::int64_t block : {4, 8}) {
        for (const std::int64_t seed : {7, 8}) {
          const Point& point = pipeline.points[at++];
          CHECK(point.values == std::vector<Value>{penalty, kernel, block});
          CHECK(point.seed == seed);
        }
      }
    }
  }
  CHECK(pipeline.swept[0].name() == "fit.penalty");
  CHECK(pipeline.swept[0].of_model);
  CHECK_FALSE(pipeline.swept[2].of_model);
  // The steps themselves have the first point's values.
  CHECK(fit_of(pipeline).model_settings.at("penalty") == Value{1.0});
}

TEST_CASE("a zip goes side by side, a list as it stands, and blocks multiply") {
  const Pipeline zip =
      swept("{zip: {fit.penalty: [1, 2], fit.mixture: [0.25, 0.75]}, grid: {guess.block: [4, 8]}}");
  REQUIRE(zip.points.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    // grid before zip: the zip is faster
    CHECK(zip.points[i].values ==
          std::vector<Value>{std::int64_t{i < 2 ? 4 : 8}, i % 2 == 0 ? 1.0 : 2.0, i % 2 == 0 ? 0.25 : 0.75});
  }
  const Pipeline list = swept("{list: [{fit.penalty: 5}, {fit.penalty: 0.5}], seeds: [11, -2]}");
  REQUIRE(list.points.size() == 4);
  CHECK(real(list.points[2].values[0]) == 0.5);
  CHECK(list.points[3].seed == -2);
}

TEST_CASE("linspace and logspace hit their ends and are evenly spaced") {
  const Pipeline pipeline = swept("{grid: {fit.penalty: {logspace: [1.0e-4, 10, 11]}}}");
  REQUIRE(pipeline.points.size() == 11);
  for (int i = 0; i < 11; ++i)
    CHECK(real(pipeline.points[i].values[0]) == Approx(std::pow(10, -4 + 0.5 * i)).epsilon(1e-11));
  CHECK(real(pipeline.points[0].values[0]) == 1e-4);
  CHECK(real(pipeline.points[10].values[0]) == 10);
  CHECK(real(pipeline.points[2].values[0]) == 1e-3);  // as people write it, not 0.0010000000000000002
  const Pipeline linear = swept("{grid: {guess.block: {linspace: [1, 9, 5]}}}");
  for (int i = 0; i < 5; ++i) CHECK(linear.points[i].values[0] == Value{std::int64_t{1 + 2 * i}});
}

TEST_CASE("random draws stay in range, repeat with the seed, and stay the same beside others") {
  const std::string one = "fit.penalty: {log_uniform: [1.0e-6, 1.0]}",
                    other = "fit.kernel: {choice: [gaussian, linear]}";
  const Pipeline a = swept("{random: {draws: 400, " + one + ", " + other + "}}");
  const Pipeline b = swept("{random: {draws: 400, " + one + "}}");
  const Pipeline c = swept("{random: {draws: 400, " + one + "}}", "seed: 8\n");
  double below = 0, gaussian = 0;
  std::set<double> distinct;
  for (std::size_t i = 0; i < 400; ++i) {
    const double value = real(a.points[i].values[0]);
    CHECK((value >= 1e-6 && value <= 1));
    CHECK(value == real(b.points[i].values[0]));
    distinct.insert(value), distinct.insert(real(c.points[i].values[0]));
    below += value < 1e-3 ? 1 : 0;
    gaussian += a.points[i].values[1] == Value{std::string{"gaussian"}} ? 1 : 0;
  }
  CHECK(distinct.size() == 800);
  // Half of them, within five standard deviations of a binomial distribution: 5 * sqrt(400) / 2.
  CHECK(std::abs(below - 200) <= 50);
  CHECK(std::abs(gaussian - 200) <= 50);
  const Pipeline integers = swept("{random: {draws: 200, guess.block: {integer: [3, 5]}}}");
  std::set<std::int64_t> blocks;
  for (const Point& point : integers.points) blocks.insert(std::get<std::int64_t>(point.values[0]));
  CHECK(blocks == std::set<std::int64_t>{3, 4, 5});
}

TEST_CASE("skip takes out the points that match in all that it names") {
  const Pipeline pipeline = swept(
      "{grid: {fit.penalty: {logspace: [0.001, 0.1, 3]}, fit.kernel: [gaussian, linear]}, seeds: 2, "
      "skip: [{fit.penalty: 0.01, fit.kernel: linear}, {fit.penalty: [0.001, 0.1], seed: 8}]}");
  std::size_t expected = 0;
  for (int p = 0; p < 3; ++p) {
    for (const bool linear : {false, true}) {
      for (const int seed : {7, 8}) expected += (p == 1 && linear) || (p != 1 && seed == 8) ? 0 : 1;
    }
  }
  CHECK(pipeline.points.size() == expected);
  for (const Point& point : pipeline.points)
    CHECK_FALSE((real(point.values[0]) == 0.01 && point.values[1] == Value{std::string{"linear"}}));
}

TEST_CASE("a parameter without effect in a point has its default there") {
  const Pipeline pipeline = swept("{grid: {fit.kernel: [gaussian, polynomial], fit.degree: [2, 5]}}");
  REQUIRE(pipeline.points.size() == 4);
  CHECK(pipeline.points[0].values[1] == Value{std::int64_t{3}});  // the default, of both gaussian points
  CHECK(pipeline.points[1].values[1] == Value{std::int64_t{3}});
  CHECK(pipeline.points[2].values[1] == Value{std::int64_t{2}});
  CHECK(pipeline.points[3].values[1] == Value{std::int64_t{5}});
}

TEST_CASE("one point is the pipeline that --set would make of it") {
  const Pipeline pipeline = swept("{grid: {fit.penalty: [1, 2], guess.block: [4, 8]}, seeds: 2}");
  for (std::size_t i = 0; i < pipeline.points.size(); ++i) {
    const Point& point = pipeline.points[i];
    const std::string text = with_steps(two_steps);
    CheckOptions options;
    options.overrides = {fmt::format("fit.penalty={}", real(point.values[0])),
                         fmt::format("guess.block={}", std::get<std::int64_t>(point.values[1])),
                         fmt::format("seed={}", point.seed)};
    const Checked set = check(text, options);
    REQUIRE(set.pipeline);
    CHECK(pipeline.at(i).frozen() == set.pipeline->frozen());
  }
}

TEST_CASE("a frozen pipeline can be read back") {
  const std::string more =
      "expect:\n  - {that: fit.loss, at_most: 3, because: so}\n  - {that: fit.loss, equals: 1, within: "
      "0.5}\n";
  for (const std::string& rest :
       {std::string{}, more + "seed: 9\n",
        std::string{"sweep: {grid: {fit.penalty: [1, 2], fit.length: [median, [1, 2]]}, seeds: 3}\n"}}) {
    const Checked checked = check(with_steps(two_steps) + rest, {});
    REQUIRE(checked.pipeline);
    const std::string frozen = checked.pipeline->frozen();
    const Pipeline again = thaw(frozen);
    CHECK(again.frozen() == frozen);
    CHECK(again.points.size() == checked.pipeline->points.size());
    for (std::size_t i = 0; i < again.points.size(); ++i)
      CHECK(again.at(i).frozen() == checked.pipeline->at(i).frozen());
  }
  CHECK_THROWS_AS(thaw("{"), DataError);
  CHECK_THROWS_AS(thaw("{\"name\": 3}"), DataError);
}

}  // namespace ansatz::host
