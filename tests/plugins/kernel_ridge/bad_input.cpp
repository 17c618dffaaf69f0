// What is refused, and what the text says.
#include <cmath>
#include <limits>

#include "call.hpp"

using namespace kr;
using Catch::Contains;

namespace {

const Dense x = reference::normal(40, 3, 51), y = reference::normal(40, 1, 52);

void refused(const VerbResult& result, int status, const std::vector<std::string>& parts) {
  CHECK(result.status == status);
  for (const std::string& part : parts) CHECK_THAT(result.text, Contains(part));
}

double number_after(const std::string& all, const std::string& words) {
  const auto place = all.find(words);
  REQUIRE(place != std::string::npos);
  return std::stod(all.substr(place + words.size()));
}

}  // namespace

TEST_CASE("a singular matrix names its smallest eigenvalue and a penalty that works") {
  Dense twice = x;
  for (std::size_t k = 0; k < 3; ++k) twice(17, k) = twice(4, k);
  struct Case {
    Dense x;
    Settings settings;
    double unit;
  };
  const std::vector<Case> cases{
      {twice, {{"length", 1.0}}, 1},
      {x, {{"kernel", text("linear")}}, 1},
      {x, {{"kernel", text("linear")}, {"penalty_scale", text("mean")}}, 40},
      {x, {{"kernel", text("polynomial")}, {"degree", std::int64_t{2}}}, 1},
      {twice, {{"length", 1.0}, {"precision", text("f32")}}, 1},
  };
  for (const Case& c : cases) {
    Problem problem{array_of(c.x), array_of(y), c.settings};
    problem.settings["penalty"] = 0.0;
    const VerbResult result = try_fit(problem);
    refused(result, ANSATZ_NUMERICAL, {"not positive definite"});
    CHECK(std::abs(number_after(result.text, "smallest eigenvalue about ")) < 1e-4);
    const double admissible = number_after(result.text, "smallest admissible penalty about ");
    CHECK(admissible > 0);
    CHECK(admissible * c.unit < 2e-2);
    problem.settings["penalty"] = admissible;
    CHECK(try_fit(problem).status == ANSATZ_DONE);
  }
}

TEST_CASE("lengths of 0") {
  Dense same = x;
  for (std::size_t i = 1; i < 40; ++i) {
    for (std::size_t k = 0; k < 3; ++k) same(i, k) = i < 30 ? 2.5 : x(i, k);
  }
  refused(try_fit({array_of(same), array_of(y), {}}), ANSATZ_BAD_ARGUMENT, {"median", "identical", "length"});
  refused(try_fit({array_of(x), array_of(y), {{"length", 0.0}}}), ANSATZ_BAD_ARGUMENT, {"length", "range"});
  refused(try_fit({array_of(x), array_of(y), {{"length", Vector{1, 0, 1}}}}), ANSATZ_BAD_ARGUMENT,
          {"length"});
  refused(try_fit({array_of(x), array_of(y), {{"length", Vector{1, 2}}}}), ANSATZ_BAD_ARGUMENT,
          {"3 columns", "2 numbers"});
}

TEST_CASE("predict with other columns names both") {
  const VerbResult fitted = fit({array_of(x), array_of(y), {}});
  refused(try_predict(fitted, array_of(reference::normal(5, 4, 53))), ANSATZ_BAD_ARGUMENT,
          {"4 columns", "fitted on 3"});
}

TEST_CASE("labels of one class, and integers of rank 2") {
  const std::vector<std::int64_t> labels(40, 6), table(80, 1);
  refused(try_fit({array_of(x), array_of(ElementType::i64, {40}, labels), {}}), ANSATZ_BAD_ARGUMENT,
          {"all 40 labels", "are 6", "two classes"});
  refused(try_fit({array_of(x), array_of(ElementType::i64, {40, 2}, table), {}}), ANSATZ_BAD_ARGUMENT,
          {"rank 2"});
  // One class among the rows that count.
  std::vector<std::int64_t> two(40, 6);
  two[3] = 1;
  Problem problem{array_of(x), array_of(ElementType::i64, {40}, two), {}, Vector(40, 1.0)};
  problem.weight[3] = 0;
  refused(try_fit(problem), ANSATZ_BAD_ARGUMENT, {"all 39 labels"});
}

TEST_CASE("weights that are negative, not numbers, or all zero") {
  Problem problem{array_of(x), array_of(y), {}, Vector(40, 1.0)};
  problem.weight[7] = -0.5;
  refused(try_fit(problem), ANSATZ_BAD_ARGUMENT, {"weight[7]", "-0.5"});
  problem.weight[7] = std::numeric_limits<double>::quiet_NaN();
  const VerbResult not_a_number = try_fit(problem);
  CHECK(not_a_number.status != ANSATZ_DONE);
  CHECK_THAT(not_a_number.text, Contains("weight") && Contains("7"));
  problem.weight = Vector(40, 0.0);
  refused(try_fit(problem), ANSATZ_BAD_ARGUMENT, {"all 40 weights are zero"});
}

TEST_CASE("a matrix beyond the memory is refused with both sizes") {
  const Dense many = reference::normal(490, 1, 54);
  Problem problem{array_of(many), array_of(many), {{"memory", std::int64_t{1}}}};
  const VerbResult result = try_fit(problem);
  refused(result, ANSATZ_BAD_ARGUMENT, {"490 rows", "1048576", "memory"});
  CHECK(number_after(result.text, "needs ") >= 490 * 490 * 8);
  problem.settings["precision"] = text("f32");  // 490 * 496 * 4 bytes = 0.93 MiB
  CHECK(try_fit(problem).status == ANSATZ_DONE);
  problem.settings["precision"] = text("f64");
  problem.settings["memory"] = std::int64_t{2};
  CHECK(try_fit(problem).status == ANSATZ_DONE);
}

TEST_CASE("empty inputs and rows that do not agree") {
  CHECK(try_fit({array_of(Dense(0, 3)), array_of(Dense(0, 1)), {}}).status == ANSATZ_BAD_ARGUMENT);
  CHECK(try_fit({array_of(Dense(4, 0)), array_of(Dense(4, 1)), {}}).status == ANSATZ_BAD_ARGUMENT);
  CHECK(try_fit({array_of(x), array_of(Dense(39, 1)), {}}).status == ANSATZ_BAD_ARGUMENT);
  CHECK(predict(fit({array_of(x), array_of(y), {}}), array_of(Dense(0, 3))).outputs.array("y").shape ==
        std::vector<std::uint64_t>{0, 1});
}

TEST_CASE("rows that a kernel has no value for are named") {
  Dense rows = x;
  for (double& value : rows.values) value = std::abs(value);
  const VerbResult chi2 = fit({array_of(rows), array_of(y), {{"kernel", text("chi2")}}});
  const VerbResult cosine = fit({array_of(rows), array_of(y), {{"kernel", text("cosine")}}});
  rows(11, 2) = -0.5;
  refused(try_fit({array_of(rows), array_of(y), {{"kernel", text("chi2")}}}), ANSATZ_BAD_ARGUMENT,
          {"chi2", "11", "-0.5"});
  refused(try_predict(chi2, array_of(rows)), ANSATZ_BAD_ARGUMENT, {"predict", "chi2", "11"});
  for (std::size_t k = 0; k < 3; ++k) rows(11, k) = 0;
  refused(try_fit({array_of(rows), array_of(y), {{"kernel", text("cosine")}}}), ANSATZ_BAD_ARGUMENT,
          {"cosine", "11"});
  refused(try_predict(cosine, array_of(rows)), ANSATZ_BAD_ARGUMENT, {"predict", "cosine", "11"});
}

TEST_CASE("kernel matrices that are not symmetric, or of another width") {
  Dense k(40, 40);
  for (std::size_t i = 0; i < 40; ++i) k(i, i) = 2;
  const auto call_with = [&](const char* verb, const Dense& matrix, const VerbResult* fitted) {
    VerbCall call;
    call.model = &model();
    call.verb = verb;
    call.inputs["k"] = source_of(array_of(matrix));
    if (fitted == nullptr) {
      call.inputs["y"] = source_of(array_of(y));
      call.model_settings = {{"kernel", text("precomputed")}};
    } else {
      call.state = &fitted->state;
    }
    return run_verb(call);
  };
  const VerbResult fitted = call_with("fit", k, nullptr);
  REQUIRE(fitted.status == ANSATZ_DONE);
  k(7, 3) = 0.25;
  refused(call_with("fit", k, nullptr), ANSATZ_BAD_ARGUMENT, {"k[7][3] is 0.25", "k[3][7] is 0.0"});
  refused(call_with("predict", reference::normal(5, 39, 1), &fitted), ANSATZ_BAD_ARGUMENT,
          {"39 columns", "fitted on 40"});
  k(3, 7) = 0.25;
  CHECK(call_with("fit", k, nullptr).status == ANSATZ_DONE);
}

TEST_CASE("conjugate gradients: more columns than rows are refused, an early end is told") {
  Problem problem{array_of(x), array_of(y), {{"solver", text("cg")}, {"rank", std::int64_t{41}}}};
  refused(try_fit(problem), ANSATZ_BAD_ARGUMENT, {"rank is 41", "40 rows"});
  for (const char* solver : {"cg", "nystrom"}) {
    problem.settings = {{"solver", text(solver)}, {"max_steps", std::int64_t{1}}, {"tolerance", 1e-12}};
    if (text(solver) == "cg") problem.settings["rank"] = std::int64_t{0};
    VerbCall call = fit_call(problem);
    std::string said;
    call.listener.log = [&](int, const std::string& line) { said += line; };
    const VerbResult early = run(call);
    CHECK_FALSE(early.outputs.array("converged").as<bool>()[0]);
    CHECK(metric(early, "residual").back() > 1e-12);
    CHECK(metric(early, "certificate").size() == 1);
    CHECK_THAT(said, Contains("stopped before") && Contains("certificate"));
  }
}
