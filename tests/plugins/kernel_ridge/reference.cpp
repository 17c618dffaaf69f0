#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

namespace reference {

double Kernel::operator()(const double* x, const double* y, std::size_t d) const {
  double product = 0, r1 = 0, r2 = 0, chi = 0, xx = 0, yy = 0;
  for (std::size_t k = 0; k < d; ++k) {
    const double difference = (x[k] - y[k]) / length[length.size() == 1 ? 0 : k];
    product += x[k] * y[k];
    r1 += std::abs(difference);
    r2 += difference * difference;
    xx += x[k] * x[k];
    yy += y[k] * y[k];
    const double l = length[length.size() == 1 ? 0 : k];
    if (x[k] + y[k] != 0) chi += (x[k] - y[k]) * (x[k] - y[k]) / (x[k] + y[k]) / l;
  }
  if (name == "gaussian") return amplitude * std::exp(-r2 / 2);
  if (name == "laplacian[l1]") return amplitude * std::exp(-r1);
  if (name == "laplacian[l2]") return amplitude * std::exp(-std::sqrt(r2));
  if (name == "polynomial") return amplitude * std::pow(slope * product + offset, degree);
  if (name == "matern") {
    const double t = std::sqrt(2 * smoothness) * std::sqrt(r2);
    if (smoothness == 0.5) return amplitude * std::exp(-t);
    if (smoothness == 1.5) return amplitude * (1 + t) * std::exp(-t);
    return amplitude * (1 + t + t * t / 3) * std::exp(-t);
  }
  if (name == "rational-quadratic") return amplitude * std::pow(1 + r2 / (2 * mixture), -mixture);
  if (name == "chi2") return amplitude * std::exp(-chi);
  if (name == "cosine") return amplitude * product / std::sqrt(xx * yy);
  if (name == "sigmoid") return amplitude * std::tanh(slope * product + offset);
  if (name == "linear") return amplitude * product;
  throw std::invalid_argument(name);
}

Dense matrix(const Kernel& kernel, const Dense& a, const Dense& b) {
  Dense k(a.rows, b.rows);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < b.rows; ++j) {
      k(i, j) = kernel(&a.values[i * a.columns], &b.values[j * b.columns], a.columns);
    }
  }
  return k;
}

Dense product(const Dense& a, const Dense& b) {
  Dense c(a.rows, b.columns);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t k = 0; k < a.columns; ++k) {
      for (std::size_t j = 0; j < b.columns; ++j) c(i, j) += a(i, k) * b(k, j);
    }
  }
  return c;
}

Dense transpose(const Dense& a) {
  Dense t(a.columns, a.rows);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.columns; ++j) t(j, i) = a(i, j);
  }
  return t;
}

Dense solve(Dense a, Dense b) {
  const std::size_t n = a.rows;
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i) {
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    }
    for (std::size_t j = 0; j < n; ++j) std::swap(a(k, j), a(pivot, j));
    for (std::size_t j = 0; j < b.columns; ++j) std::swap(b(k, j), b(pivot, j));
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a(i, k) / a(k, k);
      for (std::size_t j = k; j < n; ++j) a(i, j) -= factor * a(k, j);
      for (std::size_t j = 0; j < b.columns; ++j) b(i, j) -= factor * b(k, j);
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = 0; j < b.columns; ++j) {
      for (std::size_t k = i + 1; k < n; ++k) b(i, j) -= a(i, k) * b(k, j);
      b(i, j) /= a(i, i);
    }
  }
  return b;
}

Fit fit(const Dense& k, const Dense& y, double penalty, const Vector& weights, bool intercept) {
  const std::size_t n = k.rows, size = n + (intercept ? 1 : 0);
  Dense g(size, size), right(size, y.columns);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) g(i, j) = k(i, j);
    g(i, i) += penalty / (weights.empty() ? 1.0 : weights[i]);
    if (intercept) g(i, n) = g(n, i) = 1;
    for (std::size_t t = 0; t < y.columns; ++t) right(i, t) = y(i, t);
  }
  const Dense solution = solve(g, right);
  Fit result{Dense(n, y.columns), Vector(y.columns)};
  for (std::size_t t = 0; t < y.columns; ++t) {
    for (std::size_t i = 0; i < n; ++i) result.coefficients(i, t) = solution(i, t);
    if (intercept) result.intercept[t] = solution(n, t);
  }
  return result;
}

Dense predict(const Dense& k, const Fit& fit) {
  Dense y = product(k, fit.coefficients);
  for (std::size_t i = 0; i < y.rows; ++i) {
    for (std::size_t t = 0; t < y.columns; ++t) y(i, t) += fit.intercept[t];
  }
  return y;
}

double relative_error(const Vector& a, const Vector& b) {
  if (a.size() != b.size()) return INFINITY;
  double error = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) return INFINITY;
    error = std::max(error, std::abs(a[i] - b[i]));
    size = std::max(size, std::abs(b[i]));
  }
  return error / (size > 0 ? size : 1);
}

Dense normal(std::size_t rows, std::size_t columns, unsigned seed) {
  std::mt19937_64 generator{seed};
  std::normal_distribution<double> distribution;
  Dense x(rows, columns);
  for (double& value : x.values) value = distribution(generator);
  return x;
}

}  // namespace reference
