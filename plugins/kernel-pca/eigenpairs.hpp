// The leading eigenpairs of the matrix, cleaned: what they mean for fit is the same for every solver.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config.hpp"
#include "gram.hpp"
#include "spectral.hpp"

namespace ansatz::kernel_pca {

struct Eigenpairs {
  std::vector<double> values;  // descending, above the cut
  std::vector<double>
      vectors;  // a vector after the other, n each; the entry of largest magnitude is positive
};

// All of LAPACK's dsyevd, then as below.  `spectrum`, if given, gets every eigenvalue.
[[nodiscard]] Eigenpairs solve_dense(const Spectral& spectral, const Gram& gram, std::size_t components,
                                     double precision, Executor& executor,
                                     std::vector<double>* spectrum = nullptr);

// Keep at most `components` pairs whose value is above n * precision * largest, free of the direction that is
// projected out (rounding mixes it into vectors of small eigenvalues, by precision / value); fix the signs.
// NumericalError if the least eigenvalue that was seen is below -max(1e-8, 10 precision) of the largest: the
// kernel is not positive semidefinite.
[[nodiscard]] Eigenpairs clean(Eigenpairs pairs, std::size_t n, const std::vector<double>& direction,
                               std::size_t components, double precision, double least);

}  // namespace ansatz::kernel_pca
