#include "model_selection.hpp"

#include <ansatz/num/gram.hpp>
#include <ansatz/num/lapack_eigen.hpp>
#include <ansatz/num/parallel.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include "kernel_derivatives.hpp"

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

// Q = G^-1 (minus its part along the constant), symmetric, from the lower triangle of G; and log det of G, or of its
// contrasts.  False if G is not positive definite.
bool invert(std::size_t n, bool intercept, Vector& g, double& log_determinant) {
  const auto order = static_cast<lapack_int>(n);
  // The lower triangle by rows is the upper one by columns.
  if (LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', order, g.data(), order) != 0) return false;
  log_determinant = 0;
  for (std::size_t i = 0; i < n; ++i) log_determinant += 2 * std::log(g[i * n + i]);
  if (LAPACKE_dpotri(LAPACK_COL_MAJOR, 'U', order, g.data(), order) != 0) return false;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) g[j * n + i] = g[i * n + j];
  }
  if (!intercept) return true;
  Vector sums(n);
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) sums[i] += g[i * n + j];
    total += sums[i];
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) g[i * n + j] -= sums[i] * sums[j] / total;
  }
  log_determinant += std::log(total / static_cast<double>(n));
  return true;
}

Vector multiply(std::size_t n, const Vector& q, std::size_t count, const double* x) {
  Vector y(count * n);
  for (std::size_t t = 0; t < count; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += q[i * n + j] * x[t * n + j];
      y[t * n + i] = sum;
    }
  }
  return y;
}

struct Objective {
  double value;
  Vector m;  // lower triangle
};

Objective evidence(const SelectionProblem& problem, std::size_t n, Vector q, double log_determinant) {
  const Vector a = multiply(n, q, problem.targets, problem.y);
  const auto targets = static_cast<double>(problem.targets);
  const auto contrasts = static_cast<double>(n - (problem.intercept ? 1 : 0));
  double value = targets / 2 * (log_determinant + contrasts * std::log(2 * std::numbers::pi));
  for (std::size_t e = 0; e < a.size(); ++e) value += a[e] * problem.y[e] / 2;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double outer = 0;
      for (std::size_t t = 0; t < problem.targets; ++t) outer += a[t * n + i] * a[t * n + j];
      q[i * n + j] = (targets * q[i * n + j] - outer) / 2;
    }
  }
  return {value, std::move(q)};
}

// m -= sum over pairs of vectors u, v (one after the other, n each) of (u v' + v u') / 2: its lower triangle.
void subtract_outer(std::size_t n, const Vector& u, const Vector& v, Vector& m, Executor& executor) {
  for_each_block(executor, n, 64, [&](Block rows, std::uint32_t) {
    for (std::size_t first = 0; first < u.size(); first += n) {
      const double *a = u.data() + first, *b = v.data() + first;
      for (std::size_t i = rows.first; i < rows.last; ++i) {
        for (std::size_t j = 0; j <= i; ++j) m[i * n + j] -= (a[i] * b[j] + b[i] * a[j]) / 2;
      }
    }
  });
}

Objective leave_one_out(const SelectionProblem& problem, std::size_t n, const Vector& q, Executor& executor) {
  const Vector a = multiply(n, q, problem.targets, problem.y);
  Vector c(n), d(a.size());
  double value = 0;
  for (std::size_t t = 0; t < problem.targets; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      const double own = q[i * n + i], e = own > 0 ? a[t * n + i] / own : 0, w = problem.weights[i];
      value += w * e * e;
      c[i] += own > 0 ? 2 * w * e * e / own : 0;
      d[t * n + i] = own > 0 ? 2 * w * e / own : 0;
    }
  }
  Vector m(n * n);
  add_gram(n, n, q.data(), n, c.data(), m.data(), n, executor);
  subtract_outer(n, multiply(n, q, problem.targets, d.data()), a, m, executor);
  return {value, std::move(m)};
}

// Residuals e = Q_FF^-1 a_F of the rows of a fold, left out together, and g = 2 Q_FF^-1 W_F e (targets x rows of the
// fold).
void leave_out(const SelectionProblem& problem, std::size_t n, const Vector& q, const Vector& a,
               const std::vector<std::size_t>& rows, Vector& e, Vector& g) {
  const std::size_t size = rows.size();
  Vector block(size * size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j <= i; ++j) block[i * size + j] = q[rows[i] * n + rows[j]];
  }
  e.assign(problem.targets * size, 0.0);
  for (std::size_t t = 0; t < problem.targets; ++t) {
    for (std::size_t i = 0; i < size; ++i) e[t * size + i] = a[t * n + rows[i]];
  }
  const auto order = static_cast<lapack_int>(size), targets = static_cast<lapack_int>(problem.targets);
  detail::check_lapack(
      "dposv", LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', order, targets, block.data(), order, e.data(), order));
  g = e;
  for (std::size_t t = 0; t < problem.targets; ++t) {
    for (std::size_t i = 0; i < size; ++i) g[t * size + i] *= 2 * problem.weights[rows[i]];
  }
  detail::check_lapack(
      "dpotrs", LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', order, targets, block.data(), order, g.data(), order));
}

Objective cross_validation(const SelectionProblem& problem, std::size_t n, const Vector& q,
                           Executor& executor) {
  const Vector a = multiply(n, q, problem.targets, problem.y);
  Vector m(n * n), e, g;
  double value = 0;
  for (const std::vector<std::size_t>& rows : problem.folds) {
    leave_out(problem, n, q, a, rows, e, g);
    Vector u(a.size()), v = a;  // Q g, and a - Q e: a of the fit without the fold
    for (std::size_t t = 0; t < problem.targets; ++t) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const double *column = q.data() + rows[i] * n, own = e[t * rows.size() + i],
                     share = g[t * rows.size() + i];
        value += problem.weights[rows[i]] * own * own;
        for (std::size_t j = 0; j < n; ++j) {
          u[t * n + j] += share * column[j];
          v[t * n + j] -= own * column[j];
        }
      }
    }
    subtract_outer(n, u, v, m, executor);
  }
  return {value, std::move(m)};
}

// The penalty cancels: GCV = n sum_i a_i^2 / w_i / (sum_i Q_ii / w_i)^2.
Objective generalised(const SelectionProblem& problem, std::size_t n, const Vector& q, Executor& executor) {
  const Vector a = multiply(n, q, problem.targets, problem.y);
  Vector scaled = a, c(n);
  double squares = 0, free = 0;
  for (std::size_t i = 0; i < n; ++i) {
    free += q[i * n + i] / problem.weights[i];
    for (std::size_t t = 0; t < problem.targets; ++t) {
      scaled[t * n + i] /= problem.weights[i];
      squares += a[t * n + i] * scaled[t * n + i];
    }
  }
  const double factor = static_cast<double>(n) / (free * free) / static_cast<double>(problem.targets);
  for (std::size_t i = 0; i < n; ++i) c[i] = 2 * factor * squares / free / problem.weights[i];
  for (double& value : scaled) value *= 2 * factor;
  Vector m(n * n);
  add_gram(n, n, q.data(), n, c.data(), m.data(), n, executor);
  subtract_outer(n, multiply(n, q, problem.targets, scaled.data()), a, m, executor);
  return {factor * squares, std::move(m)};
}

Objective objective_of(const SelectionProblem& problem, std::size_t n, Vector q, double log_determinant,
                       Executor& executor) {
  switch (problem.choose) {
    case Criterion::lml: return evidence(problem, n, std::move(q), log_determinant);
    case Criterion::gcv: return generalised(problem, n, q, executor);
    case Criterion::cv:
    case Criterion::held_out: return cross_validation(problem, n, q, executor);
    case Criterion::loo: break;
  }
  return leave_one_out(problem, n, q, executor);
}

}  // namespace

std::vector<std::string> SelectionPoint::names(Criterion choose) const {
  std::vector<std::string> names;
  for (std::size_t k = 0; kernel.uses_length() && k < kernel.length.size(); ++k)
    names.push_back(kernel.length.size() == 1 ? "length" : "length[" + std::to_string(k) + "]");
  names.emplace_back("penalty");
  if (choose == Criterion::lml) names.emplace_back("amplitude");
  if (uses_mixture(kernel)) names.emplace_back("mixture");
  if (uses_slope(kernel)) names.emplace_back("slope");
  if (uses_offset(kernel)) names.emplace_back("offset");
  return names;
}

std::vector<double> SelectionPoint::logarithms(Criterion choose) const {
  Vector values;
  if (kernel.uses_length()) values = kernel.length;
  values.push_back(penalty);
  if (choose == Criterion::lml) values.push_back(kernel.amplitude);
  if (uses_mixture(kernel)) values.push_back(kernel.mixture);
  if (uses_slope(kernel)) values.push_back(kernel.slope);
  if (uses_offset(kernel)) values.push_back(kernel.offset);
  for (double& value : values) value = std::log(value);
  return values;
}

SelectionPoint SelectionPoint::at(Criterion choose, const std::vector<double>& logarithms) const {
  SelectionPoint point = *this;
  auto next = logarithms.begin();
  if (kernel.uses_length()) {
    for (double& length : point.kernel.length) length = std::exp(*next++);
  }
  point.penalty = std::exp(*next++);
  if (choose == Criterion::lml) point.kernel.amplitude = std::exp(*next++);
  if (uses_mixture(kernel)) point.kernel.mixture = std::exp(*next++);
  if (uses_slope(kernel)) point.kernel.slope = std::exp(*next++);
  if (uses_offset(kernel)) point.kernel.offset = std::exp(*next++);
  return point;
}

double selection_objective(const SelectionProblem& problem, const SelectionPoint& point, Vector& gradient,
                           Executor& executor) {
  const std::size_t n = row_count(problem.rows);
  Vector g(n * n);
  KernelPoints<double>{point.kernel, problem.rows}.gram(g.data(), n, executor);
  for (std::size_t i = 0; i < n; ++i) g[i * n + i] += point.penalty / problem.weights[i];
  double log_determinant = 0;
  if (!invert(n, problem.intercept, g, log_determinant)) return std::numeric_limits<double>::infinity();
  const Objective objective = objective_of(problem, n, std::move(g), log_determinant, executor);
  const KernelDerivatives sums = weigh_derivatives(point.kernel, problem.rows, objective.m, executor);
  double by_penalty = 0;
  for (std::size_t i = 0; i < n; ++i)
    by_penalty += objective.m[i * n + i] * point.penalty / problem.weights[i];
  gradient = sums.lengths;
  gradient.push_back(by_penalty);
  if (problem.choose == Criterion::lml) gradient.push_back(sums.amplitude);
  if (uses_mixture(point.kernel)) gradient.push_back(sums.mixture);
  if (uses_slope(point.kernel)) gradient.push_back(sums.slope);
  if (uses_offset(point.kernel)) gradient.push_back(sums.offset);
  return objective.value;
}

}  // namespace ansatz::kernel_ridge
