#include "orthonormalise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ansatz/num/symmetric_eigen.hpp"
#include "long_vectors.hpp"

namespace ansatz::detail {
namespace {

constexpr double rounding = 1e-13;  // of overlaps between unit vectors that are as orthogonal as they get
constexpr int most_passes = 6;      // two or three are usual

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// Drop the vectors that stand for parts of w not longer than `zero`; their columns of the triangle go too.
void drop_short(std::size_t n, double zero, std::vector<double>& gram, std::size_t count,
                Orthonormal& result) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < result.rank; ++i) {
    double share = 0;
    for (std::size_t c = 0; c < count; ++c) share += std::pow(result.triangle[c * result.rank + i], 2);
    const double squared = gram[i * result.rank + i];
    if (squared > 0 && share * squared > zero * zero) kept.push_back(i);
  }
  if (kept.size() == result.rank) return;
  const std::size_t old = std::exchange(result.rank, kept.size());
  std::vector<double> smaller(result.rank * result.rank), triangle(count * result.rank);
  for (std::size_t i = 0; i < result.rank; ++i) {
    if (kept[i] != i) std::copy_n(result.vectors.data() + kept[i] * n, n, result.vectors.data() + i * n);
    for (std::size_t j = 0; j < result.rank; ++j)
      smaller[i * result.rank + j] = gram[kept[i] * old + kept[j]];
    for (std::size_t c = 0; c < count; ++c)
      triangle[c * result.rank + i] = result.triangle[c * old + kept[i]];
  }
  result.vectors.resize(result.rank * n);
  gram = std::move(smaller);
  result.triangle = std::move(triangle);
}

// w = D U L^(1/2) (L^(-1/2) U' D^-1 w) for the Gram matrix D U L U' D of w, diag(U L U') = 1.
void scale_by_gram(std::size_t n, const std::vector<double>& gram, std::size_t count, Orthonormal& result,
                   Executor& executor) {
  const std::size_t r = result.rank;
  std::vector<double> lengths(r), scaled(r * r), values(r), u(r * r);
  for (std::size_t i = 0; i < r; ++i) lengths[i] = std::sqrt(gram[i * r + i]), u[i * r + i] = 1;
  for (std::size_t i = 0; i < r; ++i) {
    for (std::size_t j = 0; j < r; ++j) scaled[i * r + j] = gram[i * r + j] / (lengths[i] * lengths[j]);
  }
  symmetric_eigen(r, scaled.data(), values.data(), r, u.data());
  // Smaller eigenvalues are rounding; a later pass finds what their vectors are.
  const double least = static_cast<double>(r) * std::numeric_limits<double>::epsilon() * values[0];
  std::vector<double> forward(r * r), back(r * r);
  for (std::size_t i = 0; i < r; ++i) {
    for (std::size_t j = 0; j < r; ++j) {
      const double root = std::sqrt(std::max(values[j], least));
      forward[i * r + j] = u[i * r + j] / (lengths[i] * root);
      back[i * r + j] = lengths[i] * u[i * r + j] * root;
    }
  }
  combine(n, r, result.vectors.data(), forward.data(), r, result.vectors.data(), executor);
  std::vector<double> triangle(count * r);
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t i = 0; i < r; ++i) {
      for (std::size_t j = 0; j < r; ++j) {
        triangle[c * r + j] += result.triangle[c * r + i] * back[i * r + j];
      }
    }
  }
  result.triangle = std::move(triangle);
}

}  // namespace

Orthonormal orthonormalise(std::size_t n, std::size_t basis_count, const double* basis, std::size_t count,
                           std::vector<double> w, double zero, Executor& executor) {
  Orthonormal result{std::move(w), count, std::vector<double>(basis_count * count),
                     std::vector<double>(count * count)};
  for (std::size_t i = 0; i < count; ++i) result.triangle[i * count + i] = 1;
  for (int pass = 0; pass < most_passes && result.rank > 0; ++pass) {
    std::vector<double> overlaps(basis_count * result.rank), gram(result.rank * result.rank);
    inner_products(n, basis_count, basis, result.rank, result.vectors.data(), overlaps.data(), executor);
    subtract_combinations(n, basis_count, basis, overlaps.data(), result.rank, result.vectors.data(),
                          executor);
    inner_products(n, result.rank, result.vectors.data(), result.rank, result.vectors.data(), gram.data(),
                   executor);
    const double overlap = largest(overlaps);
    if (pass == 0) result.overlaps = std::move(overlaps);
    drop_short(n, zero, gram, count, result);
    double defect = 0;
    for (std::size_t i = 0; i < result.rank; ++i) {
      for (std::size_t j = 0; j < result.rank; ++j) {
        defect = std::max(defect, std::abs(gram[i * result.rank + j] - (i == j ? 1 : 0)));
      }
    }
    if (pass > 0 && overlap < rounding && defect < rounding) break;
    if (result.rank > 0) scale_by_gram(n, gram, count, result, executor);
  }
  return result;
}

}  // namespace ansatz::detail
