// The verbs path, similarity and probe.
#include <cmath>

#include "ansatz/num/random.hpp"
#include "call.hpp"

using namespace kr;
using reference::relative_error;

namespace {

constexpr std::size_t n = 50, d = 3;
const Dense x = reference::normal(n, d, 101), y = reference::normal(n, 2, 102),
            q = reference::normal(20, d, 103);
const reference::Kernel plain{"gaussian", {1.5}};

VerbResult run(const std::string& verb, const std::map<std::string, Array>& inputs,
               const Settings& model_settings, const Settings& verb_settings = {}) {
  VerbCall call;
  call.model = &model();
  call.verb = verb;
  call.model_settings = model_settings;
  call.verb_settings = verb_settings;
  call.random_key = 5;
  for (const auto& [port, array] : inputs) call.inputs[port] = source_of(array);
  VerbResult result = run_verb(call);
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}

double number(const VerbResult& result, const std::string& port) { return numbers(result, port)[0]; }

Vector weights_or_none(bool weighted) {
  Vector weights;
  for (std::size_t i = 0; weighted && i < n; ++i) weights.push_back(0.5 + static_cast<double>(i % 4));
  return weights;
}

}  // namespace

TEST_CASE("every point of a path is a fit of its own") {
  const Vector penalties{1e-3, 0.05, 2};
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      CAPTURE(intercept, weighted);
      std::map<std::string, Array> inputs{{"x", array_of(x)}, {"y", array_of(y)}};
      const Vector weights = weights_or_none(weighted);
      if (weighted) inputs["weight"] = array_of(weights);
      const Settings settings{{"length", 1.5}, {"intercept", intercept}};
      const VerbResult path = run("path", inputs, settings, {{"penalties", penalties}});
      Vector losses;
      for (std::size_t p = 0; p < penalties.size(); ++p) {
        Problem problem{array_of(x), array_of(y), settings, weights};
        problem.settings["penalty"] = penalties[p];
        problem.settings["solver"] = text("exact");
        problem.settings["precision"] = text("f64");
        problem.settings["diagnostics"] = true;
        const VerbResult one = fit(problem);
        const Vector loo = numbers(one, "loo"), fitted = numbers(one, "fitted"), gcv = numbers(one, "gcv"),
                     lml = numbers(one, "lml");
        double squares = 0, train = 0;
        for (std::size_t i = 0; i < loo.size(); ++i) {
          const double w = weighted ? weights[i / 2] : 1;
          squares += w * loo[i] * loo[i] / static_cast<double>(loo.size());
          train += w * std::pow(y.values[i] - fitted[i], 2) / static_cast<double>(loo.size());
        }
        losses.push_back(squares);
        CHECK(numbers(path, "penalty")[p] == Approx(penalties[p]).epsilon(1e-12));
        CHECK(numbers(path, "loo")[p] == Approx(squares).epsilon(1e-9));
        CHECK(numbers(path, "train")[p] == Approx(train).epsilon(1e-9));
        CHECK(numbers(path, "df")[p] == Approx(number(one, "df")).epsilon(1e-9));
        CHECK(numbers(path, "gcv")[p] == Approx((gcv[0] + gcv[1]) / 2).epsilon(1e-9));
        CHECK(numbers(path, "lml")[p] == Approx(lml[0] + lml[1]).epsilon(1e-9));
        if (penalties[p] == number(path, "chosen")) {
          CHECK(relative_error(numbers(predict(path, array_of(q)), "y"),
                               numbers(predict(one, array_of(q)), "y")) < 1e-9);
        }
      }
      CHECK(number(path, "chosen") ==
            Approx(penalties[static_cast<std::size_t>(std::min_element(losses.begin(), losses.end()) -
                                                      losses.begin())])
                .epsilon(1e-12));
    }
  }
}

TEST_CASE("the error of folds in closed form is that of refits") {
  const auto order = ansatz::Rng{5, "folds"}.permutation(n);
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      for (const std::size_t folds : {std::size_t{5}, n}) {
        CAPTURE(intercept, weighted, folds);
        std::map<std::string, Array> inputs{{"x", array_of(x)}, {"y", array_of(y)}};
        const Vector weights = weights_or_none(weighted);
        if (weighted) inputs["weight"] = array_of(weights);
        const VerbResult path = run("path", inputs, {{"length", 1.5}, {"intercept", intercept}},
                                    {{"penalties", Vector{0.3, 0.4}},
                                     {"choose", text("cv")},
                                     {"folds", static_cast<std::int64_t>(folds)}});
        double squares = 0;
        for (std::size_t fold = 0; fold < folds; ++fold) {
          std::vector<std::size_t> inside, outside;
          for (std::size_t i = 0; i < n; ++i) (i % folds == fold ? outside : inside).push_back(order[i]);
          const auto rows = [](const Dense& a, const std::vector<std::size_t>& chosen) {
            Dense part(chosen.size(), a.columns);
            for (std::size_t i = 0; i < chosen.size(); ++i) {
              for (std::size_t k = 0; k < a.columns; ++k) part(i, k) = a(chosen[i], k);
            }
            return part;
          };
          Vector own;
          for (const std::size_t i : inside) {
            if (weighted) own.push_back(weights[i]);
          }
          const Dense in_x = rows(x, inside);
          const reference::Fit fitted =
              reference::fit(matrix(plain, in_x, in_x), rows(y, inside), 0.3, own, intercept);
          const Dense guess = reference::predict(matrix(plain, rows(x, outside), in_x), fitted),
                      truth = rows(y, outside);
          for (std::size_t i = 0; i < outside.size(); ++i) {
            for (std::size_t t = 0; t < 2; ++t) {
              squares += (weighted ? weights[outside[i]] : 1) * std::pow(truth(i, t) - guess(i, t), 2);
            }
          }
        }
        CHECK(numbers(path, "cv")[0] == Approx(squares / (2 * n)).epsilon(1e-9));
        if (folds == n) CHECK(numbers(path, "cv")[0] == Approx(numbers(path, "loo")[0]).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("folds at many penalties together are folds at each penalty alone") {
  // Two folds of 150 rows: from a handful of penalties in a decade on they come from a series, a single one does not.
  const std::size_t many = 300;
  const Dense rows = reference::normal(many, d, 111), targets = reference::normal(many, 2, 112);
  Vector penalties;
  for (int i = 0; i < 91; ++i) penalties.push_back(1e-7 * std::pow(10.0, (i * 37 % 91) / 10.0));
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      std::map<std::string, Array> inputs{{"x", array_of(rows)}, {"y", array_of(targets)}};
      Vector weights;
      for (std::size_t i = 0; i < many; ++i) weights.push_back(0.5 + static_cast<double>(i % 4));
      if (weighted) inputs["weight"] = array_of(weights);
      const auto errors = [&](const Vector& grid) {
        return numbers(run("path", inputs, {{"length", 1.5}, {"intercept", intercept}},
                           {{"penalties", grid}, {"choose", text("cv")}, {"folds", std::int64_t{2}}}),
                       "cv");
      };
      const Vector together = errors(penalties);
      for (std::size_t p = 0; p < penalties.size(); p += 6) {
        CAPTURE(intercept, weighted, penalties[p]);
        CHECK(together[p] == Approx(errors({penalties[p]})[0]).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("a choice at the end of the grid is a warning") {
  const VerbResult path = run("path", {{"x", array_of(x)}, {"y", array_of(y)}}, {{"length", 1.5}},
                              {{"penalties", Vector{1e-6, 1e-5}}});
  REQUIRE(path.log.size() == 1);
  CHECK_THAT(path.log[0], Catch::Contains("highest") && Catch::Contains("grid"));
}

TEST_CASE("centred kernel alignment: 1 with itself, blind to rotation and scale, the same from features") {
  const Dense other = reference::normal(n, 4, 104);
  const Settings linear{{"kernel", text("linear")}};
  const auto alignment = [&](const Dense& a, const Dense& b) {
    return run("similarity", {{"x", array_of(a)}, {"other", array_of(b)}}, linear);
  };
  CHECK(number(alignment(x, x), "cka") == Approx(1).epsilon(1e-12));
  CHECK(number(alignment(x, x), "rsa") == Approx(1).epsilon(1e-12));
  // Rotated by 0.7 in the first two columns, reflected in the third, and three times as large.
  Dense turned = x;
  for (std::size_t i = 0; i < n; ++i) {
    turned(i, 0) = 3 * (std::cos(0.7) * x(i, 0) - std::sin(0.7) * x(i, 1));
    turned(i, 1) = 3 * (std::sin(0.7) * x(i, 0) + std::cos(0.7) * x(i, 1));
    turned(i, 2) = -3 * x(i, 2);
  }
  const double value = number(alignment(x, other), "cka");
  CHECK(number(alignment(turned, other), "cka") == Approx(value).epsilon(1e-12));
  // |Y'X|^2 / (|X'X| |Y'Y|), columns centred.
  const auto centre = [](Dense a) {
    for (std::size_t k = 0; k < a.columns; ++k) {
      double mean = 0;
      for (std::size_t i = 0; i < a.rows; ++i) mean += a(i, k) / static_cast<double>(a.rows);
      for (std::size_t i = 0; i < a.rows; ++i) a(i, k) -= mean;
    }
    return a;
  };
  const auto squares = [](const Dense& a, const Dense& b) {
    double sum = 0;
    for (const double v : reference::product(reference::transpose(a), b).values) sum += v * v;
    return sum;
  };
  const Dense cx = centre(x), cy = centre(other);
  CHECK(value == Approx(squares(cy, cx) / std::sqrt(squares(cx, cx) * squares(cy, cy))).epsilon(1e-12));
}

TEST_CASE("probe tells a kernel from what is none") {
  const VerbResult gaussian = run("probe", {{"x", array_of(x)}}, {{"length", 1.5}});
  CHECK(gaussian.outputs.array("verdict").text(0) == "psd");
  double trace = 0;
  for (const double value : numbers(gaussian, "eigenvalue")) trace += value;
  CHECK(trace == Approx(n).epsilon(1e-12));
  Dense swap(2, 2);  // eigenvalues 1 and -1
  swap(0, 1) = swap(1, 0) = 1;
  const VerbResult indefinite = run("probe", {{"k", array_of(swap)}}, {{"kernel", text("precomputed")}});
  CHECK(indefinite.outputs.array("verdict").text(0) == "not psd");
  CHECK(number(indefinite, "minimum") == Approx(-1));
  const VerbResult sigmoid =
      run("probe", {{"x", array_of(x)}}, {{"kernel", text("sigmoid")}, {"slope", 1.0}});
  CHECK(sigmoid.outputs.array("verdict").text(0) == "not psd");
}
