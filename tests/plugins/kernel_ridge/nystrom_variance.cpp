// The variance of predictions of solver nystrom.
#include <cmath>

#include "streamed.hpp"

using namespace kr;
using reference::relative_error;

namespace {

const Dense x = reference::normal(150, 4, 91), y = reference::normal(150, 3, 92),
            q = reference::normal(400, 4, 93);
const reference::Kernel gaussian{"gaussian", {2.0}};

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
