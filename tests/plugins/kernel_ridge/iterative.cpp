// Conjugate gradients: against the exact solution, its bound, and itself interrupted.
#include <cmath>
#include <cstring>
#include <map>

#include "ansatz/num/kernel.hpp"
#include "ansatz/num/random_pivots.hpp"
#include "call.hpp"
#include "spectrum_oracle.hpp"

using namespace kr;
using reference::relative_error;

namespace {

constexpr std::size_t n = 150, d = 4;
const Dense x = reference::normal(n, d, 81), y = reference::normal(n, 3, 82),
            q = reference::normal(1000, d, 83);

Vector some_weights() {
  Vector weights(n);
  for (std::size_t i = 0; i < n; ++i) weights[i] = i % 11 == 0 ? 0.0 : 0.25 + static_cast<double>(i % 5);
  return weights;
}

Problem cg_problem(double penalty, bool intercept, bool weighted) {
  Problem problem{array_of(x),
                  array_of(y),
                  {{"solver", text("cg")},
                   {"precision", text("f64")},
                   {"length", 2.0},
                   {"penalty", penalty},
                   {"intercept", intercept},
                   {"rank", std::int64_t{40}},
                   {"tolerance", 1e-13},
                   {"max_steps", std::int64_t{200}}}};
  if (weighted) problem.weight = some_weights();
  return problem;
}

Problem exact_problem(Problem problem) {
  for (const char* name : {"rank", "tolerance", "max_steps", "held_out", "patience", "refit"})
    problem.settings.erase(name);
  problem.settings["solver"] = text("exact");
  problem.settings["precision"] = text("f64");
  return problem;
}

}  // namespace

TEST_CASE("conjugate gradients run to convergence are the exact solution") {
  for (const bool intercept : {false, true}) {
    for (const bool weighted : {false, true}) {
      for (const std::int64_t rank : {0, 10, 130}) {
        CAPTURE(intercept, weighted, rank);
        Problem problem = cg_problem(0.01, intercept, weighted);
        problem.settings["rank"] = rank;
        const VerbResult iterated = fit(problem), exact = fit(exact_problem(problem));
        CHECK(iterated.steps > 1);
        for (const char* port : {"coefficients", "intercept", "fitted"}) {
          CHECK(relative_error(numbers(iterated, port), numbers(exact, port)) < 1e-7);
        }
        CHECK(relative_error(numbers(predict(iterated, array_of(q)), "y"),
                             numbers(predict(exact, array_of(q)), "y")) < 1e-7);
      }
    }
  }
}

TEST_CASE("more columns in the preconditioner, fewer steps") {
  std::uint64_t before = 1000;
  for (const std::int64_t rank : {0, 40, 150}) {
    Problem problem = cg_problem(1e-3, true, false);
    problem.settings["rank"] = rank;
    const std::uint64_t steps = fit(problem).steps;
    CHECK(steps < before);
    before = steps;
  }
  CHECK(before <= 5);  // with all columns the preconditioner is the inverse, but for its larger shift
}

TEST_CASE("f32 and 16-bit tiles reach what their digits allow") {
  Problem problem = cg_problem(0.1, true, false);
  const Vector exact = numbers(predict(fit(exact_problem(problem)), array_of(q)), "y");
  problem.settings["tolerance"] = 1e-6;
  problem.settings["precision"] = text("mixed");
  CHECK(relative_error(numbers(predict(fit(problem), array_of(q)), "y"), exact) < 1e-4);
  problem.settings["precision"] = text("fixed16");
  CHECK(relative_error(numbers(predict(fit(problem), array_of(q)), "y"), exact) < 1e-2);
}

TEST_CASE("the certificate bounds the error at every step") {
  for (const bool intercept : {false, true}) {
    Problem problem = cg_problem(0.01, intercept, true);
    const VerbResult exact = fit(exact_problem(problem));
    const Vector best = numbers(exact, "coefficients"),
                 at_queries = numbers(predict(exact, array_of(q)), "y");
    const reference::Kernel plain{"gaussian", {2.0}};
    const Dense k = matrix(plain, x, x);
    for (std::int64_t steps = 1; steps <= 8; ++steps) {
      CAPTURE(intercept, steps);
      problem.settings["max_steps"] = steps;
      problem.settings["rank"] = std::int64_t{5};
      const VerbResult early = fit(problem);
      const double bound = metric(early, "certificate").back();
      const Vector a = numbers(early, "coefficients"), there = numbers(predict(early, array_of(q)), "y");
      for (std::size_t t = 0; t < 3; ++t) {
        double norm = 0, worst = 0;
        for (std::size_t i = 0; i < n; ++i) {
          for (std::size_t j = 0; j < n; ++j) {
            norm += (a[3 * i + t] - best[3 * i + t]) * k(i, j) * (a[3 * j + t] - best[3 * j + t]);
          }
        }
        CHECK(std::sqrt(norm) <= bound * (1 + 1e-9));
        if (intercept) continue;  // the bound is on f; b adds its own
        for (std::size_t i = 0; i < q.rows; ++i) {
          worst = std::max(worst, std::abs(there[3 * i + t] - at_queries[3 * i + t]));
        }
        CHECK(worst <= bound * (1 + 1e-9));
      }
    }
  }
}

TEST_CASE("rows that are held out get their prediction") {
  Problem problem = cg_problem(0.05, true, false);
  problem.settings["held_out"] = 0.2;
  problem.settings["patience"] = std::int64_t{100};
  const VerbResult held = fit(problem);
  const Vector a = numbers(held, "coefficients");
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < n; ++i) {
    if (a[3 * i] == 0 && a[3 * i + 1] == 0) out.push_back(i);
  }
  CHECK(out.size() == 30);
  CHECK(relative_error(numbers(predict(held, array_of(x)), "y"), numbers(held, "fitted")) < 1e-9);
  double squares = 0;
  for (const std::size_t i : out) {
    for (std::size_t t = 0; t < 3; ++t)
      squares += std::pow(y(i, t) - numbers(held, "fitted")[3 * i + t], 2) / 3;
  }
  double least = INFINITY;
  for (const double value : metric(held, "held_out")) least = std::min(least, value);
  CHECK(squares / 30 == Approx(least).epsilon(1e-6));
}

TEST_CASE("a refit takes all rows for as many steps as were best") {
  Problem problem = cg_problem(0.05, true, false);
  problem.settings["held_out"] = 0.2;
  problem.settings["patience"] = std::int64_t{2};
  problem.settings["refit"] = true;
  const VerbResult all = fit(problem);
  const Vector errors = metric(all, "held_out");
  const auto best =
      static_cast<std::uint64_t>(std::min_element(errors.begin(), errors.end()) - errors.begin()) + 1;
  CHECK(all.steps == errors.size() + best);
  const Vector a = numbers(all, "coefficients");
  for (std::size_t i = 0; i < n; ++i) CHECK(a[3 * i] != 0);
  CHECK(relative_error(numbers(predict(all, array_of(x)), "y"), numbers(all, "fitted")) < 1e-9);
  // The bound on its distance to the solution with all rows holds, which that without some would not obey.
  const Vector exact = numbers(fit(exact_problem(problem)), "coefficients");
  const Dense k = matrix(reference::Kernel{"gaussian", {2.0}}, x, x);
  double norm = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      norm += (a[3 * i] - exact[3 * i]) * k(i, j) * (a[3 * j] - exact[3 * j]);
  }
  CHECK(std::sqrt(norm) <= metric(all, "certificate").back() * (1 + 1e-9));

  // Without columns in the preconditioner nothing else is left of the rows that were held out.
  problem.settings["rank"] = std::int64_t{0};
  const VerbResult again = fit(problem);
  const Vector then = metric(again, "held_out");
  for (const char* name : {"held_out", "patience", "refit"}) problem.settings.erase(name);
  problem.settings["max_steps"] = std::min_element(then.begin(), then.end()) - then.begin() + 1;
  CHECK(relative_error(numbers(again, "coefficients"), numbers(fit(problem), "coefficients")) < 1e-9);
}

TEST_CASE("an interrupted iteration goes on to the same bytes, with any number of threads") {
  for (const char* precision : {"f64", "mixed", "fixed16"}) {
    Problem problem = cg_problem(0.05, true, true);
    problem.settings["precision"] = text(precision);
    problem.settings["tolerance"] = 1e-9;
    problem.settings["max_steps"] = std::int64_t{7};
    problem.settings["held_out"] = 0.2;
    problem.settings["patience"] = std::int64_t{2};
    problem.settings["refit"] = true;
    const VerbResult whole = fit(problem);
    REQUIRE(whole.steps > 4);
    const auto checkpoints = checkpoints_of(fit_call(problem));
    REQUIRE(checkpoints.size() == whole.steps - 1);
    for (const ansatz::host::Checkpoint& checkpoint : checkpoints) {
      VerbCall rest = fit_call(problem);
      rest.resume = &checkpoint;
      const VerbResult resumed = run_verb(rest);
      INFO(resumed.text);
      REQUIRE(resumed.status == ANSATZ_DONE);
      for (const char* port : {"coefficients", "fitted", "intercept"}) {
        CHECK(same_bytes(resumed.outputs.array(port), whole.outputs.array(port)));
      }
    }
    for (const unsigned threads : {2U, 4U}) {
      problem.threads = threads;
      const VerbResult again = fit(problem);
      for (const char* port : {"coefficients", "fitted", "intercept"}) {
        CHECK(same_bytes(again.outputs.array(port), whole.outputs.array(port)));
      }
    }
  }
}

TEST_CASE("a budget that stores the kernel gives the bytes of one that does not") {
  Problem problem = cg_problem(0.05, true, false);
  const Dense many = reference::normal(700, d, 84), targets = reference::normal(700, 2, 85);
  problem.x = array_of(many);
  problem.y = array_of(targets);
  problem.settings["max_steps"] = std::int64_t{4};
  const VerbResult stored = fit(problem);
  problem.settings["memory"] = std::int64_t{1};
  const VerbResult computed = fit(problem);
  CHECK(same_bytes(stored.outputs.array("coefficients"), computed.outputs.array("coefficients")));
}

TEST_CASE("random pivots give a factor below the kernel, and with all of them the kernel") {
  const ansatz::Kernel kernel{.length = {1.5}};
  const ansatz::RowsOf<double> rows{x.values.data(), n, d};
  const ansatz::KernelPoints<double> points{kernel, rows};
  const Dense k = matrix(reference::Kernel{"gaussian", {1.5}}, x, x);
  ansatz::SerialExecutor serial;
  for (const std::size_t count : {std::size_t{20}, n}) {
    Vector factor;
    const auto pivots = ansatz::random_pivots(points, rows, count, ansatz::Rng{7, "pivots"}, factor, serial);
    Dense rest = k;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t t = 0; t < pivots.size(); ++t) rest(i, j) -= factor[t * n + i] * factor[t * n + j];
      }
    }
    for (std::size_t i = 0; i < n; ++i) CHECK(rest(i, i) >= -1e-9);
    if (count < n) {
      CHECK(pivots.size() == count);
      CHECK(reference::eigenvalues(rest).front() >= -1e-9);
      for (const std::size_t s : pivots) CHECK(std::abs(rest(s, 5)) < 1e-9);
    } else {
      for (const double value : rest.values) CHECK(std::abs(value) < 1e-9);
    }
  }
}

namespace {

// The probability that pivots are drawn in this order, one by one: residuals of K by elimination.
double probability(Dense k, const std::vector<std::size_t>& order) {
  double all = 1;
  for (const std::size_t pivot : order) {
    double trace = 0;
    for (std::size_t i = 0; i < k.rows; ++i) trace += k(i, i);
    all *= k(pivot, pivot) / trace;
    const Dense before = k;
    for (std::size_t i = 0; i < k.rows; ++i) {
      for (std::size_t j = 0; j < k.rows; ++j)
        k(i, j) -= before(i, pivot) * before(pivot, j) / before(pivot, pivot);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("pivots proposed in blocks are distributed as if drawn one by one") {
  constexpr std::size_t few = 6, draws = 20000;
  Dense rows = reference::normal(few, 1, 86);  // near each other: what one leaves of the next matters
  const ansatz::Kernel kernel{.length = {1.0}};
  const ansatz::RowsOf<double> some{rows.values.data(), few, 1};
  const ansatz::KernelPoints<double> points{kernel, some};
  const Dense k = matrix(reference::Kernel{"gaussian", {1.0}}, rows, rows);
  ansatz::SerialExecutor serial;
  for (const std::size_t proposals : {1, 2, 5}) {
    std::map<std::vector<std::size_t>, double> seen;
    Vector factor;
    for (std::uint64_t key = 0; key < draws; ++key)
      seen[ansatz::random_pivots(points, some, 3, ansatz::Rng{key, "pivots"}, factor, serial, proposals)] +=
          1;
    double chi = 0, total = 0, cells = 0, rare = 0, rare_seen = 0;
    for (std::size_t a = 0; a < few; ++a) {
      for (std::size_t b = 0; b < few; ++b) {
        for (std::size_t c = 0; c < few; ++c) {
          if (a == b || b == c || a == c) continue;
          const double p = probability(k, {a, b, c}), expected = p * draws, own = seen[{a, b, c}];
          total += p;
          if (expected < 10) {  // together in one cell
            rare += expected;
            rare_seen += own;
            continue;
          }
          chi += std::pow(own - expected, 2) / expected;
          ++cells;
        }
      }
    }
    if (rare > 0) chi += std::pow(rare_seen - rare, 2) / rare;
    CAPTURE(proposals, cells, chi);
    REQUIRE(total == Approx(1).epsilon(1e-6));
    CHECK(cells > 20);
    CHECK(chi < cells + 5 * std::sqrt(2 * cells));  // its mean and five standard deviations
  }
}

TEST_CASE("pivots and their factor have the same bytes for any number of workers") {
  const Dense many = reference::normal(900, 3, 87);
  const ansatz::Kernel kernel{.length = {1.0}};
  const ansatz::RowsOf<double> rows{many.values.data(), 900, 3};
  const ansatz::KernelPoints<double> points{kernel, rows};
  Problem problem{array_of(many), array_of(first_rows(many, 900)), {}};
  problem.settings = {{"solver", text("nystrom")},    {"sampling", text("rpcholesky")},
                      {"centres", std::int64_t{60}},  {"length", 1.0},
                      {"max_steps", std::int64_t{1}}, {"penalty", 1.0}};
  const VerbResult one = fit(problem);
  for (const unsigned threads : {2U, 4U}) {
    problem.threads = threads;
    CHECK(same_bytes(fit(problem).state.array("points/values"), one.state.array("points/values")));
  }
  // A factor of 60 drawn in blocks of 6 is that of those columns, whatever the block.
  ansatz::SerialExecutor serial;
  Vector factor;
  const auto pivots = ansatz::random_pivots(points, rows, 60, ansatz::Rng{3, "pivots"}, factor, serial);
  const Dense k = matrix(reference::Kernel{"gaussian", {1.0}}, many, many);
  for (const std::size_t s : pivots) {
    for (std::size_t i = 0; i < 900; i += 7) {
      double value = 0;
      for (std::size_t t = 0; t < pivots.size(); ++t) value += factor[t * 900 + i] * factor[t * 900 + s];
      REQUIRE(value == Approx(k(i, s)).margin(1e-9));
    }
  }
}
