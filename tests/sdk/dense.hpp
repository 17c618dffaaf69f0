// Small dense symmetric matrices in tests, and their eigenvalues by Jacobi's rotations: the plain oracle of
// the eigensolvers.
#pragma once

#include <ansatz/num/random.hpp>
#include <ansatz/num/symmetric_operator.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace dense {

using Vector = std::vector<double>;

struct Square {
  std::size_t n;
  Vector values;
  explicit Square(std::size_t size) : n{size}, values(size * size) {}
  double& operator()(std::size_t i, std::size_t j) { return values[i * n + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * n + j]; }
};

// Eigenvalues, descending: cyclic Jacobi (Golub and Van Loan 2013, section 8.5).
inline Vector jacobi(Square a) {
  for (int sweep = 0; sweep < 60; ++sweep) {
    for (std::size_t p = 0; p < a.n; ++p) {
      for (std::size_t q = p + 1; q < a.n; ++q) {
        if (a(p, q) == 0) continue;
        const double tau = (a(q, q) - a(p, p)) / (2 * a(p, q));
        const double t = (tau >= 0 ? 1 : -1) / (std::abs(tau) + std::sqrt(1 + tau * tau));
        const double c = 1 / std::sqrt(1 + t * t), s = t * c;
        for (std::size_t k = 0; k < a.n; ++k) {
          const double x = a(k, p), y = a(k, q);
          a(k, p) = c * x - s * y, a(k, q) = s * x + c * y;
        }
        for (std::size_t k = 0; k < a.n; ++k) {
          const double x = a(p, k), y = a(q, k);
          a(p, k) = c * x - s * y, a(q, k) = s * x + c * y;
        }
      }
    }
  }
  Vector values(a.n);
  for (std::size_t i = 0; i < a.n; ++i) values[i] = a(i, i);
  std::sort(values.rbegin(), values.rend());
  return values;
}

// Q diag(spectrum) Q' for a random orthogonal Q, a product of reflectors.
inline Square with_spectrum(const Vector& spectrum, std::uint64_t key) {
  const std::size_t n = spectrum.size();
  Square a{n};
  for (std::size_t i = 0; i < n; ++i) a(i, i) = spectrum[i];
  ansatz::Rng random{key, "reflectors"};
  for (std::size_t k = 0; k < n; ++k) {
    Vector v(n), av(n);
    random.fill_normal(v);
    double norm = 0, bend = 0;
    for (const double x : v) norm += x * x;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) av[i] += a(i, j) * v[j];
      bend += v[i] * av[i];
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        a(i, j) += -2 / norm * (v[i] * av[j] + av[i] * v[j]) + 4 * bend / (norm * norm) * v[i] * v[j];
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) a(i, j) = a(j, i);
  }
  return a;
}

class Operator final : public ansatz::SymmetricOperator {
 public:
  explicit Operator(Square a) : a_{std::move(a)} {}
  [[nodiscard]] std::size_t size() const override { return a_.n; }
  void apply(std::size_t count, const double* x, double* y, ansatz::Executor& executor) const override {
    executor.run(count, [&](std::uint64_t c, std::uint32_t) {
      for (std::size_t i = 0; i < a_.n; ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < a_.n; ++j) sum += a_(i, j) * x[c * a_.n + j];
        y[c * a_.n + i] = sum;
      }
    });
  }

 private:
  Square a_;
};

// Largest |a u - value u| and |u_i . u_j - (i == j)| of vectors, each contiguous.
struct Defects {
  double residual = 0, orthogonality = 0;
};
inline Defects defects(const Square& a, const Vector& values, const Vector& vectors) {
  Defects found;
  const std::size_t n = a.n, count = vectors.size() / n;
  for (std::size_t c = 0; c < count; ++c) {
    const double* u = vectors.data() + c * n;
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      double row = -values[c] * u[i];
      for (std::size_t j = 0; j < n; ++j) row += a(i, j) * u[j];
      sum += row * row;
    }
    found.residual = std::max(found.residual, std::sqrt(sum));
    for (std::size_t d = 0; d <= c; ++d) {
      double dot = c == d ? -1 : 0;
      for (std::size_t i = 0; i < n; ++i) dot += u[i] * vectors[d * n + i];
      found.orthogonality = std::max(found.orthogonality, std::abs(dot));
    }
  }
  return found;
}

}  // namespace dense
