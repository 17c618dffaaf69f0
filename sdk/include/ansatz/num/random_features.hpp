// Random features: vectors f(x) with E f(x).f(y) = k(x, y), for kernels of x - y.
//
//   const RandomFeatures features{kernel, x.columns, 1000, true, session.rng("features")};
//   features.apply(rows, f.data(), executor);            // rows x 2000, row-major
//
// With frequencies w_i drawn from the kernel's spectral density, i < m,
//
//   f(x) = sqrt(amplitude / m) (cos w_1.x, ..., cos w_m.x, sin w_1.x, ..., sin w_m.x)
//
// (Rahimi and Recht 2007, in the paired form of Sutherland and Schneider 2015, whose variance is smaller), so
// that f(x).f(x) is the amplitude exactly.  The density over length is normal for gaussian, Student's t with
// 2 smoothness degrees of freedom for matern (1 for laplacian[l2], which is matern 1/2), and Cauchy in each
// column for laplacian[l1].  `orthogonal` makes the directions of each block of d frequencies orthogonal and
// keeps their lengths' distribution (Yu et al. 2016); laplacian[l1], whose density is not round, takes no part.
//
// The same bits for any number of workers; the features of a row do not depend on the other rows.
#pragma once

#include <cstddef>
#include <vector>

#include "ansatz/num/executor.hpp"
#include "ansatz/num/kernel.hpp"
#include "ansatz/num/random.hpp"

namespace ansatz {

// Whether a kernel has a spectral density that is known here.
[[nodiscard]] bool has_random_features(const Kernel& kernel);

// `count` frequencies for points of `columns` columns, count x columns, row-major.  BadArgument for other
// kernels, for a count or columns of 0, and if the number of lengths is neither 1 nor columns.
[[nodiscard]] std::vector<double> random_frequencies(const Kernel& kernel, std::size_t columns,
                                                     std::size_t count, bool orthogonal, Rng random);

class RandomFeatures {
 public:
  // Of frequencies, count x columns.
  RandomFeatures(const double* frequencies, std::size_t count, std::size_t columns, double amplitude);
  RandomFeatures(const Kernel& kernel, std::size_t columns, std::size_t count, bool orthogonal, Rng random)
      : RandomFeatures(random_frequencies(kernel, columns, count, orthogonal, random).data(), count, columns,
                       kernel.amplitude) {}

  // Features a row: 2 count.
  [[nodiscard]] std::size_t size() const { return 2 * frequencies_.size(); }
  [[nodiscard]] std::size_t columns() const { return frequencies_.columns(); }
  // f is rows x size(), row-major.  BadArgument if the rows have other columns.
  void apply(const Rows& rows, double* f, Executor& executor) const;

 private:
  KernelPoints<double> frequencies_;  // with the linear kernel
  double factor_;
};

}  // namespace ansatz
