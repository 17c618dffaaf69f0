// Problems of the solvers that read rows block by block, and least squares on a few columns, plainly.
#pragma once

#include <cstdint>

#include "call.hpp"

namespace kr {

inline Vector streamed_weights(std::size_t n) {
  Vector weights(n);
  for (std::size_t i = 0; i < n; ++i) weights[i] = i % 11 == 5 ? 0.0 : 0.25 + static_cast<double>(i % 5);
  return weights;
}

// Few rows, solved to the last digits.
inline Problem nystrom_problem(const Dense& rows, const Dense& targets, bool intercept, bool weighted) {
  Problem problem{array_of(rows),
                  array_of(targets),
                  {{"solver", text("nystrom")},
                   {"precision", text("f64")},
                   {"length", 2.0},
                   {"penalty", 0.05},
                   {"intercept", intercept},
                   {"tolerance", 1e-13},
                   {"max_steps", std::int64_t{200}}}};
  if (weighted) problem.weight = streamed_weights(rows.rows);
  return problem;
}

inline VerbCall call_with_centres(const Problem& problem, const Dense& centres) {
  VerbCall call = fit_call(problem);
  call.inputs["centres"] = source_of(array_of(centres));
  return call;
}

// Least squares on columns of `z` with a penalty p'Rp, plainly; b is the last row if there is an intercept.
inline Dense least_squares(const Dense& z, const Dense& r, const Dense& targets, double penalty,
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

inline Vector values_of(const Dense& z, const Dense& solution) {
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

}  // namespace kr
