#include "eigenpairs.hpp"

#include <ansatz/num/error.hpp>
#include <ansatz/num/lapack_eigen.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ansatz::kernel_pca {
namespace {

[[noreturn]] void refuse_indefinite(double smallest, double largest) {
  char text[320];
  std::snprintf(
      text, sizeof text,
      "kernel-pca.fit: the kernel is not positive semidefinite: smallest eigenvalue %.3g, largest %.3g.  "
      "Principal components need k(x, y) = phi(x).phi(y): choose another kernel, or look at its spectrum "
      "with kernel-ridge.probe",
      smallest, largest);
  throw NumericalError(text);
}

void remove_direction(std::size_t n, const double* direction, double* u) {
  double along = 0, square = 0;
  for (std::size_t i = 0; i < n; ++i) along += direction[i] * u[i];
  for (std::size_t i = 0; i < n; ++i) {
    u[i] -= along * direction[i];
    square += u[i] * u[i];
  }
  for (std::size_t i = 0; i < n; ++i) u[i] /= std::sqrt(square);
}

}  // namespace

Eigenpairs clean(Eigenpairs pairs, std::size_t n, const std::vector<double>& direction,
                 std::size_t components, double precision, double least) {
  const double largest = pairs.values.empty() ? 0 : pairs.values.front();
  if (least < -std::max(1e-8, 10 * precision) * std::abs(largest)) refuse_indefinite(least, largest);
  std::size_t rank = 0;
  const double cut = static_cast<double>(n) * precision * largest;
  while (rank < std::min(components, pairs.values.size()) && pairs.values[rank] > std::max(cut, 0.0)) ++rank;
  pairs.values.resize(rank);
  pairs.vectors.resize(rank * n);
  for (std::size_t j = 0; j < rank; ++j) {
    double* u = pairs.vectors.data() + j * n;
    if (!direction.empty()) remove_direction(n, direction.data(), u);
    const double* top =
        std::max_element(u, u + n, [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (*top < 0) {
      for (std::size_t i = 0; i < n; ++i) u[i] = -u[i];
    }
  }
  return pairs;
}

Eigenpairs solve_dense(const Spectral& spectral, const Gram& gram, std::size_t components, double precision,
                       Executor& executor, std::vector<double>* spectrum) {
  const std::size_t n = gram.size();
  LargeBuffer<double> a(n * n);
  fill(spectral, gram, a.data(), executor);
  executor.progress(0.3);
  Eigenpairs pairs;
  pairs.values = lapack_eigen(n, a.data());
  executor.progress(0.9);
  const double least = pairs.values.back();
  if (spectrum != nullptr) *spectrum = pairs.values;
  const std::size_t kept = std::min(n, components);
  pairs.values.resize(kept);
  pairs.vectors.assign(a.data(), a.data() + kept * n);
  return clean(std::move(pairs), n, spectral.direction, components, precision, least);
}

}  // namespace ansatz::kernel_pca
