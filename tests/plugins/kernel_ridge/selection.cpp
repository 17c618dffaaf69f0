// tune, evaluate, the variance of predictions, and eigenpro: against dense formulas and central differences.
#include <cmath>

#include "ansatz/num/random.hpp"
#include "call.hpp"
#include "spectrum_oracle.hpp"

using namespace kr;
using Catch::Contains;
using reference::relative_error;

namespace {

constexpr std::size_t n = 60, d = 3;
const Dense x = reference::normal(n, d, 101), y = reference::normal(n, 2, 102),
            q = reference::normal(40, d, 103);

Vector some_weights() {
  Vector weights(n);
  for (std::size_t i = 0; i < n; ++i) weights[i] = 0.5 + static_cast<double>(i % 4);
  return weights;
}

VerbResult run(const VerbCall& call) {
  VerbResult result = run_verb(call);
  INFO(result.text);
  REQUIRE(result.status == ANSATZ_DONE);
  return result;
}

VerbCall tune_call(const Problem& problem, const char* choose, std::int64_t iterations) {
  VerbCall call = fit_call(problem);
  call.verb = "tune";
  call.verb_settings = {{"choose", text(choose)}, {"iterations", iterations}};
  return call;
}
VerbResult tune(const Problem& problem, const char* choose, std::int64_t iterations) {
  return run(tune_call(problem, choose, iterations));
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
  if (weighted) problem.weight = some_weights();
  return problem;
}

}  // namespace

TEST_CASE("the gradients of tune agree with central differences for every parameter of every kernel") {
  for (const Selected& kernel : kernels) {
    for (const char* choose : {"lml", "loo"}) {
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
  for (const char* choose : {"lml", "loo"}) {
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
                 left_out = numbers(tune(problem, "loo", 0), "objective")[0];
    problem.settings["diagnostics"] = true;
    const VerbResult fitted = fit(problem);
    double lml = 0, squares = 0;
    for (const double value : numbers(fitted, "lml")) lml += value;
    for (const double e : numbers(fitted, "loo")) squares += e * e;
    CHECK(-evidence == Approx(lml).epsilon(1e-10));
    CHECK(left_out == Approx(squares).epsilon(1e-10));
  }
}

TEST_CASE("tune finds a stationary point, goes on after any step, and learns there") {
  Dense smooth(n, 1);
  for (std::size_t i = 0; i < n; ++i) smooth(i, 0) = std::sin(2 * x(i, 0)) + 0.3 * x(i, 1) + 0.05 * y(i, 0);
  for (const char* choose : {"lml", "loo"}) {
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
    std::vector<ansatz::host::Checkpoint> checkpoints;
    VerbCall call = tune_call(problem, choose, 200);
    call.listener.wants_checkpoint = [] { return true; };
    call.listener.checkpoint = [&](ansatz::host::Checkpoint checkpoint) {
      checkpoints.push_back(std::move(checkpoint));
    };
    REQUIRE(run_verb(call).status == ANSATZ_DONE);
    REQUIRE(checkpoints.size() == best.steps - 1);
    for (const ansatz::host::Checkpoint& checkpoint : checkpoints) {
      VerbCall rest = tune_call(problem, choose, 200);
      rest.resume = &checkpoint;
      rest.threads = 2;
      CHECK(same_bytes(run(rest).outputs.array("trace"), best.outputs.array("trace")));
    }
  }
}

TEST_CASE("variances are those of a Gaussian process") {
  const reference::Kernel kernel{"gaussian", {1.3}, 1.1};
  for (const bool intercept : {false, true}) {
    const Problem problem = problem_of(kernels[0], intercept, true);
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
  Problem problem = problem_of(kernels[0], false, false);
  problem.settings["diagnostics"] = true;
  const VerbResult fitted = fit(problem);
  double sum = 0;
  for (const double v : numbers(run(model_call(fitted, "predict", x, true)), "variance")) sum += v;
  CHECK(sum == Approx(0.4 * numbers(fitted, "df")[0]).epsilon(1e-9));
}

TEST_CASE("evaluate gives what predict and formulas give") {
  const Problem problem = problem_of(kernels[0], true, false);
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

namespace {

Problem eigenpro_problem(std::int64_t pairs, std::int64_t batch) {
  return {array_of(x),
          array_of(y),
          {{"solver", text("eigenpro")},
           {"precision", text("f64")},
           {"length", 1.3},
           {"pairs", pairs},
           {"batch", batch},
           {"subsample", static_cast<std::int64_t>(n)},
           {"max_steps", std::int64_t{3}}}};
}

Vector means_of(const Dense& targets) {
  Vector means(targets.columns);
  for (std::size_t i = 0; i < targets.rows; ++i) {
    for (std::size_t t = 0; t < targets.columns; ++t)
      means[t] += targets(i, t) / static_cast<double>(targets.rows);
  }
  return means;
}

}  // namespace

TEST_CASE("eigenpro without pairs is plain stochastic gradient descent") {
  const Dense k = matrix(reference::Kernel{"gaussian", {1.3}}, x, x);
  const Vector means = means_of(y);
  const double top = reference::eigenvalues(k).back() / static_cast<double>(n);
  Dense a(n, 2);
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
    const auto order = ansatz::Rng{5, "order", epoch}.permutation(n);
    for (std::size_t first = 0; first < n; first += 8) {
      const std::size_t count = std::min<std::size_t>(8, n - first);
      const double eta = 1 / (1 + static_cast<double>(count - 1) * top);
      Dense before = a;
      for (std::size_t b = 0; b < count; ++b) {
        const std::size_t i = order[first + b];
        for (std::size_t t = 0; t < 2; ++t) {
          double f = means[t];
          for (std::size_t j = 0; j < n; ++j) f += k(i, j) * before(j, t);
          a(i, t) -= eta * (f - y(i, t));
        }
      }
    }
  }
  CHECK(relative_error(numbers(fit(eigenpro_problem(0, 8)), "coefficients"), a.values) < 1e-9);
}

TEST_CASE("a full batch of eigenpro is a step with the preconditioned kernel; no residual, no change") {
  const Dense k = matrix(reference::Kernel{"gaussian", {1.3}}, x, x);
  Problem problem = eigenpro_problem(10, static_cast<std::int64_t>(n));
  problem.settings["max_steps"] = std::int64_t{1};
  const Vector f = numbers(fit(problem), "fitted"), a = numbers(fit(problem), "coefficients");
  const Vector values = reference::eigenvalues(k);  // ascending
  const double last = values[n - 11];
  // K (I - V D V' K) has the eigenvalues s_i - s_i (1 - last / s_i) = last for the leading ones: then
  // f - mean = eta K_G (y - mean) where K_G v = min(s, last) v.  Check by the power of K: for the residual e = y - mean,
  // the coefficients are eta (e - V D V' K e), so that K a + last * (leading part of e) eta = eta K e there.
  const Vector means = means_of(y);
  double beta = 0;
  // beta from the full kernel: k_G(x, x) at most 1; recovered from the ratio of trailing parts below.
  Dense e(n, 2);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t t = 0; t < 2; ++t) e(i, t) = y(i, t) - means[t];
  }
  // Lift every eigenvalue above `last` down to it by iterating on a dense function of K: K_G = K - sum (s - last) v v'.
  Dense top_part(n, n);
  {
    Dense rest = k;
    for (int pair = 0; pair < 10; ++pair) {
      Vector v(n, 0.0), w(n);
      for (std::size_t i = 0; i < n; ++i)
        v[i] = 1 + static_cast<double>((i * 7 + static_cast<std::size_t>(pair)) % 5);
      double s = 0;
      for (int step = 0; step < 5000; ++step) {
        double length = 0;
        for (std::size_t i = 0; i < n; ++i) {
          w[i] = 0;
          for (std::size_t j = 0; j < n; ++j) w[i] += rest(i, j) * v[j];
          length += w[i] * w[i];
        }
        s = std::sqrt(length);
        for (std::size_t i = 0; i < n; ++i) v[i] = w[i] / s;
      }
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          rest(i, j) -= s * v[i] * v[j];
          top_part(i, j) += (s - last) * v[i] * v[j];
        }
      }
    }
  }
  Dense damped = k;
  for (std::size_t i = 0; i < damped.values.size(); ++i) damped.values[i] -= top_part.values[i];
  for (std::size_t i = 0; i < n; ++i) beta = std::max(beta, damped(i, i));
  const double eta = 1 / (beta + static_cast<double>(n - 1) * last / static_cast<double>(n));
  const Dense step = product(damped, e);
  Vector expected;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t t = 0; t < 2; ++t) expected.push_back(means[t] + eta * step(i, t));
  }
  CHECK(relative_error(f, expected) < 1e-8);
  CHECK(a.size() == 2 * n);

  problem.y = array_of(Dense(n, 2));
  for (const double value : numbers(fit(problem), "coefficients")) CHECK(value == 0);
}

TEST_CASE("eigenpro interrupted after any epoch, with any threads, gives the same bytes") {
  Problem problem = eigenpro_problem(10, 8);
  problem.settings["subsample"] = std::int64_t{30};
  problem.settings["held_out"] = 0.2;
  problem.settings["max_steps"] = std::int64_t{5};
  const VerbResult whole = fit(problem);
  std::vector<ansatz::host::Checkpoint> checkpoints;
  VerbCall call = fit_call(problem);
  call.listener.wants_checkpoint = [] { return true; };
  call.listener.checkpoint = [&](ansatz::host::Checkpoint checkpoint) {
    checkpoints.push_back(std::move(checkpoint));
  };
  REQUIRE(run_verb(call).status == ANSATZ_DONE);
  REQUIRE(checkpoints.size() == whole.steps - 1);
  for (const ansatz::host::Checkpoint& checkpoint : checkpoints) {
    VerbCall rest = fit_call(problem);
    rest.resume = &checkpoint;
    rest.threads = 4;
    CHECK(same_bytes(run(rest).outputs.array("coefficients"), whole.outputs.array("coefficients")));
  }
}

TEST_CASE("what the further verbs refuse") {
  const auto refused = [](const VerbResult& result, const std::vector<std::string>& parts) {
    CHECK(result.status == ANSATZ_BAD_ARGUMENT);
    for (const std::string& part : parts) CHECK_THAT(result.text, Contains(part));
  };
  Problem problem = problem_of(kernels[0], true, false);
  problem.settings["penalty"] = 0.0;
  refused(run_verb(tune_call(problem, "lml", 1)), {"penalty is 0"});
  problem.settings["penalty"] = 0.4;
  problem.settings["memory"] = std::int64_t{1};
  const Dense many = reference::normal(300, 1, 105);
  problem.x = array_of(many);
  problem.y = array_of(many);
  refused(run_verb(tune_call(problem, "lml", 1)), {"300 rows", "1440000", "memory"});

  const VerbResult fitted = fit(problem_of(kernels[0], true, false));
  VerbCall call = model_call(fitted, "evaluate", q, false);
  call.inputs["y"] = source_of(array_of(reference::normal(40, 3, 1)));
  refused(run_verb(call), {"3 columns", "fitted on 2"});
  refused(run_verb(model_call(fitted, "predict", reference::normal(4, 2, 1), false)),
          {"2 columns", "fitted on 3"});
  Problem nystrom = problem_of(kernels[0], true, false);
  nystrom.settings["solver"] = text("nystrom");
  refused(run_verb(model_call(fit(nystrom), "predict", q, true)), {"variance", "exact", "nystrom"});
  Problem weighted = eigenpro_problem(10, 8);
  weighted.weight = some_weights();
  refused(try_fit(weighted), {"eigenpro", "weights"});
}
