// Solvers that read rows block by block: nystrom and features.
#include <cmath>

#include "call.hpp"

using namespace kr;
using Catch::Contains;
using reference::relative_error;

namespace {

const Dense x = reference::normal(150, 4, 91), y = reference::normal(150, 3, 92),
            q = reference::normal(400, 4, 93);

Dense first_rows(const Dense& a, std::size_t count) {
  Dense part(count, a.columns);
  std::copy_n(a.values.begin(), part.values.size(), part.values.begin());
  return part;
}

Vector some_weights(std::size_t n) {
  Vector weights(n);
  for (std::size_t i = 0; i < n; ++i) weights[i] = i % 11 == 5 ? 0.0 : 0.25 + static_cast<double>(i % 5);
  return weights;
}

Problem nystrom_problem(const Dense& rows, const Dense& targets, bool intercept, bool weighted) {
  Problem problem{array_of(rows),
                  array_of(targets),
                  {{"solver", text("nystrom")},
                   {"precision", text("f64")},
                   {"length", 2.0},
                   {"penalty", 0.05},
                   {"intercept", intercept},
                   {"tolerance", 1e-13},
                   {"max_steps", std::int64_t{200}}}};
  if (weighted) problem.weight = some_weights(rows.rows);
  return problem;
}

VerbCall call_with_centres(const Problem& problem, const Dense& centres) {
  VerbCall call = fit_call(problem);
  call.inputs["centres"] = source_of(array_of(centres));
  return call;
}

VerbResult run(const VerbCall& call) {
  VerbResult result = run_verb(call);
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}

Vector metric(const VerbResult& result, const std::string& name) {
  Vector values;
  for (const auto& point : result.metrics) {
    if (point.name == name) values.push_back(point.value);
  }
  return values;
}

// Least squares on columns of `z` with a penalty p'Rp, plainly; b is the last row if there is an intercept.
Dense least_squares(const Dense& z, const Dense& r, const Dense& targets, double penalty,
                    const Vector& weights, bool intercept) {
  const std::size_t m = z.columns, size = m + (intercept ? 1 : 0);
  Dense a(size, size), right(size, targets.columns);
  for (std::size_t i = 0; i < z.rows; ++i) {
    const double w = weights.empty() ? 1.0 : weights[i];
    const auto value = [&](std::size_t j) { return j < m ? z(i, j) : 1.0; };
    for (std::size_t j = 0; j < size; ++j) {
      for (std::size_t k = 0; k < size; ++k) a(j, k) += w * value(j) * value(k);
      for (std::size_t t = 0; t < targets.columns; ++t) right(j, t) += w * value(j) * targets(i, t);
    }
  }
  for (std::size_t j = 0; j < m; ++j) {
    for (std::size_t k = 0; k < m; ++k) a(j, k) += penalty * r(j, k);
  }
  return solve(a, right);
}

Vector values_of(const Dense& z, const Dense& solution) {
  Vector values;
  for (std::size_t i = 0; i < z.rows; ++i) {
    for (std::size_t t = 0; t < solution.columns; ++t) {
      double sum = solution.rows > z.columns ? solution(z.columns, t) : 0;
      for (std::size_t j = 0; j < z.columns; ++j) sum += z(i, j) * solution(j, t);
      values.push_back(sum);
    }
  }
  return values;
}

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
  const Vector f = numbers(fitted, "fitted"), again = numbers(predict(fitted, array_of(many)), "y");
  double squares = 0;
  for (std::size_t i = 0; i < 20000; ++i) squares += std::pow(f[i] - truth[i], 2) / 20000;
  CHECK(squares < 0.01);  // at most 200 coefficients of 20,000 rows fit the noise of variance 1
  CHECK(relative_error(again, f) < 1e-5);
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

namespace {

Vector variance_at(const VerbResult& fitted, const Dense& rows) {
  VerbCall call;
  call.model = &model();
  call.verb = "predict";
  call.verb_settings = {{"variance", true}};
  call.inputs["x"] = source_of(array_of(rows));
  call.state = &fitted.state;
  return numbers(run(call), "variance");
}

}  // namespace

TEST_CASE("the variance of nystrom: with every row as a centre the exact one, with few the formula") {
  const Dense centres = first_rows(x, 25), k = matrix(gaussian, x, centres),
              at_q = matrix(gaussian, q, centres), inner = matrix(gaussian, centres, centres);
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      CAPTURE(intercept, weighted);
      Problem problem = nystrom_problem(x, y, intercept, weighted);
      problem.settings["covariance"] = true;
      const VerbResult few = run(call_with_centres(problem, centres)),
                       all = run(call_with_centres(problem, x));
      // k(x, x) - k'K_MM^-1 k + penalty (k, 1)'[K_Mn W K_nM + penalty K_MM, K_Mn w; w'K_nM, 1'w]^-1 (k, 1).
      const std::size_t m = 25, size = m + (intercept ? 1 : 0);
      Dense h(size, size), right(size, q.rows), prior(m, q.rows);
      for (std::size_t i = 0; i < x.rows; ++i) {
        const double w = weighted ? problem.weight[i] : 1;
        const auto value = [&](std::size_t j) { return j < m ? k(i, j) : 1.0; };
        for (std::size_t a = 0; a < size; ++a) {
          for (std::size_t b = 0; b < size; ++b) h(a, b) += w * value(a) * value(b);
        }
      }
      for (std::size_t a = 0; a < m; ++a) {
        for (std::size_t b = 0; b < m; ++b) h(a, b) += 0.05 * inner(a, b);
      }
      for (std::size_t c = 0; c < q.rows; ++c) {
        for (std::size_t a = 0; a < size; ++a) right(a, c) = a < m ? at_q(c, a) : 1.0;
        for (std::size_t a = 0; a < m; ++a) prior(a, c) = at_q(c, a);
      }
      const Dense solved = solve(h, right), known = solve(inner, prior);
      Vector expected;
      for (std::size_t c = 0; c < q.rows; ++c) {
        double value = 1;
        for (std::size_t a = 0; a < m; ++a) value -= prior(a, c) * known(a, c);
        for (std::size_t a = 0; a < size; ++a) value += 0.05 * right(a, c) * solved(a, c);
        expected.push_back(value);
      }
      CHECK(relative_error(variance_at(few, q), expected) < 1e-7);
      problem.settings = {
          {"solver", text("exact")}, {"length", 2.0}, {"penalty", 0.05}, {"intercept", intercept}};
      CHECK(relative_error(variance_at(all, q), variance_at(fit(problem), q)) < 1e-7);
    }
  }
}

TEST_CASE("the variance of nystrom comes from the rows that the fit came from") {
  Problem problem = nystrom_problem(x, y, true, false);
  problem.settings["covariance"] = true;
  problem.settings["held_out"] = 0.2;
  problem.settings["max_steps"] = std::int64_t{2};
  const VerbResult held = run(call_with_centres(problem, first_rows(x, 40)));
  problem.settings["refit"] = true;
  const VerbResult refitted = run(call_with_centres(problem, first_rows(x, 40)));
  for (const char* name : {"held_out", "refit"}) problem.settings.erase(name);
  const VerbResult all = run(call_with_centres(problem, first_rows(x, 40)));
  CHECK(variance_at(refitted, q) == variance_at(all, q));
  // Fewer rows know less.
  const Vector less = variance_at(held, q), more = variance_at(all, q);
  double difference = 0;
  for (std::size_t i = 0; i < less.size(); ++i) {
    CHECK(less[i] >= more[i] - 1e-12);
    difference = std::max(difference, less[i] - more[i]);
  }
  CHECK(difference > 1e-4);
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
    std::vector<ansatz::host::Checkpoint> checkpoints;
    VerbCall call = fit_call(problem);
    call.listener.wants_checkpoint = [] { return true; };
    call.listener.checkpoint = [&](ansatz::host::Checkpoint checkpoint) {
      checkpoints.push_back(std::move(checkpoint));
    };
    REQUIRE(run_verb(call).status == ANSATZ_DONE);
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
    for (const std::string& part : parts) CHECK_THAT(result.text, Contains(part));
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
  large.settings["memory"] = std::int64_t{3};
  large.settings["sampling"] = text("rpcholesky");
  refused(try_fit(large), ANSATZ_BAD_ARGUMENT, {"rpcholesky", "7200000", "uniform"});
  Problem features{array_of(x), array_of(y), {{"solver", text("features")}, {"features", std::int64_t{31}}}};
  refused(try_fit(features), ANSATZ_BAD_ARGUMENT, {"31", "even"});
  features.settings = {{"solver", text("features")}, {"kernel", text("linear")}};
  refused(try_fit(features), ANSATZ_BAD_ARGUMENT, {"linear", "gaussian"});
  features.settings = {{"solver", text("features")}, {"memory", std::int64_t{1}}};
  refused(try_fit(features), ANSATZ_BAD_ARGUMENT, {"2000 features", "32000000", "square of the features"});
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
  CHECK_THAT(indefinite.text, Contains("40 centres") && Contains("jitter"));
}
