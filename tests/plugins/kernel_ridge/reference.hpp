// Kernel ridge regression as plainly as it can be written: scalar loops and Gaussian elimination.  The oracle
// of the fast one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace reference {

using Vector = std::vector<double>;

struct Dense {
  std::size_t rows = 0, columns = 0;
  Vector values;

  Dense() = default;
  Dense(std::size_t r, std::size_t c) : rows{r}, columns{c}, values(r * c) {}
  double& operator()(std::size_t i, std::size_t j) { return values[i * columns + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

struct Kernel {
  std::string name = "gaussian";  // as ansatz::Kernel::name()
  Vector length{1};
  double amplitude = 1, slope = 1, offset = 1;
  int degree = 3;
  double smoothness = 1.5, mixture = 1;

  [[nodiscard]] double operator()(const double* x, const double* y, std::size_t d) const;
};

// K(i, j) = k(a_i, b_j).
[[nodiscard]] Dense matrix(const Kernel& kernel, const Dense& a, const Dense& b);

[[nodiscard]] Dense product(const Dense& a, const Dense& b);
[[nodiscard]] Dense transpose(const Dense& a);
// Solve a x = b by elimination with row pivoting.
[[nodiscard]] Dense solve(Dense a, Dense b);

struct Fit {
  Dense coefficients;  // n x m
  Vector intercept;    // m
};
// The bordered system [K + penalty W^-1, 1; 1', 0] [a; b] = [y; 0], or without the border.
[[nodiscard]] Fit fit(const Dense& k, const Dense& y, double penalty, const Vector& weights, bool intercept);
// k (queries x n) a + b.
[[nodiscard]] Dense predict(const Dense& k, const Fit& fit);

// Largest |a - b| over the largest |b|, or over 1 where b is 0.
[[nodiscard]] double relative_error(const Vector& a, const Vector& b);

// Standard normal numbers that depend on the seed alone.
[[nodiscard]] Dense normal(std::size_t rows, std::size_t columns, unsigned seed);

}  // namespace reference
