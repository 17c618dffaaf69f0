// The verb tune: its gradients against central differences, its objective against fit, its search.
#include <cmath>

#include "ansatz/num/random.hpp"
#include "call.hpp"

using namespace kr;
using Catch::Contains;
using reference::relative_error;

namespace {

constexpr std::size_t n = 60, d = 3;
const Dense x = reference::normal(n, d, 101), y = reference::normal(n, 2, 102),
            q = reference::normal(40, d, 103);

const char* const criteria[] = {"lml", "loo", "gcv", "cv", "held_out"};

VerbCall tune_call(const Problem& problem, const char* choose, std::int64_t iterations) {
  VerbCall call = fit_call(problem);
  call.verb = "tune";
  call.verb_settings = {{"choose", text(choose)}, {"iterations", iterations}};
  return call;
}
VerbResult tune(const Problem& problem, const char* choose, std::int64_t iterations) {
  return run(tune_call(problem, choose, iterations));
}

struct Selected {
  const char* name;
  Settings settings;
  std::vector<std::pair<std::string, double>> values;  // that are tuned beside the penalty
};

const std::vector<Selected> kernels{
    {"gaussian", {{"kernel", text("gaussian")}}, {{"length", 1.3}}},
    {"matern", {{"kernel", text("matern")}, {"smoothness", 0.5}}, {{"length", 1.3}}},
    {"matern", {{"kernel", text("matern")}, {"smoothness", 1.5}}, {{"length", 1.3}}},
    {"matern", {{"kernel", text("matern")}, {"smoothness", 2.5}}, {{"length", 1.3}}},
    {"laplacian", {{"kernel", text("laplacian")}, {"norm", text("l1")}}, {{"length", 2.3}}},
    {"laplacian", {{"kernel", text("laplacian")}, {"norm", text("l2")}}, {{"length", 1.3}}},
    {"rational-quadratic", {{"kernel", text("rational-quadratic")}}, {{"length", 1.3}, {"mixture", 0.7}}},
    {"polynomial",
     {{"kernel", text("polynomial")}, {"degree", std::int64_t{3}}},
     {{"slope", 0.4}, {"offset", 1.2}}},
    {"sigmoid", {{"kernel", text("sigmoid")}}, {{"slope", 0.05}, {"offset", 1.0}}},
    {"linear", {{"kernel", text("linear")}}, {}},
    {"cosine", {{"kernel", text("cosine")}}, {}},
    {"chi2", {{"kernel", text("chi2")}}, {{"length", 2.0}}},
};

Problem problem_of(const Selected& kernel, bool intercept, bool weighted) {
  Dense rows = x;
  if (text(kernel.name) == "chi2") {
    for (double& value : rows.values) value = std::abs(value);
  }
  Problem problem{array_of(rows), array_of(y), kernel.settings};
  for (const auto& [name, value] : kernel.values) problem.settings[name] = value;
  problem.settings["penalty"] = 0.4;
  problem.settings["amplitude"] = 1.1;
  problem.settings["intercept"] = intercept;
  for (std::size_t i = 0; weighted && i < n; ++i) problem.weight.push_back(0.5 + static_cast<double>(i % 4));
  return problem;
}

}  // namespace

TEST_CASE("the gradients of tune agree with central differences for every parameter of every kernel") {
  for (const Selected& kernel : kernels) {
    for (const char* choose : criteria) {
      for (const bool intercept : {false, true}) {
        CAPTURE(kernel.name, choose, intercept);
        const Problem problem = problem_of(kernel, intercept, intercept);
        const VerbResult at = tune(problem, choose, 0);
        const Vector gradient = numbers(at, "gradient");
        const Array& names = at.outputs.array("parameter");
        REQUIRE(gradient.size() == names.count());
        CHECK(gradient.size() == kernel.values.size() + (text(choose) == "lml" ? 2 : 1));
        for (std::uint64_t p = 0; p < names.count(); ++p) {
          const std::string name = names.text(p);
          const auto objective = [&](double step) {
            Problem moved = problem;
            moved.settings[name] = std::get<double>(problem.settings.at(name)) * std::exp(step);
            return numbers(tune(moved, choose, 0), "objective")[0];
          };
          const double h = 1e-3;
          const double difference =
              (8 * (objective(h) - objective(-h)) - (objective(2 * h) - objective(-2 * h))) / (12 * h);
          CAPTURE(name);
          CHECK(gradient[p] == Approx(difference).epsilon(1e-6).margin(1e-6));
        }
      }
    }
  }
}

TEST_CASE("one length a column has a derivative a column") {
  Problem problem = problem_of(kernels[2], true, true);
  for (const char* choose : criteria) {
    const Vector lengths{0.8, 1.5, 2.2};
    problem.settings["length"] = lengths;
    const Vector gradient = numbers(tune(problem, choose, 0), "gradient");
    for (std::size_t k = 0; k < d; ++k) {
      const auto objective = [&](double step) {
        Vector moved = lengths;
        moved[k] *= std::exp(step);
        problem.settings["length"] = moved;
        return numbers(tune(problem, choose, 0), "objective")[0];
      };
      const double h = 1e-3;
      CHECK(gradient[k] ==
            Approx((8 * (objective(h) - objective(-h)) - (objective(2 * h) - objective(-2 * h))) / (12 * h))
                .epsilon(1e-6));
    }
  }
}

TEST_CASE("what tune minimises is what fit reports") {
  for (const bool intercept : {false, true}) {
    Problem problem = problem_of(kernels[0], intercept, true);
    const double evidence = numbers(tune(problem, "lml", 0), "objective")[0],
                 left_out = numbers(tune(problem, "loo", 0), "objective")[0],
                 generalised = numbers(tune(problem, "gcv", 0), "objective")[0];
    problem.settings["diagnostics"] = true;
    const VerbResult fitted = fit(problem);
    double lml = 0, squares = 0;
    for (const double value : numbers(fitted, "lml")) lml += value;
    const Vector loo = numbers(fitted, "loo"), gcv = numbers(fitted, "gcv");
    for (std::size_t i = 0; i < loo.size(); ++i) squares += problem.weight[i / 2] * loo[i] * loo[i];
    CHECK(generalised == Approx((gcv[0] + gcv[1]) / 2).epsilon(1e-10));
    CHECK(-evidence == Approx(lml).epsilon(1e-10));
    CHECK(left_out == Approx(squares).epsilon(1e-10));
  }
}

TEST_CASE("the folds that tune leaves out are refits without their rows") {
  const auto order = ansatz::Rng{5, "folds"}.permutation(n);
  const auto rows = [](const Dense& a, const std::vector<std::size_t>& chosen) {
    Dense part(chosen.size(), a.columns);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      for (std::size_t k = 0; k < a.columns; ++k) part(i, k) = a(chosen[i], k);
    }
    return part;
  };
  const reference::Kernel plain{"gaussian", {1.3}, 1.1};
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      for (const std::size_t folds : {std::size_t{4}, n}) {
        CAPTURE(intercept, weighted, folds);
        const Problem problem = problem_of(kernels[0], intercept, weighted);
        Vector squares(folds);  // of each fold, weighted
        for (std::size_t fold = 0; fold < folds; ++fold) {
          std::vector<std::size_t> inside, outside;
          for (std::size_t i = 0; i < n; ++i) (i % folds == fold ? outside : inside).push_back(order[i]);
          Vector own;
          for (const std::size_t i : inside) {
            if (weighted) own.push_back(problem.weight[i]);
          }
          const Dense in_x = rows(x, inside), truth = rows(y, outside);
          const reference::Fit fitted =
              reference::fit(matrix(plain, in_x, in_x), rows(y, inside), 0.4, own, intercept);
          const Dense guess = reference::predict(matrix(plain, rows(x, outside), in_x), fitted);
          for (std::size_t i = 0; i < outside.size(); ++i) {
            for (std::size_t t = 0; t < 2; ++t)
              squares[fold] +=
                  (weighted ? problem.weight[outside[i]] : 1) * std::pow(truth(i, t) - guess(i, t), 2);
          }
        }
        const auto objective = [&](const char* choose) {
          VerbCall call = tune_call(problem, choose, 0);
          call.verb_settings["folds"] = static_cast<std::int64_t>(folds);
          return numbers(run(call), "objective")[0];
        };
        double all = 0;
        for (const double own : squares) all += own;
        CHECK(objective("cv") == Approx(all).epsilon(1e-9));
        CHECK(objective("held_out") == Approx(squares[0]).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("tune finds a stationary point, goes on after any step, and learns there") {
  Dense smooth(n, 1);
  for (std::size_t i = 0; i < n; ++i) smooth(i, 0) = std::sin(2 * x(i, 0)) + 0.3 * x(i, 1) + 0.05 * y(i, 0);
  for (const char* choose : criteria) {
    CAPTURE(choose);
    Problem problem{array_of(x), array_of(smooth), {{"penalty", 0.1}, {"length", 1.0}}};
    const VerbResult best = tune(problem, choose, 200);
    CHECK(best.steps > 3);
    const Vector trace = numbers(best, "trace");
    CHECK(std::is_sorted(trace.rbegin(), trace.rend()));
    for (const double g : numbers(best, "gradient")) CHECK(std::abs(g) < 1e-5 * (std::abs(trace.back()) + 1));
    // The learned model is the fit with these numbers.
    problem.settings = {{"penalty", numbers(best, "penalty")[0]},
                        {"length", numbers(best, "length")[0]},
                        {"amplitude", numbers(best, "amplitude")[0]}};
    CHECK(relative_error(numbers(predict(best, array_of(q)), "y"),
                         numbers(predict(fit(problem), array_of(q)), "y")) < 1e-9);
    problem.settings = {{"penalty", 0.1}, {"length", 1.0}};
    const auto checkpoints = checkpoints_of(tune_call(problem, choose, 200));
    REQUIRE(checkpoints.size() == best.steps - 1);
    for (const ansatz::host::Checkpoint& checkpoint : checkpoints) {
      VerbCall rest = tune_call(problem, choose, 200);
      rest.resume = &checkpoint;
      rest.threads = 2;
      CHECK(same_bytes(run(rest).outputs.array("trace"), best.outputs.array("trace")));
    }
  }
}

TEST_CASE("tune refuses a penalty of 0 and more rows than fit into the memory") {
  Problem problem = problem_of(kernels[0], true, false);
  problem.settings["penalty"] = 0.0;
  VerbResult result = run_verb(tune_call(problem, "lml", 1));
  CHECK(result.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(result.text, Contains("penalty is 0"));
  problem.settings["penalty"] = 0.4;
  problem.settings["memory"] = std::int64_t{1};
  const Dense many = reference::normal(300, 1, 105);
  problem.x = array_of(many);
  problem.y = array_of(many);
  result = run_verb(tune_call(problem, "lml", 1));
  CHECK(result.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(result.text, Contains("300 rows") && Contains("1440000") && Contains("memory"));
}
