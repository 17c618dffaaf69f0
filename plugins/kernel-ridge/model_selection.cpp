#include "model_selection.hpp"

#include <ansatz/num/gram.hpp>
#include <ansatz/num/lapack_eigen.hpp>
#include <ansatz/num/parallel.hpp>

#include <cmath>
#include <limits>
#include <numbers>

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

bool uses_slope(const Kernel& kernel) {
  return kernel.function == KernelFunction::polynomial || kernel.function == KernelFunction::sigmoid;
}
bool uses_offset(const Kernel& kernel) { return uses_slope(kernel) && kernel.offset > 0; }
bool uses_mixture(const Kernel& kernel) { return kernel.function == KernelFunction::rational_quadratic; }

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

Objective leave_one_out(const SelectionProblem& problem, std::size_t n, const Vector& q, Executor& executor) {
  const Vector a = multiply(n, q, problem.targets, problem.y);
  Vector c(n), d(a.size());
  double value = 0;
  for (std::size_t t = 0; t < problem.targets; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      const double own = q[i * n + i], e = own > 0 ? a[t * n + i] / own : 0;
      value += e * e;
      c[i] += own > 0 ? 2 * e * e / own : 0;
      d[t * n + i] = own > 0 ? 2 * e / own : 0;
    }
  }
  const Vector b = multiply(n, q, problem.targets, d.data());
  Vector m(n * n);
  add_gram(n, n, q.data(), n, c.data(), m.data(), n, executor);
  for (std::size_t t = 0; t < problem.targets; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j)
        m[i * n + j] -= (b[t * n + i] * a[t * n + j] + a[t * n + i] * b[t * n + j]) / 2;
    }
  }
  return {value, std::move(m)};
}

// Derivatives of k(x, y), amplitude 1, by the logarithms of what the kernel has.
struct Derivatives {
  double value = 0, mixture = 0, slope = 0, offset = 0;
  double by_distance = 0;  // times the share of a column gives that by the log of its length
};

// `sum` is the squared distance, sum of differences, chi2 sum or product of columns over their lengths.
Derivatives derivatives(const Kernel& kernel, double sum) {
  Derivatives d;
  const double r = std::sqrt(sum);
  switch (kernel.function) {
    case KernelFunction::gaussian: d.value = d.by_distance = std::exp(-sum / 2); break;
    case KernelFunction::laplacian:
      if (kernel.norm == KernelNorm::l1) {
        d.value = d.by_distance = std::exp(-sum);
      } else {
        d.value = std::exp(-r);
        d.by_distance = r > 0 ? d.value / r : 0;
      }
      break;
    case KernelFunction::matern: {
      const double root = std::sqrt(2 * kernel.smoothness), t = root * r, decay = std::exp(-t);
      if (kernel.smoothness == 0.5) {
        d.value = decay;
        d.by_distance = r > 0 ? decay * root / r : 0;
      } else if (kernel.smoothness == 1.5) {
        d.value = (1 + t) * decay;
        d.by_distance = root * root * decay;
      } else {
        d.value = (1 + t + t * t / 3) * decay;
        d.by_distance = root * root * (1 + t) / 3 * decay;
      }
      break;
    }
    case KernelFunction::rational_quadratic: {
      const double base = 1 + sum / (2 * kernel.mixture);
      d.value = std::pow(base, -kernel.mixture);
      d.by_distance = d.value / base;
      d.mixture = d.value * (-kernel.mixture * std::log(base) + sum / (2 * base));
      break;
    }
    case KernelFunction::chi2: d.value = d.by_distance = std::exp(-sum); break;
    case KernelFunction::polynomial: {
      const double base = kernel.slope * sum + kernel.offset;
      d.value = std::pow(base, kernel.degree);
      const double outer = kernel.degree * std::pow(base, kernel.degree - 1);
      d.slope = outer * kernel.slope * sum;
      d.offset = outer * kernel.offset;
      break;
    }
    case KernelFunction::sigmoid: {
      d.value = std::tanh(kernel.slope * sum + kernel.offset);
      d.slope = (1 - d.value * d.value) * kernel.slope * sum;
      d.offset = (1 - d.value * d.value) * kernel.offset;
      break;
    }
    case KernelFunction::linear:
    case KernelFunction::cosine: d.value = sum; break;
  }
  return d;
}

// The share of a column in that sum.
double share(const Kernel& kernel, double x, double y, double length) {
  if (kernel.euclidean()) return (x - y) * (x - y) / (length * length);
  if (kernel.function == KernelFunction::laplacian) return std::abs(x - y) / length;
  if (kernel.function == KernelFunction::chi2) return x + y > 0 ? (x - y) * (x - y) / (x + y) / length : 0;
  return x * y;
}

struct Sums {
  Vector lengths;
  double amplitude = 0, mixture = 0, slope = 0, offset = 0;
};

// sum over all pairs of M_ij times the derivatives of k(x_i, x_j).
template <class S>
Sums weigh_derivatives(const Kernel& kernel, const RowsOf<S>& rows, const Vector& m, Executor& executor) {
  const std::size_t n = rows.rows, d = rows.columns,
                    lengths = kernel.uses_length() ? kernel.length.size() : 0;
  Vector norms(n, 1.0);
  for (std::size_t i = 0; i < n && kernel.function == KernelFunction::cosine; ++i) {
    double squares = 0;
    for (std::size_t k = 0; k < d; ++k) squares += std::pow(static_cast<double>(rows.data[i * d + k]), 2);
    norms[i] = std::sqrt(squares);
  }
  const auto add = [](Sums a, const Sums& b) {
    if (a.lengths.empty()) a.lengths.resize(b.lengths.size());
    for (std::size_t l = 0; l < a.lengths.size(); ++l) a.lengths[l] += b.lengths[l];
    a.amplitude += b.amplitude;
    a.mixture += b.mixture;
    a.slope += b.slope;
    a.offset += b.offset;
    return a;
  };
  return reduce_in_order<Sums>(
      executor, count_blocks(n, 64),
      [&](std::uint64_t task, std::uint32_t) {
        Sums sums{Vector(lengths)};
        Vector shares(d);
        for (std::size_t i = task * 64; i < std::min<std::size_t>(n, (task + 1) * 64); ++i) {
          for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < d; ++k) {
              const double length = lengths == 0 ? 1 : kernel.length[lengths == 1 ? 0 : k];
              shares[k] = share(kernel, static_cast<double>(rows.data[i * d + k]),
                                static_cast<double>(rows.data[j * d + k]), length);
              sum += shares[k];
            }
            const Derivatives own = derivatives(kernel, sum / (norms[i] * norms[j]));
            const double weight = (i == j ? 1 : 2) * kernel.amplitude * m[i * n + j];
            sums.amplitude += weight * own.value;
            sums.mixture += weight * own.mixture;
            sums.slope += weight * own.slope;
            sums.offset += weight * own.offset;
            if (lengths == 1) sums.lengths[0] += weight * own.by_distance * sum;
            for (std::size_t k = 0; k < lengths && lengths > 1; ++k)
              sums.lengths[k] += weight * own.by_distance * shares[k];
          }
        }
        return sums;
      },
      add);
}

}  // namespace

std::vector<std::string> SelectionPoint::names(TuneCriterion choose) const {
  std::vector<std::string> names;
  for (std::size_t k = 0; kernel.uses_length() && k < kernel.length.size(); ++k)
    names.push_back(kernel.length.size() == 1 ? "length" : "length[" + std::to_string(k) + "]");
  names.emplace_back("penalty");
  if (choose == TuneCriterion::lml) names.emplace_back("amplitude");
  if (uses_mixture(kernel)) names.emplace_back("mixture");
  if (uses_slope(kernel)) names.emplace_back("slope");
  if (uses_offset(kernel)) names.emplace_back("offset");
  return names;
}

std::vector<double> SelectionPoint::logarithms(TuneCriterion choose) const {
  Vector values;
  if (kernel.uses_length()) values = kernel.length;
  values.push_back(penalty);
  if (choose == TuneCriterion::lml) values.push_back(kernel.amplitude);
  if (uses_mixture(kernel)) values.push_back(kernel.mixture);
  if (uses_slope(kernel)) values.push_back(kernel.slope);
  if (uses_offset(kernel)) values.push_back(kernel.offset);
  for (double& value : values) value = std::log(value);
  return values;
}

SelectionPoint SelectionPoint::at(TuneCriterion choose, const std::vector<double>& logarithms) const {
  SelectionPoint point = *this;
  auto next = logarithms.begin();
  if (kernel.uses_length()) {
    for (double& length : point.kernel.length) length = std::exp(*next++);
  }
  point.penalty = std::exp(*next++);
  if (choose == TuneCriterion::lml) point.kernel.amplitude = std::exp(*next++);
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
  const Objective objective = problem.choose == TuneCriterion::lml
                                  ? evidence(problem, n, std::move(g), log_determinant)
                                  : leave_one_out(problem, n, g, executor);
  const Sums sums = std::visit(
      [&](const auto& rows) { return weigh_derivatives(point.kernel, rows, objective.m, executor); },
      problem.rows);
  double by_penalty = 0;
  for (std::size_t i = 0; i < n; ++i)
    by_penalty += objective.m[i * n + i] * point.penalty / problem.weights[i];
  gradient = sums.lengths;
  gradient.push_back(by_penalty);
  if (problem.choose == TuneCriterion::lml) gradient.push_back(sums.amplitude);
  if (uses_mixture(point.kernel)) gradient.push_back(sums.mixture);
  if (uses_slope(point.kernel)) gradient.push_back(sums.slope);
  if (uses_offset(point.kernel)) gradient.push_back(sums.offset);
  return objective.value;
}

}  // namespace ansatz::kernel_ridge
