// Random features; and what both solvers that read rows block by block promise and refuse.
#include <cmath>

#include "streamed.hpp"

using namespace kr;
using reference::relative_error;

namespace {

const Dense x = reference::normal(150, 4, 91), y = reference::normal(150, 3, 92),
            q = reference::normal(400, 4, 93);

}  // namespace

TEST_CASE("random features are ridge regression on cosines and sines") {
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      CAPTURE(intercept, weighted);
      Problem problem = nystrom_problem(x, y, intercept, weighted);
      problem.settings = {{"solver", text("features")},
                          {"features", std::int64_t{60}},
                          {"length", 2.0},
                          {"amplitude", 1.5},
                          {"penalty", 0.05},
                          {"intercept", intercept}};
      const VerbResult result = fit(problem);
      const Array& w = result.state.array("frequencies");
      REQUIRE(w.shape == std::vector<std::uint64_t>{30, 4});
      const auto features = [&](const Dense& rows) {
        Dense z(rows.rows, 60);
        for (std::size_t i = 0; i < rows.rows; ++i) {
          for (std::size_t f = 0; f < 30; ++f) {
            double angle = 0;
            for (std::size_t k = 0; k < 4; ++k) angle += w.number(4 * f + k) * rows(i, k);
            z(i, f) = std::sqrt(1.5 / 30) * std::cos(angle);
            z(i, 30 + f) = std::sqrt(1.5 / 30) * std::sin(angle);
          }
        }
        return z;
      };
      Dense identity(60, 60);
      for (std::size_t i = 0; i < 60; ++i) identity(i, i) = 1;
      const Dense best = least_squares(features(x), identity, y, 0.05, problem.weight, intercept);
      CHECK(relative_error(numbers(result, "fitted"), values_of(features(x), best)) < 1e-9);
      CHECK(relative_error(numbers(predict(result, array_of(q)), "y"), values_of(features(q), best)) < 1e-9);
    }
  }
}

TEST_CASE("streamed solvers interrupted at any step, with any threads and storage, give the same bytes") {
  const Dense many = reference::normal(70000, 1, 98), few = first_rows(many, 2000);
  Dense targets(70000, 1), few_targets(2000, 1);
  for (std::size_t i = 0; i < 70000; ++i) targets(i, 0) = std::sin(many(i, 0));
  for (std::size_t i = 0; i < 2000; ++i) few_targets(i, 0) = targets(i, 0);
  for (const char* solver : {"nystrom", "features", "covariance"}) {
    CAPTURE(solver);
    Problem problem = nystrom_problem(few, few_targets, true, true);
    problem.settings["precision"] = text("f32");
    problem.settings["max_steps"] = std::int64_t{5};
    problem.settings["centres"] = std::int64_t{300};
    problem.settings["held_out"] = 0.2;
    problem.settings["refit"] = true;
    if (text(solver) == "features") {
      problem = Problem{
          array_of(many), array_of(targets), {{"solver", text(solver)}, {"features", std::int64_t{10}}}};
    }
    if (text(solver) == "covariance") {  // over more rows than a step takes
      problem.x = array_of(many);
      problem.y = array_of(targets);
      problem.weight.clear();
      problem.settings["centres"] = std::int64_t{20};
      problem.settings["max_steps"] = std::int64_t{2};
      problem.settings["covariance"] = true;
    }
    const VerbResult whole = fit(problem);
    REQUIRE(whole.steps > 1);
    const auto checkpoints = checkpoints_of(fit_call(problem));
    REQUIRE(checkpoints.size() == whole.steps - 1);
    std::vector<VerbResult> others;
    for (const ansatz::host::Checkpoint& checkpoint : checkpoints) {
      VerbCall rest = fit_call(problem);
      rest.resume = &checkpoint;
      others.push_back(run(rest));
    }
    for (const unsigned threads : {2U, 4U}) {
      problem.threads = threads;
      others.push_back(fit(problem));
    }
    if (text(solver) == "nystrom") {
      problem.settings["memory"] = std::int64_t{2};  // the factors, and no more
      others.push_back(fit(problem));
    }
    for (const VerbResult& other : others) {
      for (const char* port : {"coefficients", "fitted", "intercept"})
        CHECK(same_bytes(other.outputs.array(port), whole.outputs.array(port)));
      if (text(solver) == "covariance")
        CHECK(same_bytes(other.state.array("posterior/factor"), whole.state.array("posterior/factor")));
    }
  }
}

TEST_CASE("what streamed solvers refuse") {
  const auto refused = [](const VerbResult& result, int status, const std::vector<std::string>& parts) {
    CHECK(result.status == status);
    for (const std::string& part : parts) CHECK_THAT(result.text, Catch::Contains(part));
  };
  Problem problem = nystrom_problem(x, y, true, false);
  problem.settings["centres"] = std::int64_t{151};
  refused(try_fit(problem), ANSATZ_BAD_ARGUMENT, {"centres is 151", "150 rows"});
  refused(run_verb(call_with_centres(problem, first_rows(x, 10))), ANSATZ_BAD_ARGUMENT,
          {"port centres", "parameter"});
  problem.settings.erase("centres");
  refused(run_verb(call_with_centres(problem, reference::normal(10, 3, 1))), ANSATZ_BAD_ARGUMENT,
          {"centres"});
  problem.settings["penalty"] = 0.0;
  refused(try_fit(problem), ANSATZ_BAD_ARGUMENT, {"penalty above 0", "exact"});
  problem.settings["penalty"] = 1.0;
  problem.settings["precision"] = text("fixed16");
  refused(try_fit(problem), ANSATZ_BAD_ARGUMENT, {"fixed16", "cg"});
  Problem exact{array_of(x), array_of(y), {{"solver", text("exact")}}};
  refused(run_verb(call_with_centres(exact, first_rows(x, 10))), ANSATZ_BAD_ARGUMENT,
          {"port centres", "nystrom"});

  const Dense many = reference::normal(3000, 1, 99);
  Problem large = nystrom_problem(many, many, true, false);
  large.settings["centres"] = std::int64_t{300};
  large.settings["memory"] = std::int64_t{1};
  refused(try_fit(large), ANSATZ_BAD_ARGUMENT,
          {"300 centres", "1048576", "square of the centres", "features"});
  // A factor of 300 x 3,000 numbers would fit into 7 MiB; with the 30 columns proposed at a time it does not.
  large.settings["memory"] = std::int64_t{7};
  large.settings["sampling"] = text("rpcholesky");
  static_assert(8 * 300 * 3000 < 7 << 20 && 8 * 330 * 3000 > 7 << 20);
  refused(try_fit(large), ANSATZ_BAD_ARGUMENT, {"rpcholesky", std::to_string(8 * 330 * 3000), "uniform"});
  large.settings["memory"] = std::int64_t{8};
  CHECK(try_fit(large).status == ANSATZ_DONE);
  Problem features{array_of(x), array_of(y), {{"solver", text("features")}, {"features", std::int64_t{31}}}};
  refused(try_fit(features), ANSATZ_BAD_ARGUMENT, {"31", "even"});
  features.settings = {{"solver", text("features")}, {"kernel", text("linear")}};
  refused(try_fit(features), ANSATZ_BAD_ARGUMENT, {"linear", "gaussian"});
  features.settings = {{"solver", text("features")}, {"memory", std::int64_t{1}}};
  refused(try_fit(features), ANSATZ_BAD_ARGUMENT, {"2000 features", "32000000", "square of the features"});
}
