// Random features: their products against the kernel's formula, their variance, their directions.
#include <ansatz/num/error.hpp>
#include <ansatz/num/random_features.hpp>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>

#include "statistics.hpp"

using namespace ansatz;

namespace {

constexpr std::size_t d = 3, draws = 20000;
const std::vector<double> rows{0.3, -0.2, 0.9, -0.4, 0.5, 0.1, 0.3, -0.2, 1.4};
RowsOf<double> three() { return {rows.data(), 3, d}; }

std::vector<double> features(const RandomFeatures& map, const Rows& x) {
  std::vector<double> f(row_count(x) * map.size());
  SerialExecutor serial;
  map.apply(x, f.data(), serial);
  return f;
}
double product(const std::vector<double>& f, std::size_t size, std::size_t i, std::size_t j) {
  double sum = 0;
  for (std::size_t k = 0; k < size; ++k) sum += f[i * size + k] * f[j * size + k];
  return sum;
}
double distance(std::size_t i, std::size_t j, bool absolute) {
  double sum = 0;
  for (std::size_t k = 0; k < d; ++k) {
    const double step = std::abs(rows[i * d + k] - rows[j * d + k]);
    sum += absolute ? step : step * step;
  }
  return absolute ? sum : std::sqrt(sum);
}
double value(const Kernel& kernel, std::size_t i, std::size_t j) {
  const double l = kernel.length[0];
  if (kernel.function == KernelFunction::gaussian) {
    const double r = distance(i, j, false) / l;
    return std::exp(-r * r / 2);
  }
  if (kernel.function == KernelFunction::laplacian) {
    return std::exp(-distance(i, j, kernel.norm == KernelNorm::l1) / l);
  }
  const double t = std::sqrt(2 * kernel.smoothness) * distance(i, j, false) / l;
  if (kernel.smoothness == 0.5) return std::exp(-t);
  return kernel.smoothness == 1.5 ? (1 + t) * std::exp(-t) : (1 + t + t * t / 3) * std::exp(-t);
}

}  // namespace

TEST_CASE("products of random features have the kernel as their mean") {
  for (const Kernel& kernel :
       {Kernel{.function = KernelFunction::gaussian, .length = {0.8}},
        Kernel{.function = KernelFunction::laplacian, .norm = KernelNorm::l1, .length = {1.2}},
        Kernel{.function = KernelFunction::laplacian, .norm = KernelNorm::l2, .length = {1.2}},
        Kernel{.function = KernelFunction::matern, .length = {0.8}, .smoothness = 0.5},
        Kernel{.function = KernelFunction::matern, .length = {0.8}, .smoothness = 1.5},
        Kernel{.function = KernelFunction::matern, .length = {0.8}, .smoothness = 2.5}}) {
    for (const bool orthogonal : {false, true}) {
      CAPTURE(kernel.name(), kernel.smoothness, orthogonal);
      const RandomFeatures map{kernel, d, draws, orthogonal, Rng{11, "features"}};
      REQUIRE(map.size() == 2 * draws);
      const std::vector<double> f = features(map, three());
      for (std::size_t i = 0; i < 3; ++i) {
        CHECK(product(f, map.size(), i, i) == Approx(1).epsilon(1e-12));  // cos^2 + sin^2
        for (std::size_t j = 0; j < i; ++j) {
          // The mean of `draws` cosines, each of variance at most 1/2 + k(2 x, 2 y) / 2 - k^2 <= 1.
          double squares = 0, mean = 0;
          for (std::size_t w = 0; w < draws; ++w) {
            const double cosine =
                static_cast<double>(draws) * (f[i * map.size() + w] * f[j * map.size() + w] +
                                              f[i * map.size() + draws + w] * f[j * map.size() + draws + w]);
            mean += cosine / draws, squares += cosine * cosine / draws;
          }
          const double error = std::sqrt((squares - mean * mean) / draws);
          CHECK(std::abs(product(f, map.size(), i, j) - value(kernel, i, j)) < 4 * error);
        }
      }
    }
  }
}

TEST_CASE("the variance of a product of D gaussian features is (1 - k^2)^2 / D, and less if orthogonal") {
  const Kernel kernel{.function = KernelFunction::gaussian, .length = {0.8}};
  const double k = value(kernel, 0, 1);
  double found[2];
  for (const bool orthogonal : {false, true}) {
    double mean = 0, square = 0;
    constexpr int repeats = 20000;
    for (std::uint64_t seed = 0; seed < repeats; ++seed) {
      const RandomFeatures map{kernel, d, d, orthogonal, Rng{12, "features", seed}};
      const double one = product(features(map, three()), 2 * d, 0, 1);
      mean += one / repeats, square += one * one / repeats;
    }
    found[orthogonal ? 1 : 0] = square - mean * mean;
  }
  CHECK(found[0] == Approx(std::pow(1 - k * k, 2) / (2 * d)).epsilon(0.05));
  CHECK(found[1] < 0.8 * found[0]);
}

TEST_CASE("orthogonal frequencies are orthogonal within a block, and as long as independent ones") {
  constexpr std::size_t many = 3000;
  const Kernel kernel{.function = KernelFunction::gaussian, .length = {2}};
  const std::vector<double> w = random_frequencies(kernel, d, many, true, Rng{13, "features"});
  std::vector<double> lengths;
  for (std::size_t i = 0; i < many; ++i) {
    for (std::size_t j = i / d * d; j < i; ++j) {
      double dot = 0;
      for (std::size_t l = 0; l < d; ++l) dot += w[i * d + l] * w[j * d + l];
      CHECK(std::abs(dot) < 1e-14);
    }
    double square = 0;
    for (std::size_t l = 0; l < d; ++l) square += std::pow(2 * w[i * d + l], 2);
    lengths.push_back(std::sqrt(square));
  }
  // chi with 3 degrees of freedom.
  CHECK(kolmogorov(lengths, [](double r) {
          return std::erf(r / std::sqrt(2)) - std::sqrt(2 / M_PI) * r * std::exp(-r * r / 2);
        }) < kKolmogorov);
}

TEST_CASE("a length a column divides it, bytes are numbers, and other kernels are refused") {
  Kernel kernel{.function = KernelFunction::gaussian, .amplitude = 2, .length = {0.5, 1, 4}};
  const RandomFeatures map{kernel, d, 10, true, Rng{14, "features"}};
  std::vector<double> scaled = rows;
  for (std::size_t i = 0; i < rows.size(); ++i) scaled[i] /= kernel.length[i % d];
  kernel.length = {1};
  const RandomFeatures plain{kernel, d, 10, true, Rng{14, "features"}};
  const std::vector<double> f = features(map, three()),
                            g = features(plain, RowsOf<double>{scaled.data(), 3, d});
  for (std::size_t i = 0; i < f.size(); ++i) CHECK(f[i] == Approx(g[i]).margin(1e-13));
  CHECK(product(f, map.size(), 1, 1) == Approx(2).epsilon(1e-12));
  const std::vector<std::uint8_t> bytes{1, 200, 7, 0, 3, 255};
  const std::vector<double> numbers(bytes.begin(), bytes.end());
  CHECK(features(map, RowsOf<std::uint8_t>{bytes.data(), 2, d}) ==
        features(map, RowsOf<double>{numbers.data(), 2, d}));

  CHECK_THROWS_AS(random_frequencies({.function = KernelFunction::polynomial}, d, 4, true, Rng{1, "f"}),
                  BadArgument);
  kernel.length = {1, 2};
  CHECK_THROWS_AS(random_frequencies(kernel, d, 4, true, Rng{1, "f"}), BadArgument);
}
