#include "ansatz/num/block_cg.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "ansatz/num/error.hpp"
#include "ansatz/num/symmetric_eigen.hpp"
#include "long_vectors.hpp"
#include "orthonormalise.hpp"

namespace ansatz {
namespace {

using Vector = std::vector<double>;

// Directions shorter than this, of unit vectors, are taken for combinations of the others.
constexpr double dependent = 1e-10;

// Lower factor of the symmetric r x r matrix, or nothing.
bool factor_small(std::size_t r, Vector& a) {
  for (std::size_t i = 0; i < r; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double value = a[i * r + j];
      for (std::size_t k = 0; k < j; ++k) value -= a[i * r + k] * a[j * r + k];
      if (j < i) {
        a[i * r + j] = value / a[j * r + j];
      } else if (value > 0 && std::isfinite(value)) {
        a[i * r + i] = std::sqrt(value);
      } else {
        return false;
      }
    }
  }
  return true;
}

// b (r x count) becomes A^-1 b.
void solve_small(std::size_t r, const Vector& l, std::size_t count, Vector& b) {
  for (std::size_t i = 0; i < r; ++i) {
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t k = 0; k < i; ++k) b[i * count + c] -= l[i * r + k] * b[k * count + c];
      b[i * count + c] /= l[i * r + i];
    }
  }
  for (std::size_t i = r; i-- > 0;) {
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t k = i + 1; k < r; ++k) b[i * count + c] -= l[k * r + i] * b[k * count + c];
      b[i * count + c] /= l[i * r + i];
    }
  }
}

[[noreturn]] void report_indefinite(std::size_t r, Vector products) {
  Vector values(r), none;
  symmetric_eigen(r, products.data(), values.data(), 0, none.data());
  char text[160];
  std::snprintf(text, sizeof text,
                "the matrix is not positive definite: a unit vector gives %.2g, the largest %.2g",
                values.back(), values.front());
  throw NumericalError(text);
}

}  // namespace

void BlockConjugateGradients::start(std::size_t n, std::size_t count, Vector b) {
  n_ = n;
  count_ = count;
  x_.assign(b.size(), 0.0);
  r_ = std::move(b);
  restart();
}

// Directions from the preconditioned residuals, conjugate to the present ones if there are any: `products`
// are A times those, `factor` that of their Gram matrix in A.
void BlockConjugateGradients::new_directions(const SymmetricOperator& preconditioner,
                                             const std::vector<std::uint8_t>& active, const Vector& products,
                                             const Vector& factor, Executor& executor) {
  std::size_t open = 0;
  Vector residuals;
  for (std::size_t j = 0; j < count_; ++j) {
    if (active[j] == 0) continue;
    residuals.insert(residuals.end(), r_.begin() + static_cast<std::ptrdiff_t>(j * n_),
                     r_.begin() + static_cast<std::ptrdiff_t>((j + 1) * n_));
    ++open;
  }
  Vector z(open * n_);
  if (open > 0) preconditioner.apply(open, residuals.data(), z.data(), executor);
  if (rank_ > 0 && open > 0) {
    Vector overlap(rank_ * open);
    detail::inner_products(n_, rank_, products.data(), open, z.data(), overlap.data(), executor);
    solve_small(rank_, factor, open, overlap);
    detail::subtract_combinations(n_, rank_, directions_.data(), overlap.data(), open, z.data(), executor);
  }
  for (std::size_t j = 0; j < open; ++j) {
    double length = 0;
    double* vector = z.data() + j * n_;
    detail::inner_products(n_, 1, vector, 1, vector, &length, executor);
    if (!(length > 0)) continue;
    const double scale = 1 / std::sqrt(length);
    for (std::size_t i = 0; i < n_; ++i) vector[i] *= scale;
  }
  detail::Orthonormal basis = detail::orthonormalise(n_, 0, nullptr, open, std::move(z), dependent, executor);
  rank_ = basis.rank;
  directions_ = std::move(basis.vectors);
}

bool BlockConjugateGradients::step(const SymmetricOperator& a, const SymmetricOperator& preconditioner,
                                   const std::vector<std::uint8_t>& active, Executor& executor, bool last) {
  if (rank_ == 0) new_directions(preconditioner, active, {}, {}, executor);
  if (rank_ == 0) return false;
  Vector products(rank_ * n_), gram(rank_ * rank_), coefficients(rank_ * count_);
  a.apply(rank_, directions_.data(), products.data(), executor);
  detail::inner_products(n_, rank_, directions_.data(), rank_, products.data(), gram.data(), executor);
  for (std::size_t i = 0; i < rank_; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      gram[i * rank_ + j] = gram[j * rank_ + i] = (gram[i * rank_ + j] + gram[j * rank_ + i]) / 2;
    }
  }
  Vector factor = gram;
  if (!factor_small(rank_, factor)) report_indefinite(rank_, gram);
  detail::inner_products(n_, rank_, directions_.data(), count_, r_.data(), coefficients.data(), executor);
  solve_small(rank_, factor, count_, coefficients);
  detail::subtract_combinations(n_, rank_, products.data(), coefficients.data(), count_, r_.data(), executor);
  for (double& value : coefficients) value = -value;
  detail::subtract_combinations(n_, rank_, directions_.data(), coefficients.data(), count_, x_.data(),
                                executor);
  if (last) {
    restart();
  } else {
    new_directions(preconditioner, active, products, factor, executor);
  }
  return true;
}

}  // namespace ansatz
