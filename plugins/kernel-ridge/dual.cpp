#include "dual.hpp"

#include <ansatz/num/block_cg.hpp>
#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/error.hpp>
#include <ansatz/num/large_buffer.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>

#include "spectrum.hpp"

namespace ansatz::kernel_ridge {
namespace {

constexpr double unit_roundoff = std::numeric_limits<double>::epsilon() / 2;
// Beyond this a factor in f64 is cheaper than conjugate gradients with one in f32; where there is no memory for it, more
// steps are.
constexpr double most_raised = 2, most_raised_without = 100;
constexpr int most_steps = 60;

std::string short_number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", x);
  return text;
}

template <class T>
double matrix_bytes(std::size_t n) {
  return static_cast<double>(n) * static_cast<double>(matrix_stride<T>(n)) * sizeof(T);
}

template <class T>
void check_memory(std::size_t n, std::uint64_t allowed) {
  const double needed = matrix_bytes<T>(n);
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
[[noreturn]] void report_indefinite(std::size_t n, const Gram<T>& gram, const DualProblem& problem, T* k,
                                    std::size_t stride, Executor& executor) {
  gram(k, stride, executor);
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

// Right-hand sides: the targets without their means, so that a constant in y costs no digits, and with an
// intercept 1 as the last.
std::vector<double> right_hand_sides(std::size_t n, const DualProblem& problem, std::size_t targets,
                                     const double* y, std::vector<double>& means) {
  std::vector<double> right((targets + (problem.intercept ? 1 : 0)) * n, 1.0);
  means.assign(targets, 0.0);
  const double total = std::accumulate(problem.weights.begin(), problem.weights.end(), 0.0);
  for (std::size_t t = 0; t < targets; ++t) {
    const double* target = y + t * n;
    if (problem.intercept) {
      for (std::size_t i = 0; i < n; ++i) means[t] += problem.weights[i] / total * target[i];
    }
    for (std::size_t i = 0; i < n; ++i) right[t * n + i] = target[i] - means[t];
  }
  return right;
}

// From G^-1 times the right-hand sides to a and b.
DualSolution combine_solutions(std::size_t n, const DualProblem& problem, std::size_t targets,
                               std::vector<double> means, std::vector<double> solved) {
  DualSolution solution{std::move(solved), std::move(means), {}};
  if (problem.intercept) {
    std::vector<double>& a = solution.coefficients;
    const double* ones = a.data() + targets * n;
    const double of_ones = std::accumulate(ones, ones + n, 0.0);
    for (std::size_t t = 0; t < targets; ++t) {
      double* own = a.data() + t * n;
      const double shift = std::accumulate(own, own + n, 0.0) / of_ones;
      for (std::size_t i = 0; i < n; ++i) own[i] -= shift * ones[i];
      solution.intercept[t] += shift;
    }
    a.resize(targets * n);
  }
  return solution;
}

// `ones` is G^-1 1, or null without an intercept; `inverse` the diagonal of G^-1.
Diagnostics diagnose(std::size_t n, const DualProblem& problem, std::size_t targets, const double* y,
                     const DualSolution& solution, const double* ones, const std::vector<double>& inverse,
                     double log_determinant) {
  Diagnostics d;
  const double count = static_cast<double>(n), contrasts = problem.intercept ? count - 1 : count;
  const double of_ones = ones == nullptr ? 0 : std::accumulate(ones, ones + n, 0.0);
  std::vector<double> q = inverse;
  double share = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (ones != nullptr) q[i] -= ones[i] * ones[i] / of_ones;
    share += q[i] / problem.weights[i];
  }
  d.degrees_of_freedom = count - problem.penalty * share;
  if (ones != nullptr) log_determinant += std::log(of_ones / count);
  d.leave_one_out.resize(targets * n);
  for (std::size_t t = 0; t < targets; ++t) {
    double squares = 0, fit = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double a = solution.coefficients[t * n + i], residual = problem.penalty * a / problem.weights[i];
      // With one row and an intercept nothing is left to predict from.
      d.leave_one_out[t * n + i] = q[i] > 0 ? a / q[i] : 0.0;
      squares += problem.weights[i] * residual * residual;
      fit += a * (y[t * n + i] - solution.intercept[t]);
    }
    const double free = problem.penalty * share / count;  // 1 - df / n without cancellation
    d.gcv.push_back(squares / count / (free * free));
    d.log_evidence.push_back(-fit / 2 - log_determinant / 2 - contrasts / 2 * std::log(2 * std::numbers::pi));
  }
  return d;
}

template <class T>
double log_determinant_of(std::size_t n, const T* l, std::size_t stride) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += 2 * std::log(static_cast<double>(l[i * stride + i]));
  return sum;
}

// G^-1 from its factor in f32.
class FactorInverse final : public SymmetricOperator {
 public:
  FactorInverse(std::size_t n, const float* l, std::size_t stride) : n_{n}, l_{l}, stride_{stride} {}
  [[nodiscard]] std::size_t size() const override { return n_; }
  void apply(std::size_t count, const double* x, double* y, Executor& executor) const override {
    std::vector<float> rounded(n_ * count);
    std::vector<double> scale(count);
    for (std::size_t c = 0; c < count; ++c) {  // to size 1, so that no residual is too small for f32
      for (std::size_t i = 0; i < n_; ++i) scale[c] = std::max(scale[c], std::abs(x[c * n_ + i]));
      for (std::size_t i = 0; i < n_; ++i) {
        rounded[c * n_ + i] = static_cast<float>(scale[c] > 0 ? x[c * n_ + i] / scale[c] : 0.0);
      }
    }
    cholesky_solve(n_, l_, stride_, count, rounded.data(), executor);
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t i = 0; i < n_; ++i)
        y[c * n_ + i] = scale[c] * static_cast<double>(rounded[c * n_ + i]);
    }
  }

 private:
  std::size_t n_;
  const float* l_;
  std::size_t stride_;
};

// No eigenvalue is larger.
double largest_row_sum(std::size_t n, const float* k, std::size_t stride) {
  std::vector<double> sums(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double value = std::abs(static_cast<double>(k[i * stride + j]));
      sums[i] += value;
      if (j < i) sums[j] += value;
    }
  }
  return *std::ranges::max_element(sums);
}

class Shifted final : public SymmetricOperator {
 public:
  Shifted(const SymmetricOperator& k, const DualProblem& problem) : k_{k}, problem_{problem} {}
  [[nodiscard]] std::size_t size() const override { return k_.size(); }
  void apply(std::size_t count, const double* x, double* y, Executor& executor) const override {
    k_.apply(count, x, y, executor);
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t i = 0; i < size(); ++i) {
        y[c * size() + i] += problem_.penalty / problem_.weights[i] * x[c * size() + i];
      }
    }
  }

 private:
  const SymmetricOperator& k_;
  const DualProblem& problem_;
};

}  // namespace

template <class T>
DualSolution solve_dual(std::size_t n, const Gram<T>& gram, const DualProblem& problem, std::size_t targets,
                        const double* y, Executor& executor) {
  const std::size_t stride = matrix_stride<T>(n);
  check_memory<T>(n, problem.memory);
  LargeBuffer<T> g(n * stride, Pages::plain);
  gram(g.data(), stride, executor);
  for (std::size_t i = 0; i < n; ++i) {
    g.data()[i * stride + i] += static_cast<T>(problem.penalty / problem.weights[i]);
  }
  if (cholesky(n, g.data(), stride, executor))
    report_indefinite(n, gram, problem, g.data(), stride, executor);
  std::vector<double> means;
  const std::vector<double> right = right_hand_sides(n, problem, targets, y, means);
  std::vector<T> solved(right.begin(), right.end());
  cholesky_solve(n, g.data(), stride, solved.size() / n, solved.data(), executor);
  const std::vector<double> ones(solved.end() - static_cast<std::ptrdiff_t>(n), solved.end());
  DualSolution solution =
      combine_solutions(n, problem, targets, std::move(means), {solved.begin(), solved.end()});
  if (problem.diagnostics) {
    std::vector<double> inverse(n);
    cholesky_inverse_diagonal(n, g.data(), stride, inverse.data(), executor);
    solution.diagnostics =
        diagnose(n, problem, targets, y, solution, problem.intercept ? ones.data() : nullptr, inverse,
                 log_determinant_of(n, g.data(), stride));
  }
  return solution;
}

std::optional<DualSolution> solve_dual_mixed(std::size_t n, const Gram<float>& gram,
                                             const SymmetricOperator& k, const DualProblem& problem,
                                             std::size_t targets, const double* y, Executor& executor) {
  const std::size_t stride = matrix_stride<float>(n);
  check_memory<float>(n, problem.memory);
  LargeBuffer<float> g(n * stride, Pages::plain);
  gram(g.data(), stride, executor);
  const double largest = largest_row_sum(n, g.data(), stride);
  // Rounding to f32 moves eigenvalues by about this much; a ridge below it is raised to it, which costs steps.
  double least = static_cast<double>(std::numeric_limits<float>::epsilon()) * largest;
  const double ridge = problem.penalty / *std::ranges::max_element(problem.weights);
  const bool fits = matrix_bytes<double>(n) <= static_cast<double>(problem.memory);
  for (int attempt = 0;; ++attempt, least *= 8) {
    if (least > (fits ? most_raised : most_raised_without) * ridge) return std::nullopt;
    if (attempt > 0) gram(g.data(), stride, executor);
    for (std::size_t i = 0; i < n; ++i) {
      g.data()[i * stride + i] += static_cast<float>(std::max(least, problem.penalty / problem.weights[i]));
    }
    if (!cholesky(n, g.data(), stride, executor)) break;
  }
  std::vector<double> means;
  const std::vector<double> right = right_hand_sides(n, problem, targets, y, means);
  const std::size_t count = right.size() / n;
  const auto norm = [n](const std::vector<double>& of, std::size_t c) {
    return Eigen::Map<const Eigen::VectorXd>(of.data() + c * n, static_cast<Eigen::Index>(n)).norm();
  };
  BlockConjugateGradients cg;
  cg.start(n, count, right);
  const Shifted dual{k, problem};
  const FactorInverse inverse{n, g.data(), stride};
  for (int step = 0; step < most_steps; ++step) {
    std::vector<std::uint8_t> active(count);
    for (std::size_t c = 0; c < count; ++c) {
      // What a backward stable factorisation leaves: below it, f64 residuals are rounding too.
      const double rounding = unit_roundoff * (largest * norm(cg.solution(), c) + norm(right, c));
      active[c] = norm(cg.residual(), c) > rounding ? 1 : 0;
    }
    if (std::ranges::find(active, 1) == active.end() || !cg.step(dual, inverse, active, executor)) {
      return combine_solutions(n, problem, targets, std::move(means), cg.solution());
    }
  }
  return std::nullopt;
}

template DualSolution solve_dual(std::size_t, const Gram<double>&, const DualProblem&, std::size_t,
                                 const double*, Executor&);
template DualSolution solve_dual(std::size_t, const Gram<float>&, const DualProblem&, std::size_t,
                                 const double*, Executor&);

}  // namespace ansatz::kernel_ridge
