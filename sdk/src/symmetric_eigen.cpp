#include "ansatz/num/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "ansatz/num/error.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

struct Tridiagonal {
  std::vector<double> diagonal, off;  // off[i] couples i and i + 1
};

// a = Q T Q'; `b` (n x rows, the transpose of what the caller gave) becomes Q' b.
Tridiagonal reduce(std::size_t n, double* a, std::size_t rows, double* b) {
  const detail::TileKernel<double>& kernel = detail::best_tile_kernel<double>();
  Tridiagonal t{std::vector<double>(n), std::vector<double>(n)};
  std::vector<double> w(n), image(rows);
  for (std::size_t k = 0; k + 2 < n; ++k) {
    // The reflector I - beta v v' maps the column below the diagonal to a multiple of its first element.
    const std::size_t first = k + 1, m = n - first;
    double* v = a + k * n + first;  // row k holds column k: a is symmetric
    const double largest = std::abs(
        *std::max_element(v + 1, v + m, [](double x, double y) { return std::abs(x) < std::abs(y); }));
    if (largest == 0) {
      t.off[k] = v[0];
      continue;
    }
    const double scale = std::max(largest, std::abs(v[0]));
    for (std::size_t i = 0; i < m; ++i) v[i] /= scale;
    const double norm = std::copysign(std::sqrt(kernel.dot(m, v, v)), v[0]);
    t.off[k] = -norm * scale;
    v[0] += norm;
    const double beta = 1 / (norm * v[0]);

    for (std::size_t i = 0; i < m; ++i) w[i] = beta * kernel.dot(m, a + (first + i) * n + first, v);
    kernel.subtract(m, beta / 2 * kernel.dot(m, w.data(), v), v, w.data());
    for (std::size_t i = 0; i < m; ++i) {
      double* row = a + (first + i) * n + first;
      kernel.subtract(m, v[i], w.data(), row);
      kernel.subtract(m, w[i], v, row);
    }
    std::fill(image.begin(), image.end(), 0.0);
    for (std::size_t i = 0; i < m; ++i) kernel.subtract(rows, -v[i], b + (first + i) * rows, image.data());
    for (std::size_t i = 0; i < m; ++i) {
      kernel.subtract(rows, beta * v[i], image.data(), b + (first + i) * rows);
    }
  }
  for (std::size_t i = 0; i < n; ++i) t.diagonal[i] = a[i * n + i];
  if (n > 1) t.off[n - 2] = a[(n - 1) * n + n - 2];
  return t;
}

void rotate(std::size_t rows, double c, double s, double* low, double* high) {
  for (std::size_t k = 0; k < rows; ++k) {
    const double x = low[k], y = high[k];
    low[k] = c * x - s * y;
    high[k] = s * x + c * y;
  }
}

// One sweep from the end of the unreduced block [first, last] to its beginning, with Wilkinson's shift.
void sweep(Tridiagonal& t, std::size_t first, std::size_t last, std::size_t rows, double* b) {
  std::vector<double>&d = t.diagonal, &e = t.off;
  double g = (d[first + 1] - d[first]) / (2 * e[first]);
  g = d[last] - d[first] + e[first] / (g + std::copysign(std::hypot(g, 1.0), g));
  double s = 1, c = 1, p = 0;
  for (std::size_t i = last; i-- > first;) {
    double f = s * e[i];
    const double h = c * e[i];
    const double r = std::hypot(f, g);
    e[i + 1] = r;
    if (r == 0) {  // it splits here
      d[i + 1] -= p;
      e[last] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    f = (d[i] - g) * s + 2 * c * h;
    p = s * f;
    d[i + 1] = g + p;
    g = c * f - h;
    rotate(rows, c, s, b + i * rows, b + (i + 1) * rows);
  }
  d[first] -= p;
  e[first] = g;
  e[last] = 0;
}

void diagonalise(Tridiagonal& t, std::size_t rows, double* b) {
  constexpr int most_sweeps = 80;  // two or three are usual
  const std::size_t n = t.diagonal.size();
  for (std::size_t first = 0; first < n; ++first) {
    for (int sweeps = 0;; ++sweeps) {
      std::size_t last = first;
      for (; last + 1 < n; ++last) {
        const double neighbours = std::abs(t.diagonal[last]) + std::abs(t.diagonal[last + 1]);
        if (std::abs(t.off[last]) <= std::numeric_limits<double>::epsilon() * neighbours) break;
      }
      if (last == first) break;
      if (sweeps == most_sweeps) throw NumericalError("symmetric_eigen: the QL iteration does not converge");
      sweep(t, first, last, rows, b);
    }
  }
}

}  // namespace

void symmetric_eigen(std::size_t n, double* a, double* values, std::size_t rows, double* b) {
  for (std::size_t i = 0; i < n * n; ++i) {
    if (!std::isfinite(a[i])) {
      throw NumericalError("symmetric_eigen: element (" + std::to_string(i / n) + ", " +
                           std::to_string(i % n) + ") of the matrix is not finite");
    }
  }
  std::vector<double> transposed(n * rows);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t r = 0; r < rows; ++r) transposed[i * rows + r] = b[r * n + i];
  }
  Tridiagonal t = reduce(n, a, rows, transposed.data());
  diagonalise(t, rows, transposed.data());
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return t.diagonal[i] > t.diagonal[j]; });
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = t.diagonal[order[i]];
    for (std::size_t r = 0; r < rows; ++r) b[r * n + i] = transposed[order[i] * rows + r];
  }
}

}  // namespace ansatz
