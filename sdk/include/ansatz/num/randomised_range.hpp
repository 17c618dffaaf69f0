// An orthonormal basis that nearly spans the leading eigenvectors of a symmetric operator, from products with
// random vectors: a good start for BlockLanczos, or an approximation by itself.
//
//   const RandomisedRange range = randomised_range(a, 40, 2, session.rng("range"), executor);
//   range.values[0];             // Rayleigh-Ritz values in the subspace, descending
//   range.vectors;               // 40 x n, orthonormal: the Ritz vectors
//
// Halko, Martinsson and Tropp 2011, "Finding structure with randomness", algorithm 4.4 (subspace iteration)
// with the Rayleigh-Ritz step 5.3.  Without orthonormalisation in between, the powers would lose all but the
// largest eigenvector to rounding.
#pragma once

#include <cstddef>
#include <vector>

#include "ansatz/num/executor.hpp"
#include "ansatz/num/random.hpp"
#include "ansatz/num/symmetric_operator.hpp"

namespace ansatz {

struct RandomisedRange {
  std::vector<double> values;     // columns, each at most the eigenvalue of its rank
  std::vector<double> residuals;  // |A u - value u|
  std::vector<double> vectors;    // columns x n
};

// `columns` random vectors, 1 .. n, multiplied `powers` + 1 times; one more product gives values and
// residuals. Throws BadArgument for columns outside of this range.
[[nodiscard]] RandomisedRange randomised_range(const SymmetricOperator& a, std::size_t columns,
                                               std::size_t powers, Rng random, Executor& executor);

}  // namespace ansatz
