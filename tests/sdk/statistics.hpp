// Bounds for statistical tests.  All draws come from fixed keys, so a test that passes once passes always;
// the bounds are where a right generator would land with probability about 1 - 1e-6.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

inline constexpr double kSigmas = 4.9;  // two-sided 1e-6

// Pearson's statistic for equally likely cells.
inline double chi_square(const std::vector<std::uint64_t>& counts) {
  double total = 0;
  for (const auto c : counts) total += static_cast<double>(c);
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const auto c : counts) sum += std::pow(static_cast<double>(c) - expected, 2) / expected;
  return sum;
}
// Wilson and Hilferty 1931: (chi2 / k)^(1/3) is nearly normal with mean 1 - 2/(9k) and variance 2/(9k).
inline double chi_square_sigmas(const std::vector<std::uint64_t>& counts) {
  const double k = static_cast<double>(counts.size()) - 1;
  return (std::cbrt(chi_square(counts) / k) - (1 - 2 / (9 * k))) / std::sqrt(2 / (9 * k));
}

// sqrt(n) sup |F_n - F| (Kolmogorov and Smirnov); above 2.7 with probability 2 e^(-2 2.7^2) = 9e-7.
inline constexpr double kKolmogorov = 2.7;
template <class Distribution>
double kolmogorov(std::vector<double> x, Distribution&& distribution) {
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = distribution(x[i]);
    worst = std::max({worst, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  return worst * std::sqrt(n);
}

// Correlation times sqrt(n), which is standard normal for independent sequences.
inline double correlation_sigmas(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sa += a[i], sb += b[i], aa += a[i] * a[i], bb += b[i] * b[i], ab += a[i] * b[i];
  }
  return (ab - sa * sb / n) / std::sqrt((aa - sa * sa / n) * (bb - sb * sb / n)) * std::sqrt(n);
}
