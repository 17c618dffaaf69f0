#include "spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

template <class T>
Vector multiply(std::size_t n, const T* a, std::size_t stride, const Vector& scale, const Vector& x) {
  Vector scaled(n), y(n);
  for (std::size_t i = 0; i < n; ++i) scaled[i] = scale[i] * x[i];
  for (std::size_t i = 0; i < n; ++i) {
    const T* row = a + i * stride;
    double sum = static_cast<double>(row[i]) * scaled[i];
    for (std::size_t j = 0; j < i; ++j) {
      const auto value = static_cast<double>(row[j]);
      sum += value * scaled[j];
      y[j] += value * scaled[i];
    }
    y[i] += sum;
  }
  for (std::size_t i = 0; i < n; ++i) y[i] *= scale[i];
  return y;
}

// How many eigenvalues of the tridiagonal matrix are below x (Sturm's sequence).
std::size_t count_below(const Vector& diagonal, const Vector& off, double x) {
  std::size_t count = 0;
  double pivot = 1;
  for (std::size_t i = 0; i < diagonal.size(); ++i) {
    const double coupling = i == 0 ? 0 : off[i - 1] * off[i - 1];
    pivot = diagonal[i] - x - coupling / pivot;
    if (pivot == 0) pivot = -std::numeric_limits<double>::min();
    if (pivot < 0) ++count;
  }
  return count;
}

// Eigenvalue number `index` (from 0) by bisection between Gershgorin's bounds.
double eigenvalue(const Vector& diagonal, const Vector& off, std::size_t index) {
  double bound = 0;
  for (std::size_t i = 0; i < diagonal.size(); ++i) {
    const double left = i == 0 ? 0 : std::abs(off[i - 1]);
    const double right = i + 1 == diagonal.size() ? 0 : std::abs(off[i]);
    bound = std::max(bound, std::abs(diagonal[i]) + left + right);
  }
  double low = -bound, high = bound;
  for (int step = 0; step < 200 && low < high; ++step) {
    const double middle = low + (high - low) / 2;
    (count_below(diagonal, off, middle) > index ? high : low) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace

template <class T>
Extremes extreme_eigenvalues(std::size_t n, const T* a, std::size_t stride, const Vector& scale) {
  constexpr std::size_t most_steps = 100;
  std::vector<Vector> basis;
  Vector diagonal, off, next(n);
  // Any start that is not orthogonal to an eigenvector: multiples of the golden ratio modulo 1.
  for (std::size_t i = 0; i < n; ++i)
    next[i] = std::fmod(0.6180339887498949 * static_cast<double>(i + 1), 1.0) + 0.1;
  double length = std::sqrt(dot(next, next)), size = 0;
  while (basis.size() < std::min(n, most_steps)) {
    for (double& value : next) value /= length;
    basis.push_back(next);
    next = multiply(n, a, stride, scale, basis.back());
    size = std::max(size, std::sqrt(dot(next, next)));
    diagonal.push_back(dot(next, basis.back()));
    for (int pass = 0; pass < 2; ++pass) {
      for (const Vector& earlier : basis) {
        const double overlap = dot(next, earlier);
        for (std::size_t i = 0; i < n; ++i) next[i] -= overlap * earlier[i];
      }
    }
    length = std::sqrt(dot(next, next));
    if (length <= 1e-14 * size) break;  // the space is invariant
    off.push_back(length);
  }
  return {eigenvalue(diagonal, off, 0), eigenvalue(diagonal, off, diagonal.size() - 1)};
}

template Extremes extreme_eigenvalues(std::size_t, const double*, std::size_t, const Vector&);
template Extremes extreme_eigenvalues(std::size_t, const float*, std::size_t, const Vector&);

}  // namespace ansatz::kernel_ridge
