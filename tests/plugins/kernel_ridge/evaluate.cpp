// The verb evaluate and the variance of predictions, against formulas.
#include <cmath>

#include "call.hpp"

using namespace kr;
using Catch::Contains;
using reference::relative_error;

namespace {

constexpr std::size_t n = 60, d = 3;
const Dense x = reference::normal(n, d, 101), y = reference::normal(n, 2, 102),
            q = reference::normal(40, d, 103);

Problem gaussian_problem(bool intercept, bool weighted) {
  Problem problem{array_of(x),
                  array_of(y),
                  {{"length", 1.3}, {"penalty", 0.4}, {"amplitude", 1.1}, {"intercept", intercept}}};
  for (std::size_t i = 0; weighted && i < n; ++i) problem.weight.push_back(0.5 + static_cast<double>(i % 4));
  return problem;
}

VerbCall model_call(const VerbResult& fitted, const char* verb, const Dense& rows, bool variance) {
  VerbCall call;
  call.model = &model();
  call.verb = verb;
  call.verb_settings = {{"variance", variance}};
  call.inputs["x"] = source_of(array_of(rows));
  call.state = &fitted.state;
  return call;
}

}  // namespace

TEST_CASE("variances are those of a Gaussian process") {
  const reference::Kernel kernel{"gaussian", {1.3}, 1.1};
  for (const bool intercept : {false, true}) {
    const Problem problem = gaussian_problem(intercept, true);
    const VerbResult fitted = fit(problem);
    const Vector variance = numbers(run(model_call(fitted, "predict", q, true)), "variance");
    // k(x, x) - (k, 1)' [G 1; 1' 0]^-1 (k, 1).
    const Dense k = matrix(kernel, x, x), across = matrix(kernel, x, q);
    const std::size_t size = n + (intercept ? 1 : 0);
    Dense g(size, size), right(size, q.rows);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) g(i, j) = k(i, j);
      g(i, i) += 0.4 / problem.weight[i];
      if (intercept) g(i, n) = g(n, i) = 1;
      for (std::size_t c = 0; c < q.rows; ++c) right(i, c) = across(i, c);
    }
    for (std::size_t c = 0; c < q.rows && intercept; ++c) right(n, c) = 1;
    const Dense solved = solve(g, right);
    Vector expected;
    for (std::size_t c = 0; c < q.rows; ++c) {
      double value = 1.1;
      for (std::size_t i = 0; i < size; ++i) value -= right(i, c) * solved(i, c);
      expected.push_back(value);
    }
    CHECK(relative_error(variance, expected) < 1e-9);
  }
  // Without intercept and weights their sum at the training rows is penalty times the degrees of freedom.
  Problem problem = gaussian_problem(false, false);
  problem.settings["diagnostics"] = true;
  const VerbResult fitted = fit(problem);
  double sum = 0;
  for (const double v : numbers(run(model_call(fitted, "predict", x, true)), "variance")) sum += v;
  CHECK(sum == Approx(0.4 * numbers(fitted, "df")[0]).epsilon(1e-9));
}

TEST_CASE("evaluate gives what predict and formulas give") {
  const Problem problem = gaussian_problem(true, false);
  const VerbResult fitted = fit(problem);
  const Dense truth = reference::normal(40, 2, 104);
  VerbCall call = model_call(fitted, "evaluate", q, true);
  call.inputs["y"] = source_of(array_of(truth));
  const VerbResult result = run(call);
  const Vector f = numbers(predict(fitted, array_of(q)), "y"),
               variance = numbers(run(model_call(fitted, "predict", q, true)), "variance");
  CHECK(relative_error(numbers(result, "variance"), variance) < 1e-12);
  for (std::size_t t = 0; t < 2; ++t) {
    double squares = 0, mean = 0, spread = 0, density = 0;
    for (std::size_t i = 0; i < 40; ++i) mean += truth(i, t) / 40;
    for (std::size_t i = 0; i < 40; ++i) {
      const double e = truth(i, t) - f[2 * i + t], v = variance[i] + 0.4;
      squares += e * e;
      spread += std::pow(truth(i, t) - mean, 2);
      density += std::exp(-e * e / (2 * v)) / std::sqrt(2 * 3.14159265358979323846 * v) > 0
                     ? -std::log(std::exp(-e * e / (2 * v)) / std::sqrt(2 * 3.14159265358979323846 * v)) / 40
                     : 0;
      CHECK(numbers(result, "error")[2 * i + t] == Approx(e));
    }
    CHECK(numbers(result, "mse")[t] == Approx(squares / 40));
    CHECK(numbers(result, "r2")[t] == Approx(1 - squares / spread));
    CHECK(numbers(result, "nlpd")[t] == Approx(density));
  }
}

TEST_CASE("evaluate counts wrong labels, and those never seen among them") {
  std::vector<std::int64_t> labels(n), truth{3, 3, 9, 5};
  for (std::size_t i = 0; i < n; ++i) labels[i] = x(i, 0) > 0 ? 5 : 3;
  const VerbResult fitted = fit({array_of(x), array_of(ElementType::i64, {n}, labels), {{"length", 1.0}}});
  Dense rows(4, d);
  rows(0, 0) = rows(1, 0) = -1.5;
  rows(2, 0) = rows(3, 0) = 1.5;
  truth[1] = 5;
  VerbCall call = model_call(fitted, "evaluate", rows, false);
  call.inputs["y"] = source_of(array_of(ElementType::i64, {4}, truth));
  std::string said;
  call.listener.log = [&](int, const std::string& line) { said += line; };
  const VerbResult result = run(call);
  CHECK(numbers(result, "error") == Vector{0, 1, 1, 0});
  CHECK(numbers(result, "wrong")[0] == 0.5);
  CHECK_THAT(said, Contains("9") && Contains("1 rows"));
}

TEST_CASE("evaluate and variances refuse what does not fit the model") {
  const auto refused = [](const VerbResult& result, const std::vector<std::string>& parts) {
    CHECK(result.status == ANSATZ_BAD_ARGUMENT);
    for (const std::string& part : parts) CHECK_THAT(result.text, Contains(part));
  };
  const VerbResult fitted = fit(gaussian_problem(true, false));
  VerbCall call = model_call(fitted, "evaluate", q, false);
  call.inputs["y"] = source_of(array_of(reference::normal(40, 3, 1)));
  refused(run_verb(call), {"3 columns", "fitted on 2"});
  refused(run_verb(model_call(fitted, "predict", reference::normal(4, 2, 1), false)),
          {"2 columns", "fitted on 3"});
  Problem nystrom = gaussian_problem(true, false);
  nystrom.settings["solver"] = text("nystrom");
  refused(run_verb(model_call(fit(nystrom), "predict", q, true)), {"variance", "exact", "nystrom"});
}
