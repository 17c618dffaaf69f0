#include "similarity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace ansatz::modern_hopfield {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// sum a log(a / b)
double divergence(const double* a, const double* b, std::size_t d) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) {
    if (a[j] > 0) sum += b[j] > 0 ? a[j] * std::log(a[j] / b[j]) : infinite;
  }
  return std::max(0.0, sum);  // rounding may take it below
}

double jensen_shannon(const double* a, const double* b, std::size_t d) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) {
    const double mean = 0.5 * (a[j] + b[j]);
    if (a[j] > 0) sum += 0.5 * a[j] * std::log(a[j] / mean);
    if (b[j] > 0) sum += 0.5 * b[j] * std::log(b[j] / mean);
  }
  return std::max(0.0, sum);
}

double alike(Similarity similarity, const double* pattern, const double* x, std::size_t d) {
  double product = 0, own = 0, other = 0;
  switch (similarity) {
    case Similarity::dot:
    case Similarity::cosine:
      for (std::size_t j = 0; j < d; ++j) {
        product += pattern[j] * x[j], own += pattern[j] * pattern[j], other += x[j] * x[j];
      }
      return similarity == Similarity::dot ? product : product / (std::sqrt(own) * std::sqrt(other));
    case Similarity::euclidean:
      for (std::size_t j = 0; j < d; ++j) product += (pattern[j] - x[j]) * (pattern[j] - x[j]);
      return -std::sqrt(product);
    case Similarity::manhattan:
      for (std::size_t j = 0; j < d; ++j) product += std::abs(pattern[j] - x[j]);
      return -product;
    case Similarity::kl: return -divergence(x, pattern, d);
    case Similarity::reverse_kl: return -divergence(pattern, x, d);
    case Similarity::jensen_shannon: break;
  }
  return -jensen_shannon(pattern, x, d);
}

}  // namespace

std::string unfit_for(Similarity similarity, const double* row, std::size_t columns, std::size_t number) {
  std::ostringstream text;
  const char* name = choices(similarity)[static_cast<std::size_t>(similarity)];
  if (similarity == Similarity::cosine) {
    const bool zero = std::all_of(row, row + columns, [](double x) { return x == 0; });
    if (zero) {
      text << "row " << number
           << " (counted from 0) is all 0, and similarity: cosine needs a direction; take dot or euclidean";
    }
  }
  if (similarity != Similarity::kl && similarity != Similarity::reverse_kl &&
      similarity != Similarity::jensen_shannon) {
    return text.str();
  }
  double sum = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    sum += row[j];
    if (row[j] >= 0) continue;
    text << "row " << number << " (counted from 0) has " << row[j] << ", and similarity: " << name
         << " needs distributions, which are not negative";
    return text.str();
  }
  if (std::abs(sum - 1) > 1e-6) {
    text << "row " << number << " (counted from 0) sums to " << sum << ", and similarity: " << name
         << " needs distributions, whose sum is 1; divide each row by its sum";
  }
  return text.str();
}

void compare_with(Similarity similarity, const Matrix<double>& patterns, const double* x,
                  std::span<double> s) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    s[i] = alike(similarity, patterns.row(static_cast<Eigen::Index>(i)).data(), x,
                 static_cast<std::size_t>(patterns.cols()));
  }
}

std::string Separator::apply(Similarity similarity, std::span<double> s) const {
  const auto most = std::max_element(s.begin(), s.end());
  if (separation == Separation::softmax || separation == Separation::max) {
    if (*most == -infinite)
      return "it is infinitely far from every pattern; take jensen-shannon or euclidean";
    const double top = *most;
    const auto winner = static_cast<std::size_t>(most - s.begin());
    double total = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
      s[i] = separation == Separation::max ? (i == winner ? 1.0 : 0.0) : std::exp(beta * (s[i] - top));
      total += s[i];
    }
    for (double& weight : s) weight /= total;
    return {};
  }
  const char* name = choices(separation)[static_cast<std::size_t>(separation)];
  for (double& weight : s) {
    std::ostringstream text;
    const double given = weight;
    if (separation != Separation::identity && is_distance(similarity)) weight = 1 / (1 - weight);
    if (separation == Separation::power) {
      double power_of = 1;
      for (std::int64_t k = 0; k < power; ++k) power_of *= weight;
      weight = power_of;
    } else if (separation == Separation::root && weight >= 0) {
      weight = std::sqrt(weight);
    } else if (separation == Separation::logarithm && weight > 0) {
      weight = std::log(weight);
    } else if (separation != Separation::identity) {
      text << "its similarity to a pattern is " << given << ", which separation: " << name
           << " does not take; softmax, max and identity do";
      return text.str();
    }
    if (std::isfinite(weight)) continue;
    text << "its similarity " << given << " to a pattern has no finite weight under separation: " << name
         << "; take softmax or max";
    return text.str();
  }
  return {};
}

}  // namespace ansatz::modern_hopfield
