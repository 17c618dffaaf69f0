// Solver nystrom against dense normal equations, and what its centres are.
#include <cmath>

#include "streamed.hpp"

using namespace kr;
using reference::relative_error;

namespace {

const Dense x = reference::normal(150, 4, 91), y = reference::normal(150, 3, 92),
            q = reference::normal(400, 4, 93);
const reference::Kernel gaussian{"gaussian", {2.0}};

}  // namespace

TEST_CASE("nystrom with every row as a centre is the exact solution") {
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      CAPTURE(intercept, weighted);
      Problem problem = nystrom_problem(x, y, intercept, weighted);
      const VerbResult all = run(call_with_centres(problem, x));
      CHECK(all.steps > 1);
      problem.settings = {
          {"solver", text("exact")}, {"length", 2.0}, {"penalty", 0.05}, {"intercept", intercept}};
      const VerbResult exact = fit(problem);
      for (const char* port : {"intercept", "fitted"})
        CHECK(relative_error(numbers(all, port), numbers(exact, port)) < 1e-7);
      CHECK(relative_error(numbers(predict(all, array_of(q)), "y"),
                           numbers(predict(exact, array_of(q)), "y")) < 1e-7);
    }
  }
}

TEST_CASE("nystrom with few centres solves its normal equations, over several blocks of rows") {
  const Dense many = reference::normal(9000, 4, 94), targets = reference::normal(9000, 2, 95);
  const Dense centres = first_rows(x, 30), k = matrix(gaussian, many, centres),
              at_q = matrix(gaussian, q, centres);
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      CAPTURE(intercept, weighted);
      Problem problem = nystrom_problem(many, targets, intercept, weighted);
      const Dense best =
          least_squares(k, matrix(gaussian, centres, centres), targets, 0.05, problem.weight, intercept);
      const VerbResult result = run(call_with_centres(problem, centres));
      CHECK(relative_error(numbers(result, "fitted"), values_of(k, best)) < 1e-7);
      CHECK(relative_error(numbers(predict(result, array_of(q)), "y"), values_of(at_q, best)) < 1e-7);
      problem.settings["precision"] = text("f32");
      problem.settings["tolerance"] = 1e-6;
      const VerbResult narrow = run(call_with_centres(problem, centres));
      CHECK(relative_error(numbers(narrow, "fitted"), values_of(k, best)) < 1e-3);
    }
  }
}

TEST_CASE("f32 kernel values of a nearly singular kernel still give the fit, however many the rows") {
  // Lengths far beyond the columns: the eigenvalues of K_MM fall below the rounding of f32 within a few, and the
  // coefficients have large elements of both signs.
  const Dense many = reference::normal(20000, 3, 94), noise = reference::normal(20000, 1, 95);
  Dense targets(20000, 1);
  Vector truth(20000);
  for (std::size_t i = 0; i < 20000; ++i) {
    truth[i] = std::sin(many(i, 0)) + many(i, 1) * many(i, 2) + 3 * many(i, 2);
    targets(i, 0) = truth[i] + noise(i, 0);
  }
  Problem problem = nystrom_problem(many, targets, true, false);
  problem.settings["precision"] = text("mixed");
  problem.settings["length"] = Vector{3, 10, 10};
  problem.settings["penalty"] = 1e-5;
  problem.settings["tolerance"] = 1e-3;
  const VerbResult fitted = run(call_with_centres(problem, first_rows(many, 200)));
  CHECK(fitted.outputs.array("converged").as<bool>()[0]);
  CHECK(metric(fitted, "jitter").front() >= 0x1p-23);  // what f32 does not resolve of K_MM is damped
  const Vector f = numbers(fitted, "fitted"), again = numbers(predict(fitted, array_of(many)), "y");
  double squares = 0;
  for (std::size_t i = 0; i < 20000; ++i) squares += std::pow(f[i] - truth[i], 2) / 20000;
  CHECK(squares < 0.01);  // at most 200 coefficients of 20,000 rows fit the noise of variance 1
  CHECK(relative_error(again, f) < 1e-5);
}

TEST_CASE("with many rows a centre the steps of nystrom do not grow as the penalty falls") {
  const Dense many = reference::normal(4000, 3, 94), targets = reference::normal(4000, 2, 95);
  for (const bool weighted : {false, true}) {
    for (const double penalty : {1.0, 1e-3, 1e-6}) {
      CAPTURE(weighted, penalty);
      Problem problem = nystrom_problem(many, targets, true, weighted);
      problem.settings["penalty"] = penalty;
      problem.settings["tolerance"] = 1e-6;
      // From the centres alone 97 steps for 1e-3 and no end for 1e-6; were all rows alike, 16 of them a centre would give a
      // condition number of ((1 + 1/4) / (1 - 1/4))^2 and 10 steps.
      CHECK(run(call_with_centres(problem, first_rows(many, 60))).steps <= 40);
    }
  }
}

TEST_CASE("bytes give what the same numbers give") {
  std::vector<std::uint8_t> bytes(300 * 6);
  Dense same(300, 6);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    same.values[i] = bytes[i] = static_cast<std::uint8_t>(i * 7919 % 251);
  Problem problem = nystrom_problem(same, reference::normal(300, 1, 96), true, false);
  problem.settings["length"] = 200.0;
  problem.settings["centres"] = std::int64_t{40};
  problem.settings["tolerance"] = 1e-8;
  const VerbResult numbers_of = fit(problem);
  problem.x = array_of(ElementType::u8, {300, 6}, bytes);
  const VerbResult bytes_of = fit(problem);
  CHECK(same_bytes(numbers_of.outputs.array("fitted"), bytes_of.outputs.array("fitted")));
  CHECK(bytes_of.state.array("points/values").type == ElementType::u8);
  problem.settings["precision"] = text("f32");  // multiplied as whole numbers
  problem.settings["tolerance"] = 1e-6;
  CHECK(relative_error(numbers(fit(problem), "fitted"), numbers(numbers_of, "fitted")) < 1e-4);
}

TEST_CASE("the certificate of nystrom bounds its error at every step") {
  const Dense centres = first_rows(x, 40), k = matrix(gaussian, centres, centres);
  Problem problem = nystrom_problem(x, y, true, true);
  const Vector best = numbers(run(call_with_centres(problem, centres)), "coefficients");
  for (std::int64_t steps = 1; steps <= 6; ++steps) {
    problem.settings["max_steps"] = steps;
    const VerbResult early = run(call_with_centres(problem, centres));
    const Vector a = numbers(early, "coefficients");
    for (std::size_t t = 0; t < 3; ++t) {
      double norm = 0;
      for (std::size_t i = 0; i < 40; ++i) {
        for (std::size_t j = 0; j < 40; ++j)
          norm += (a[3 * i + t] - best[3 * i + t]) * k(i, j) * (a[3 * j + t] - best[3 * j + t]);
      }
      CHECK(std::sqrt(std::max(norm, 0.0)) <= metric(early, "certificate").back() * (1 + 1e-6) + 1e-7);
    }
  }
  problem.settings["max_steps"] = std::int64_t{100};  // and it tends to 0
  CHECK(metric(run(call_with_centres(problem, centres)), "certificate").back() < 1e-8);
}

TEST_CASE("the certificate of nystrom is the error itself where the penalty is far above the eigenvalues") {
  // |A r| / lambda, where the error's norm is that of (S + lambda I)^-1 A r: S has a trace of at most the weights' sum, 300.
  const Dense centres = first_rows(x, 40), k = matrix(gaussian, centres, centres);
  for (const double penalty : {1e4, 1e5}) {
    Problem problem = nystrom_problem(x, y, true, true);
    problem.settings["penalty"] = penalty;
    const Vector best = numbers(run(call_with_centres(problem, centres)), "coefficients");
    problem.settings["max_steps"] = std::int64_t{1};
    const VerbResult early = run(call_with_centres(problem, centres));
    const Vector a = numbers(early, "coefficients");
    double largest = 0;
    for (std::size_t t = 0; t < 3; ++t) {
      double norm = 0;
      for (std::size_t i = 0; i < 40; ++i) {
        for (std::size_t j = 0; j < 40; ++j)
          norm += (a[3 * i + t] - best[3 * i + t]) * k(i, j) * (a[3 * j + t] - best[3 * j + t]);
      }
      largest = std::max(largest, std::sqrt(std::max(norm, 0.0)));
    }
    const double ratio = largest / metric(early, "certificate").back();
    CHECK(ratio <= 1 + 1e-6);
    CHECK(ratio >= penalty / (penalty + 300));
  }
}

TEST_CASE("rows held out of nystrom get their prediction, and a refit takes all of them") {
  Problem problem = nystrom_problem(x, y, true, false);
  problem.settings["held_out"] = 0.2;
  problem.settings["patience"] = std::int64_t{100};
  problem.settings["max_steps"] = std::int64_t{3};
  const Dense centres = first_rows(x, 40);
  const VerbResult held = run(call_with_centres(problem, centres));
  CHECK(relative_error(numbers(predict(held, array_of(x)), "y"), numbers(held, "fitted")) < 1e-12);
  const Vector errors = metric(held, "held_out");
  REQUIRE(errors.size() == 3);
  problem.settings["refit"] = true;
  const VerbResult all = run(call_with_centres(problem, centres));
  const auto best = std::min_element(errors.begin(), errors.end()) - errors.begin() + 1;
  CHECK(all.steps == 3 + static_cast<std::uint64_t>(best));
  for (const char* name : {"held_out", "patience", "refit"}) problem.settings.erase(name);
  problem.settings["max_steps"] = static_cast<std::int64_t>(best);
  const VerbResult plain = run(call_with_centres(problem, centres));
  CHECK(relative_error(numbers(all, "coefficients"), numbers(plain, "coefficients")) < 1e-9);
}

TEST_CASE("rpcholesky draws centres that reach a rare group") {
  // 400 rows in one spot, 20 far out: few uniform centres lie there.
  Dense rows(420, 2), targets(420, 1);
  const Dense noise = reference::normal(420, 2, 97);
  for (std::size_t i = 0; i < 420; ++i) {
    const double spread = i < 400 ? 0.01 : 3;
    for (std::size_t k = 0; k < 2; ++k) rows(i, k) = spread * noise(i, k);
    targets(i, 0) = std::sin(rows(i, 0));
  }
  double errors[2] = {0, 0};
  for (int s = 0; s < 2; ++s) {
    for (std::uint64_t key = 1; key <= 5; ++key) {
      Problem problem = nystrom_problem(rows, targets, true, false);
      problem.settings["centres"] = std::int64_t{12};
      problem.settings["length"] = 1.0;
      problem.settings["sampling"] = text(s == 0 ? "uniform" : "rpcholesky");
      problem.random_key = key;
      const VerbResult result = fit(problem);
      CHECK(result.outputs.array("coefficients").shape == std::vector<std::uint64_t>{12, 1});
      const Vector f = numbers(result, "fitted");
      for (std::size_t i = 0; i < 420; ++i) errors[s] += std::pow(f[i] - targets(i, 0), 2);
    }
  }
  CHECK(errors[1] < 0.5 * errors[0]);
}

TEST_CASE("centres that repeat take a jitter, which is told; no jitter mends an indefinite kernel") {
  Dense twice = first_rows(x, 40);
  for (std::size_t k = 0; k < 4; ++k) twice(17, k) = twice(4, k);
  Problem problem = nystrom_problem(x, y, true, false);
  problem.settings["tolerance"] = 1e-8;
  const VerbResult result = run(call_with_centres(problem, twice));
  REQUIRE(metric(result, "jitter").size() == 1);
  CHECK(metric(result, "jitter")[0] >= 2.2e-16);
  CHECK(metric(result, "jitter")[0] < 1e-9);
  const Vector once = numbers(run(call_with_centres(problem, first_rows(x, 40))), "fitted");
  for (std::size_t t = 0; t < 3; ++t) CHECK(std::isfinite(numbers(result, "fitted")[t]));
  CHECK(relative_error(numbers(result, "fitted"), once) < 1);
  problem.settings["kernel"] = text("sigmoid");
  problem.settings["slope"] = 1.0;
  problem.settings.erase("length");
  const VerbResult indefinite = run_verb(call_with_centres(problem, first_rows(x, 40)));
  CHECK(indefinite.status == ANSATZ_NUMERICAL);
  CHECK_THAT(indefinite.text, Catch::Contains("40 centres") && Catch::Contains("jitter"));
}
