#include "fold_series.hpp"

#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/gram.hpp>
#include <ansatz/num/lapack_eigen.hpp>
#include <ansatz/num/multiply.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

constexpr double span = 10;  // largest ratio of penalties in a group

struct Group {
  std::vector<std::size_t> members;  // places in the list of penalties
  double middle;
  std::size_t terms;
};

// The Cholesky factor of Q_FF, and right-hand sides U_F D p that become e (targets x rows).
struct Centre {
  Vector factor, e;
};

Centre solve_at(const FoldProblem& problem, double penalty) {
  const std::size_t m = problem.rows, count = problem.values.size();
  SerialExecutor serial;  // folds are what runs side by side
  Vector inverse(count), scaled(count * problem.targets), right(m * problem.targets);
  Centre centre{Vector(m * m), Vector(m * problem.targets)};
  for (std::size_t j = 0; j < count; ++j) {
    inverse[j] = 1 / (problem.values[j] + penalty);
    for (std::size_t t = 0; t < problem.targets; ++t)
      scaled[j * problem.targets + t] = inverse[j] * problem.projections[j * problem.targets + t];
  }
  add_gram(count, m, problem.u.data(), m, inverse.data(), centre.factor.data(), m, serial);
  add_product({m, count, problem.u.data(), 1, m}, problem.targets, scaled.data(), right.data(), serial);
  for (std::size_t t = 0; t < problem.targets; ++t) {
    for (std::size_t i = 0; i < m; ++i) centre.e[t * m + i] = right[i * problem.targets + t];
  }
  // The lower triangle by rows is the upper one by columns.
  const auto order = static_cast<lapack_int>(m);
  detail::check_lapack("dpotrf", LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', order, centre.factor.data(), order));
  cholesky_solve(m, centre.factor.data(), m, problem.targets, centre.e.data(), serial);
  return centre;
}

double squared_norm(const Vector& x) { return std::inner_product(x.begin(), x.end(), x.begin(), 0.0); }

std::vector<Group> group(const FoldProblem& problem, const Vector& penalties) {
  std::vector<std::size_t> order(penalties.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return penalties[i]; });
  std::vector<Group> groups;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last < order.size() && penalties[order[last]] <= span * penalties[order[first]]) ++last;
    Group own{{order.begin() + static_cast<std::ptrdiff_t>(first),
               order.begin() + static_cast<std::ptrdiff_t>(last)},
              std::sqrt(penalties[order[first]] * penalties[order[last - 1]]),
              0};
    // |w| at the ends, times the largest |c|.
    const double highest = penalties[order[last - 1]],
                 reach = (highest - own.middle) / (highest + own.middle) *
                         std::max(1.0, (own.middle - problem.values.back()) /
                                           (own.middle + problem.values.back()));
    const double m = static_cast<double>(problem.rows), count = static_cast<double>(problem.values.size()),
                 targets = static_cast<double>(problem.targets),
                 terms = reach > 0 ? std::ceil(std::log(1e-15) / std::log(reach)) : 1;
    const double alone = static_cast<double>(own.members.size() - 1) * (count * m * m / 2 + m * m * m / 6),
                 series = terms * targets * (4 * count * m + 2 * m * m);  // half as fast
    if (reach < 0.8 && series < alone) {
      own.terms = static_cast<std::size_t>(terms);
      groups.push_back(std::move(own));
    } else {
      for (const std::size_t i : own.members) groups.push_back({{i}, penalties[i], 0});
    }
    first = last;
  }
  return groups;
}

// The groups that are summed as series, all at once: a column of t is a group and a target.
void sum_series(const FoldProblem& problem, const std::vector<Group>& groups, const Vector& penalties,
                Vector& squares) {
  const std::size_t m = problem.rows, count = problem.values.size(), targets = problem.targets,
                    columns = groups.size() * targets;
  SerialExecutor serial;
  std::vector<Centre> centres;
  std::vector<Vector> errors(penalties.size());
  std::size_t terms = 0;
  for (const Group& g : groups) {
    centres.push_back(solve_at(problem, g.middle));
    for (const std::size_t i : g.members) errors[i] = centres.back().e;
    terms = std::max(terms, g.terms);
  }
  Vector t(count * columns), x(count * columns), z(m * columns), right(m * columns);
  for (std::size_t j = 0; j < count; ++j) {
    for (std::size_t c = 0; c < columns; ++c)
      t[j * columns + c] = problem.projections[j * targets + c % targets];
  }
  Vector powers(penalties.size(), 1.0);
  for (std::size_t k = 0;; ++k) {
    for (std::size_t c = 0; c < columns; ++c) {
      for (std::size_t i = 0; i < m; ++i) z[i * columns + c] = -centres[c / targets].e[c % targets * m + i];
    }
    add_product({count, m, problem.u.data(), m, 1}, columns, z.data(), t.data(), serial);
    if (k == terms) break;
    for (std::size_t j = 0; j < count; ++j) {
      for (std::size_t c = 0; c < columns; ++c) {
        const double s = problem.values[j], middle = groups[c / targets].middle, inverse = 1 / (s + middle);
        t[j * columns + c] *= (s - middle) * inverse;
        x[j * columns + c] = inverse * t[j * columns + c];
      }
    }
    std::ranges::fill(right, 0.0);
    add_product({m, count, problem.u.data(), 1, m}, columns, x.data(), right.data(), serial);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      Vector& e = centres[g].e;
      for (std::size_t own = 0; own < targets; ++own) {
        for (std::size_t i = 0; i < m; ++i) e[own * m + i] = right[i * columns + g * targets + own];
      }
      cholesky_solve(m, centres[g].factor.data(), m, targets, e.data(), serial);
      for (const std::size_t i : groups[g].members) {
        const double w = (penalties[i] - groups[g].middle) / (penalties[i] + groups[g].middle);
        powers[i] *= w;
        for (std::size_t a = 0; a < e.size(); ++a) errors[i][a] += powers[i] * e[a];
      }
    }
  }
  for (const Group& g : groups) {
    for (const std::size_t i : g.members) squares[i] = squared_norm(errors[i]);
  }
}

}  // namespace

std::vector<double> fold_squares(const FoldProblem& problem, const Vector& penalties) {
  Vector squares(penalties.size());
  std::vector<Group> series;
  for (Group& g : group(problem, penalties)) {
    if (g.terms > 0) {
      series.push_back(std::move(g));
    } else {
      for (const std::size_t i : g.members) squares[i] = squared_norm(solve_at(problem, penalties[i]).e);
    }
  }
  if (!series.empty()) sum_series(problem, series, penalties, squares);
  return squares;
}

}  // namespace ansatz::kernel_ridge
