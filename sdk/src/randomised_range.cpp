#include "ansatz/num/randomised_range.hpp"

#include <cmath>
#include <utility>

#include "ansatz/num/check.hpp"
#include "ansatz/num/symmetric_eigen.hpp"
#include "long_vectors.hpp"
#include "orthonormalise.hpp"

namespace ansatz {
namespace {

// Vectors that fall into the span of the others are replaced by new random ones: the operator has a low rank.
std::vector<double> fill_up(std::size_t n, std::size_t columns, std::vector<double> vectors, double zero,
                            Rng& random, Executor& executor) {
  detail::Orthonormal basis =
      detail::orthonormalise(n, 0, nullptr, columns, std::move(vectors), zero, executor);
  while (basis.rank < columns) {
    std::vector<double> more((columns - basis.rank) * n);
    random.fill_normal(more);
    const detail::Orthonormal fresh = detail::orthonormalise(
        n, basis.rank, basis.vectors.data(), columns - basis.rank, std::move(more), 1e-12, executor);
    basis.vectors.insert(basis.vectors.end(), fresh.vectors.begin(), fresh.vectors.end());
    basis.rank += fresh.rank;
  }
  return std::move(basis.vectors);
}

}  // namespace

RandomisedRange randomised_range(const SymmetricOperator& a, std::size_t columns, std::size_t powers,
                                 Rng random, Executor& executor) {
  const std::size_t n = a.size();
  check_range("randomised_range", "columns", static_cast<double>(columns), 1, static_cast<double>(n));
  std::vector<double> vectors(columns * n), image(columns * n);
  random.fill_normal(vectors);
  vectors = fill_up(n, columns, std::move(vectors), 0, random, executor);
  for (std::size_t power = 0; power <= powers; ++power) {
    a.apply(columns, vectors.data(), image.data(), executor);
    check_finite("randomised_range", "product with the operator", image);
    vectors = fill_up(n, columns, image, 0, random, executor);
  }
  a.apply(columns, vectors.data(), image.data(), executor);

  RandomisedRange result;
  result.values.resize(columns);
  std::vector<double> projected(columns * columns), y(columns * columns);
  detail::inner_products(n, columns, vectors.data(), columns, image.data(), projected.data(), executor);
  for (std::size_t i = 0; i < columns; ++i) {
    y[i * columns + i] = 1;
    for (std::size_t j = 0; j < i; ++j) {
      projected[i * columns + j] = projected[j * columns + i] =
          (projected[i * columns + j] + projected[j * columns + i]) / 2;
    }
  }
  symmetric_eigen(columns, projected.data(), result.values.data(), columns, y.data());
  detail::combine(n, columns, vectors.data(), y.data(), columns, vectors.data(), executor);
  detail::combine(n, columns, image.data(), y.data(), columns, image.data(), executor);
  for (std::size_t j = 0; j < columns; ++j) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double difference = image[j * n + i] - result.values[j] * vectors[j * n + i];
      sum += difference * difference;
    }
    result.residuals.push_back(std::sqrt(sum));
  }
  result.vectors = std::move(vectors);
  return result;
}

}  // namespace ansatz
