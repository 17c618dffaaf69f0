// What the exact solver says beside the solution, against refits, the hat matrix and a dense evidence.
#include <cmath>
#include <numbers>

#include "call.hpp"

using namespace kr;
using reference::relative_error;

namespace {

constexpr std::size_t n = 60, d = 3;
const Dense x = reference::normal(n, d, 91), y = reference::normal(n, 3, 92);
const reference::Kernel plain{"gaussian", {1.5}, 2.0};

Vector weights_or_none(bool weighted) {
  Vector weights;
  for (std::size_t i = 0; weighted && i < n; ++i) weights.push_back(0.5 + static_cast<double>(i % 4));
  return weights;
}

Problem diagnosed(double penalty, bool intercept, bool weighted) {
  return {array_of(x),
          array_of(y),
          {{"solver", text("exact")},
           {"diagnostics", true},
           {"precision", text("f64")},
           {"length", 1.5},
           {"amplitude", 2.0},
           {"penalty", penalty},
           {"intercept", intercept}},
          weights_or_none(weighted)};
}

// Rows of `a` but row i.
Dense without(const Dense& a, std::size_t i) {
  Dense rest(a.rows - 1, a.columns);
  std::copy_n(a.values.begin(), i * a.columns, rest.values.begin());
  std::copy(a.values.begin() + static_cast<std::ptrdiff_t>((i + 1) * a.columns), a.values.end(),
            rest.values.begin() + static_cast<std::ptrdiff_t>(i * a.columns));
  return rest;
}

// log det of a symmetric positive definite matrix by elimination.
double log_determinant(Dense a) {
  double sum = 0;
  for (std::size_t k = 0; k < a.rows; ++k) {
    sum += std::log(a(k, k));
    for (std::size_t i = k + 1; i < a.rows; ++i) {
      const double factor = a(i, k) / a(k, k);
      for (std::size_t j = k; j < a.rows; ++j) a(i, j) -= factor * a(k, j);
    }
  }
  return sum;
}

// n - 1 orthonormal contrasts as rows (Helmert).
Dense contrasts() {
  Dense c(n - 1, n);
  for (std::size_t i = 1; i < n; ++i) {
    const double length = std::sqrt(static_cast<double>(i * (i + 1)));
    for (std::size_t j = 0; j < i; ++j) c(i - 1, j) = 1 / length;
    c(i - 1, i) = -static_cast<double>(i) / length;
  }
  return c;
}

}  // namespace

TEST_CASE("leave-one-out residuals are those of as many refits") {
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      CAPTURE(intercept, weighted);
      const Problem problem = diagnosed(0.2, intercept, weighted);
      const Vector loo = numbers(fit(problem), "loo");
      Vector expected;
      for (std::size_t i = 0; i < n; ++i) {
        Vector weights = problem.weight;
        if (weighted) weights.erase(weights.begin() + static_cast<std::ptrdiff_t>(i));
        const Dense rest = without(x, i);
        Dense own(1, d);
        for (std::size_t k = 0; k < d; ++k) own(0, k) = x(i, k);
        const reference::Fit fitted =
            reference::fit(matrix(plain, rest, rest), without(y, i), 0.2, weights, intercept);
        const Dense predicted = reference::predict(matrix(plain, own, rest), fitted);
        for (std::size_t t = 0; t < 3; ++t) expected.push_back(y(i, t) - predicted(0, t));
      }
      CHECK(relative_error(loo, expected) < 1e-9);
    }
  }
}

TEST_CASE("degrees of freedom are the trace of the hat matrix, and give GCV") {
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      CAPTURE(intercept, weighted);
      const Problem problem = diagnosed(0.2, intercept, weighted);
      const VerbResult result = fit(problem);
      // Column i of the hat matrix is the fit of unit vector i.
      Dense units(n, n);
      for (std::size_t i = 0; i < n; ++i) units(i, i) = 1;
      const Dense k = matrix(plain, x, x);
      const Dense hat = reference::predict(k, reference::fit(k, units, 0.2, problem.weight, intercept));
      double trace = 0;
      for (std::size_t i = 0; i < n; ++i) trace += hat(i, i);
      CHECK(numbers(result, "df")[0] == Approx(trace).epsilon(1e-9));
      const Dense fitted = reference::product(hat, y);
      for (std::size_t t = 0; t < 3; ++t) {
        double squares = 0;
        for (std::size_t i = 0; i < n; ++i) {
          squares += (weighted ? problem.weight[i] : 1) * std::pow(y(i, t) - fitted(i, t), 2);
        }
        const double free = 1 - trace / n;
        CHECK(numbers(result, "gcv")[t] == Approx(squares / n / (free * free)).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("the log evidence is a normal density of y, or of its contrasts") {
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      CAPTURE(intercept, weighted);
      const Problem problem = diagnosed(0.3, intercept, weighted);
      Dense g = matrix(plain, x, x), data = y;
      for (std::size_t i = 0; i < n; ++i) g(i, i) += 0.3 / (weighted ? problem.weight[i] : 1);
      if (intercept) {
        const Dense c = contrasts();
        g = reference::product(reference::product(c, g), reference::transpose(c));
        data = reference::product(c, y);
      }
      const Dense solved = reference::solve(g, data);
      const double determinant = log_determinant(g), size = static_cast<double>(g.rows);
      const Vector lml = numbers(fit(problem), "lml");
      for (std::size_t t = 0; t < 3; ++t) {
        double form = 0;
        for (std::size_t i = 0; i < g.rows; ++i) form += data(i, t) * solved(i, t);
        const double exact = -form / 2 - determinant / 2 - size / 2 * std::log(2 * std::numbers::pi);
        CHECK(lml[t] == Approx(exact).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("the evidence is largest at the amplitude y'G^-1 y / n, the ratio of penalty and amplitude kept") {
  // -(n/2) log s2 - log det G /2 - (n/2)(1 + log 2 pi), s2 = y'G^-1 y / n; with an intercept over contrasts.
  for (const bool intercept : {false, true}) {
    CAPTURE(intercept);
    Dense g = matrix(reference::Kernel{"gaussian", {1.5}}, x, x), data = y;
    for (std::size_t i = 0; i < n; ++i) g(i, i) += 0.15;
    if (intercept) {
      const Dense c = contrasts();
      g = reference::product(reference::product(c, g), reference::transpose(c));
      data = reference::product(c, y);
    }
    const Dense solved = reference::solve(g, data);
    const double size = static_cast<double>(g.rows);
    const auto evidence = [&](double amplitude, std::size_t t) {
      Problem problem = diagnosed(0.15 * amplitude, intercept, false);
      problem.settings["amplitude"] = amplitude;
      return numbers(fit(problem), "lml")[t];
    };
    for (std::size_t t = 0; t < 3; ++t) {
      double s2 = 0;
      for (std::size_t i = 0; i < g.rows; ++i) s2 += data(i, t) * solved(i, t) / size;
      const double profiled =
          -size / 2 * std::log(s2) - log_determinant(g) / 2 - size / 2 * (1 + std::log(2 * std::numbers::pi));
      CHECK(evidence(s2, t) == Approx(profiled).epsilon(1e-10));
      CHECK(evidence(1.01 * s2, t) < profiled);
      CHECK(evidence(0.99 * s2, t) < profiled);
    }
  }
}

TEST_CASE("fitted values go to y as the penalty goes to 0, and to the mean with a as it grows") {
  const auto fitted = [&](double penalty) { return fit(diagnosed(penalty, true, false)); };
  const auto distance = [&](double penalty) {
    double worst = 0;
    const Vector values = numbers(fitted(penalty), "fitted");
    for (std::size_t i = 0; i < values.size(); ++i)
      worst = std::max(worst, std::abs(values[i] - y.values[i]));
    return worst;
  };
  CHECK(distance(1e-9) / distance(1e-10) == Approx(10).epsilon(0.02));
  const auto from_mean = [&](double penalty) {
    const Vector a = numbers(fitted(penalty), "coefficients");
    double worst = 0;
    for (std::size_t t = 0; t < 3; ++t) {
      double mean = 0;
      for (std::size_t i = 0; i < n; ++i) mean += y(i, t) / n;
      for (std::size_t i = 0; i < n; ++i)
        worst = std::max(worst, std::abs(penalty * a[3 * i + t] - (y(i, t) - mean)));
    }
    return worst;
  };
  CHECK(from_mean(1e5) / from_mean(1e6) == Approx(10).epsilon(0.02));
}

TEST_CASE("a kernel matrix given is the kernel computed") {
  const Dense q = reference::normal(20, d, 93);
  for (const bool weighted : {false, true}) {
    Problem direct = diagnosed(0.2, true, weighted);
    if (weighted) direct.weight[3] = 0;
    const VerbResult expected = fit(direct);
    VerbCall call;
    call.model = &model();
    call.verb = "fit";
    call.model_settings = {{"kernel", text("precomputed")}, {"penalty", 0.2}};
    call.inputs["k"] = source_of(array_of(matrix(plain, x, x)));
    call.inputs["y"] = source_of(array_of(y));
    if (weighted) call.inputs["weight"] = source_of(array_of(direct.weight));
    const VerbResult fitted = run_verb(call);
    INFO(fitted.text);
    REQUIRE(fitted.status == ANSATZ_DONE);
    CHECK(relative_error(numbers(fitted, "coefficients"), numbers(expected, "coefficients")) < 1e-10);
    CHECK(relative_error(numbers(fitted, "fitted"), numbers(expected, "fitted")) < 1e-10);
    VerbCall guess;
    guess.model = &model();
    guess.verb = "predict";
    guess.state = &fitted.state;
    guess.inputs["k"] = source_of(array_of(matrix(plain, q, x)));
    const VerbResult predicted = run_verb(guess);
    INFO(predicted.text);
    REQUIRE(predicted.status == ANSATZ_DONE);
    CHECK(relative_error(numbers(predicted, "y"), numbers(predict(expected, array_of(q)), "y")) < 1e-10);
  }
}

TEST_CASE("mixed precision after refinement is f64") {
  const std::size_t rows = 4100;  // f32 factors are for more than 4,000
  const Dense many = reference::normal(rows, 3, 94), targets = reference::normal(rows, 2, 95);
  // Penalties below the rounding of an f32 matrix take a factor in f64, unless there is no memory for it.
  for (const auto& [penalty, mebibytes] : {std::pair{1.0, 2048}, {4e-5, 2048}, {4e-5, 100}}) {
    Problem problem{array_of(many),
                    array_of(targets),
                    {{"length", 1.0},
                     {"penalty", penalty},
                     {"solver", text("exact")},
                     {"memory", std::int64_t{mebibytes}}}};
    const VerbResult mixed = fit(problem);
    problem.settings["precision"] = text("f64");
    problem.settings["memory"] = std::int64_t{2048};
    const VerbResult exact = fit(problem);
    CHECK(relative_error(numbers(mixed, "fitted"), numbers(exact, "fitted")) < 1e-9);
    CHECK(relative_error(numbers(mixed, "coefficients"), numbers(exact, "coefficients")) < 1e-8);
    CHECK((numbers(mixed, "coefficients") == numbers(exact, "coefficients")) ==
          (penalty < 1 && mebibytes > 1000));
  }
}
