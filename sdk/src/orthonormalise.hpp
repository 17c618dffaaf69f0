// Orthonormal bases of a few long vectors.
#pragma once

#include <cstddef>
#include <vector>

#include "ansatz/num/executor.hpp"

namespace ansatz::detail {

struct Orthonormal {
  std::vector<double> vectors;  // rank x n
  std::size_t rank = 0;
  std::vector<double> overlaps;  // basis_count x count: basis . w of the first projection
  std::vector<double> triangle;  // count x rank: w - (its part in the basis) = triangle * vectors
};

// Make `count` vectors w orthonormal to the `basis_count` orthonormal vectors of `basis` and to each other.
// Vectors whose part outside the basis is not longer than `zero` are dropped.
// Repeats projection and the eigendecomposition of the vectors' Gram matrix until both are exact to rounding
// (SVQB: Stathopoulos and Wu 2002, "A block orthogonalization procedure with constant synchronization
// requirements").
[[nodiscard]] Orthonormal orthonormalise(std::size_t n, std::size_t basis_count, const double* basis,
                                         std::size_t count, std::vector<double> w, double zero,
                                         Executor& executor);

}  // namespace ansatz::detail
