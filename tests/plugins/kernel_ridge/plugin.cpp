// The plugin as a plugin: what it declares, threads, steps, state.
#include <algorithm>
#include <cmath>

#include "call.hpp"

using namespace kr;

namespace {

const ansatz_parameter* parameter(const std::string& name) {
  for (std::uint64_t i = 0; i < model().parameter_count; ++i) {
    if (model().parameters[i]->name == name) return model().parameters[i];
  }
  return nullptr;
}

}  // namespace

TEST_CASE("parameters carry defaults, ranges and when they are used") {
  for (const char* name : {"kernel", "length", "norm", "amplitude", "slope", "offset", "degree", "penalty",
                           "penalty_scale", "intercept", "precision", "memory"}) {
    CAPTURE(name);
    REQUIRE(parameter(name) != nullptr);
  }
  CHECK(text(parameter("kernel")->initial->texts[0]) == "gaussian");
  CHECK(text(parameter("length")->used_if) == "kernel=gaussian|laplacian|matern|rational-quadratic|chi2");
  CHECK(text(parameter("norm")->used_if) == "kernel=laplacian");
  for (const char* name : {"slope", "offset"})
    CHECK(text(parameter(name)->used_if) == "kernel=polynomial|sigmoid");
  CHECK(text(parameter("degree")->used_if) == "kernel=polynomial");
  CHECK(parameter("penalty")->initial->reals[0] == 1e-3);
  CHECK(parameter("memory")->affects_result == 0);
  CHECK(parameter("degree")->maximum == 20);
}

TEST_CASE("a parameter belongs to the solvers that use it, so that others refuse it") {
  const std::map<std::string, std::string> solvers{{"penalty", "auto|exact|cg|nystrom|features"},
                                                   {"penalty_scale", "auto|exact|cg|nystrom|features"},
                                                   {"precision", "auto|exact|cg|nystrom|eigenpro"},
                                                   {"diagnostics", "exact"},
                                                   {"rank", "cg"},
                                                   {"centres", "nystrom"},
                                                   {"sampling", "nystrom"},
                                                   {"covariance", "nystrom"},
                                                   {"features", "features"},
                                                   {"orthogonal", "features"},
                                                   {"batch", "eigenpro"},
                                                   {"subsample", "eigenpro"},
                                                   {"pairs", "eigenpro"},
                                                   {"tolerance", "cg|nystrom"},
                                                   {"refit", "cg|nystrom"},
                                                   {"max_steps", "cg|nystrom|eigenpro"},
                                                   {"held_out", "cg|nystrom|eigenpro"},
                                                   {"patience", "cg|nystrom|eigenpro"}};
  for (const auto& [name, expected] : solvers) {
    CAPTURE(name);
    REQUIRE(parameter(name) != nullptr);
    const std::string used = text(parameter(name)->used_if);
    CHECK(used.substr(0, used.find('&')) == "solver=" + expected);
  }
  CHECK(text(parameter("smoothness")->used_if) == "kernel=matern");
  CHECK(text(parameter("mixture")->used_if) == "kernel=rational-quadratic");
}

TEST_CASE("the same bytes for 1, 2 and 4 threads") {
  const Dense x = reference::normal(600, 10, 61), y = reference::normal(600, 3, 62),
              q = reference::normal(333, 10, 63);
  for (const char* kernel : {"gaussian", "laplacian", "polynomial", "linear"}) {
    for (const char* precision : {"f64", "f32"}) {
      CAPTURE(kernel, precision);
      Problem problem{array_of(x), array_of(y), {{"kernel", text(kernel)}, {"precision", text(precision)}}};
      problem.settings["penalty"] = 1.0;
      const VerbResult one = fit(problem);
      const VerbResult predicted = predict(one, array_of(q));
      for (const unsigned threads : {2U, 4U}) {
        problem.threads = threads;
        const VerbResult more = fit(problem);
        for (const char* port : {"fitted", "coefficients", "intercept"}) {
          CHECK(same_bytes(more.outputs.array(port), one.outputs.array(port)));
        }
        CHECK(
            same_bytes(predict(more, array_of(q), threads).outputs.array("y"), predicted.outputs.array("y")));
      }
    }
  }
}

TEST_CASE("a prediction takes a step for each block of rows, and a row does not depend on its block") {
  const Dense x = reference::normal(80, 4, 64), y = reference::normal(80, 1, 65),
              q = reference::normal(7000, 4, 66);
  const VerbResult fitted = fit({array_of(x), array_of(y), {}});
  const VerbResult all = predict(fitted, array_of(q));
  CHECK(all.steps >= 2);
  Dense tail(6, 4);
  std::copy(q.values.end() - 24, q.values.end(), tail.values.begin());
  const Vector last = numbers(predict(fitted, array_of(tail)), "y"), every = numbers(all, "y");
  CHECK(std::equal(last.begin(), last.end(), every.end() - 6));
}

TEST_CASE("the state holds what predict needs, whatever the settings of the new instance") {
  const Dense x = reference::normal(50, 4, 67), y = reference::normal(50, 2, 68);
  const std::vector<Settings> settings{{{"kernel", text("laplacian")},
                                        {"norm", text("l2")},
                                        {"length", Vector{1, 2, 3, 4}},
                                        {"amplitude", 3.0}},
                                       {{"kernel", text("polynomial")},
                                        {"degree", std::int64_t{2}},
                                        {"offset", 0.25},
                                        {"precision", text("f32")}}};
  for (const Settings& chosen : settings) {
    const VerbResult fitted = fit({array_of(x), array_of(y), chosen});
    // A fresh instance with defaults, loaded from the state: at the training rows it gives the fitted values.
    const Vector predicted = numbers(predict(fitted, array_of(x)), "y");
    CHECK(reference::relative_error(predicted, numbers(fitted, "fitted")) <
          (chosen.count("precision") != 0 ? 1e-2 : 1e-9));
    CHECK(fitted.state.array("kernel").text(0) ==
          (chosen.count("norm") != 0 ? "laplacian[l2]" : "polynomial"));
    CHECK(fitted.state.array("points/values").type == ElementType::f64);
  }
  const std::vector<std::uint8_t> bytes(50 * 4, 3);
  const VerbResult compact = fit({array_of(ElementType::u8, {50, 4}, bytes), array_of(y), {{"length", 1.0}}});
  CHECK(compact.state.array("points/values").type == ElementType::u8);
}

TEST_CASE("the sample of rows behind a median follows the step's key") {
  const Dense x = reference::normal(2100, 2, 69), y = reference::normal(2100, 1, 70);
  Problem problem{array_of(x), array_of(y), {}};
  const auto length = [&] { return fit(problem).state.array("length").number(0); };
  const double first = length();
  CHECK(length() == first);
  problem.random_key = 6;
  CHECK(length() != first);
  CHECK(length() == Approx(first).epsilon(0.02));
}
