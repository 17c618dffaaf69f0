#include "dual.hpp"

#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <string>

#include "spectrum.hpp"

namespace ansatz::kernel_ridge {
namespace {

std::string short_number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", x);
  return text;
}

template <class T>
void check_memory(std::size_t n, std::uint64_t allowed) {
  const double needed = static_cast<double>(n) * static_cast<double>(matrix_stride<T>(n)) * sizeof(T);
  if (needed <= static_cast<double>(allowed)) return;
  const double largest = std::floor(std::sqrt(static_cast<double>(allowed) / sizeof(T)));
  char text[320];
  std::snprintf(
      text, sizeof text,
      "kernel-ridge.fit: the kernel matrix of %zu rows of x needs %.0f bytes, and `memory` allows %.0f; "
      "it grows with the square of the rows.  Raise memory to %.0f MiB, or fit at most about %.0f rows",
      n, needed, static_cast<double>(allowed), std::ceil(needed / 1048576), largest);
  throw BadArgument(text);
}

// Called when G did not factor; K is computed anew, since the factorisation has overwritten it.
template <class T>
[[noreturn]] void report_indefinite(const KernelPoints<T>& points, const DualProblem& problem, T* k,
                                    std::size_t stride, Executor& executor) {
  const std::size_t n = points.size();
  points.gram(k, stride, executor);
  std::vector<double> scale(n);
  for (std::size_t i = 0; i < n; ++i) scale[i] = std::sqrt(problem.weights[i]);
  const Extremes extremes = extreme_eigenvalues(n, k, stride, scale);
  // Twice over what the factorisation asks of a pivot, and 2 % for the error of the estimate.
  const double rounding = 16 * std::sqrt(static_cast<double>(n)) *
                          static_cast<double>(std::numeric_limits<T>::epsilon()) * extremes.largest;
  const double admissible = std::max(0.0, -1.02 * extremes.smallest) + rounding;
  throw NumericalError(
      "kernel-ridge.fit: K + penalty I is not positive definite: smallest eigenvalue about " +
      short_number(extremes.smallest) + "; smallest admissible penalty about " +
      short_number(1.05 * admissible / problem.penalty_unit) +
      ".  Identical rows, or a linear or polynomial kernel with more rows than features, need a penalty "
      "above 0");
}

}  // namespace

template <class T>
DualSolution<T> solve_dual(const KernelPoints<T>& points, const DualProblem& problem, std::size_t targets,
                           const double* y, Executor& executor) {
  const std::size_t n = points.size(), stride = matrix_stride<T>(n);
  check_memory<T>(n, problem.memory);
  LargeBuffer<T> g(n * stride);
  points.gram(g.data(), stride, executor);
  for (std::size_t i = 0; i < n; ++i) {
    g.data()[i * stride + i] += static_cast<T>(problem.penalty / problem.weights[i]);
  }
  if (cholesky(n, g.data(), stride, executor)) {
    report_indefinite(points, problem, g.data(), stride, executor);
  }

  // The means are taken off first, so that a constant in y costs no digits; 1 is the last right-hand side.
  DualSolution<T> solution;
  solution.intercept.assign(targets, 0.0);
  std::vector<T>& a = solution.coefficients;
  a.resize((targets + (problem.intercept ? 1 : 0)) * n, T{1});
  const double total_weight = std::accumulate(problem.weights.begin(), problem.weights.end(), 0.0);
  for (std::size_t t = 0; t < targets; ++t) {
    const double* target = y + t * n;
    if (problem.intercept) {
      for (std::size_t i = 0; i < n; ++i) {
        solution.intercept[t] += problem.weights[i] / total_weight * target[i];
      }
    }
    for (std::size_t i = 0; i < n; ++i) a[t * n + i] = static_cast<T>(target[i] - solution.intercept[t]);
  }
  cholesky_solve(n, g.data(), stride, a.size() / n, a.data(), executor);
  if (problem.intercept) {
    const T* ones = a.data() + targets * n;
    const double of_ones = std::accumulate(ones, ones + n, 0.0);
    for (std::size_t t = 0; t < targets; ++t) {
      T* own = a.data() + t * n;
      const double shift = std::accumulate(own, own + n, 0.0) / of_ones;
      for (std::size_t i = 0; i < n; ++i) own[i] -= static_cast<T>(shift * static_cast<double>(ones[i]));
      solution.intercept[t] += shift;
    }
    a.resize(targets * n);
  }
  return solution;
}

template DualSolution<double> solve_dual(const KernelPoints<double>&, const DualProblem&, std::size_t,
                                         const double*, Executor&);
template DualSolution<float> solve_dual(const KernelPoints<float>&, const DualProblem&, std::size_t,
                                        const double*, Executor&);

}  // namespace ansatz::kernel_ridge
