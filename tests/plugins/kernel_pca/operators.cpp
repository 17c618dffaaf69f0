// The matrix by its elements, by its products, and by explicit features: the same matrix.
#include <ansatz/num/random.hpp>

#include "call.hpp"
#include "spectral.hpp"

using namespace kpca;
using ansatz::kernel_pca::Operator;
using ansatz::kernel_pca::PointsGram;
using ansatz::kernel_pca::Spectral;
using ansatz::kernel_pca::SpectralOperator;

namespace {

const Dense x = normal(60, 4, 81);

struct Found {
  Dense elements, products;
};
Found matrix_of(Operator op, double alpha, const ansatz::Kernel& kernel) {
  const std::size_t n = x.rows;
  const ansatz::KernelPoints<double> points{kernel, ansatz::RowsOf<double>{x.values.data(), n, x.columns}};
  PointsGram<double> gram{points, 1 << 30};
  ansatz::SerialExecutor serial;
  const Spectral spectral = Spectral::of(op, alpha, gram, "k", serial);
  Found found{Dense(n, n), Dense(n, n)};
  fill(spectral, gram, found.elements.values.data(), serial);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) found.elements(j, i) = found.elements(i, j);  // the lower triangle
  }
  Vector ones(n * n);
  for (std::size_t i = 0; i < n; ++i) ones[i * n + i] = 1;
  SpectralOperator{spectral, gram}.apply(n, ones.data(), found.products.values.data(), serial);
  return found;
}
Dense centring(std::size_t n) {
  Dense h(n, n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) h(i, j) = (i == j ? 1 : 0) - 1 / static_cast<double>(n);
  }
  return h;
}

}  // namespace

TEST_CASE("the centred matrix by formula, by products, as HKH, and of centred monomials is one") {
  // (x.y / 4 + 1)^2 of monomials, as in identities.cpp.
  const ansatz::Kernel kernel{
      .function = ansatz::KernelFunction::polynomial, .slope = 0.25, .offset = 1, .degree = 2};
  const reference::Kernel plain{.name = "polynomial", .slope = 0.25, .offset = 1, .degree = 2};
  const Dense h = centring(60), k = reference::matrix(plain, x, x),
              hkh = reference::product(h, reference::product(k, h));
  Dense features(60, 21);
  for (std::size_t i = 0; i < 60; ++i) {
    std::size_t f = 0;
    for (std::size_t a = 0; a < 4; ++a) {
      for (std::size_t b = 0; b < 4; ++b) features(i, f++) = 0.25 * x(i, a) * x(i, b);
      features(i, f++) = std::sqrt(0.5) * x(i, a);
    }
    features(i, f) = 1;
  }
  features = reference::product(h, features);
  const Dense explicitly = reference::product(features, reference::transpose(features));
  const Found found = matrix_of(Operator::centred, 0, kernel);
  const double scale = largest(hkh.values);
  CHECK(largest_difference(found.elements.values, hkh.values) < 1e-13 * scale);
  CHECK(largest_difference(found.products.values, hkh.values) < 1e-13 * scale);
  CHECK(largest_difference(explicitly.values, hkh.values) < 1e-13 * scale);
  // Every one of the four terms counts: without the mean of all elements the sums of rows are not zero.
  CHECK(largest_difference(centred(k).values, hkh.values) < 1e-13 * scale);
}

TEST_CASE("graph operators: elements, products, and the formula S K S - u u'") {
  const reference::Kernel plain{.name = "gaussian", .length = {1.5}};
  const ansatz::Kernel kernel{.length = {1.5}};
  const Dense k = reference::matrix(plain, x, x);
  for (const double alpha : {0.0, 0.5, 1.0}) {
    CAPTURE(alpha);
    Dense w = k;
    Vector density(60), degree(60);
    double total = 0;
    for (std::size_t i = 0; i < 60; ++i) {
      for (std::size_t j = 0; j < 60; ++j) density[i] += k(i, j);
    }
    for (std::size_t i = 0; i < 60; ++i) {
      for (std::size_t j = 0; j < 60; ++j) {
        w(i, j) /= std::pow(density[i] * density[j], alpha);
        degree[i] += w(i, j);
      }
      total += degree[i];
    }
    Dense wanted(60, 60);
    for (std::size_t i = 0; i < 60; ++i) {
      for (std::size_t j = 0; j < 60; ++j) {
        wanted(i, j) = w(i, j) / std::sqrt(degree[i] * degree[j]) - std::sqrt(degree[i] * degree[j]) / total;
      }
    }
    const Found found = matrix_of(alpha == 0 ? Operator::laplacian : Operator::diffusion, alpha, kernel);
    CHECK(largest_difference(found.elements.values, wanted.values) < 1e-13);
    CHECK(largest_difference(found.products.values, wanted.values) < 1e-13);
  }
}

TEST_CASE("the Laplacian's energy: sum_ij K_ij (u_i - u_j)^2 = 2 u'(D - K) u for any u") {
  const Dense k = reference::matrix({.name = "gaussian", .length = {1.5}}, x, x);
  const Found found = matrix_of(Operator::laplacian, 0, {.length = {1.5}});
  Vector degree(60);
  double total = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    for (std::size_t j = 0; j < 60; ++j) degree[i] += k(i, j);
    total += degree[i];
  }
  for (unsigned draw = 0; draw < 5; ++draw) {
    const Vector u = normal(60, 1, 90 + draw).values;
    double energy = 0, square = 0, constant = 0, through = 0;
    for (std::size_t i = 0; i < 60; ++i) {
      square += degree[i] * u[i] * u[i];
      constant += degree[i] * u[i];
      for (std::size_t j = 0; j < 60; ++j) {
        energy += k(i, j) * std::pow(u[i] - u[j], 2);
        // v = D^1/2 u, v'(D^-1/2 K D^-1/2 - d d'/total) v with d = D^1/2 1
        through += std::sqrt(degree[i]) * u[i] * found.elements(i, j) * std::sqrt(degree[j]) * u[j];
      }
    }
    // u'K u = through + (1'D u)^2 / total.
    CHECK(2 * (square - through - constant * constant / total) == Approx(energy).epsilon(1e-12));
  }
}
