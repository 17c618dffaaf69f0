// Solver eigenpro against dense steps of stochastic gradient descent.
#include <cmath>

#include "ansatz/num/random.hpp"
#include "call.hpp"
#include "spectrum_oracle.hpp"

using namespace kr;
using reference::relative_error;

namespace {

constexpr std::size_t n = 60, d = 3;
const Dense x = reference::normal(n, d, 101), y = reference::normal(n, 2, 102);

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
  const auto checkpoints = checkpoints_of(fit_call(problem));
  REQUIRE(checkpoints.size() == whole.steps - 1);
  for (const ansatz::host::Checkpoint& checkpoint : checkpoints) {
    VerbCall rest = fit_call(problem);
    rest.resume = &checkpoint;
    rest.threads = 4;
    CHECK(same_bytes(run(rest).outputs.array("coefficients"), whole.outputs.array("coefficients")));
  }
}

TEST_CASE("eigenpro has no weights") {
  Problem weighted = eigenpro_problem(10, 8);
  weighted.weight = Vector(n, 0.5);
  const VerbResult result = try_fit(weighted);
  CHECK(result.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(result.text, Catch::Contains("eigenpro") && Catch::Contains("weights"));
}
