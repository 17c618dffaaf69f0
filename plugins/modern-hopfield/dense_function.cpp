#include "dense_function.hpp"

#include <algorithm>
#include <cmath>

namespace ansatz::modern_hopfield {
namespace {

// x^power by multiplications: exact as long as the result has 53 bits.
double whole_power(double x, std::int64_t power) {
  double result = 1;
  for (std::int64_t k = 0; k < power; ++k) result *= x;
  return result;
}

double total(const std::array<double, 8>& parts) {
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

// out[j] = copied[index[j]]; returns the sum of summed[index[j]].  Eight at a time, in sums that do not wait for each other; on
// a Cascade Lake the gathers of AVX-512 took three times as long.
double look_up(const std::int32_t* __restrict index, std::uint64_t count, const double* copied,
               const double* summed, double* __restrict out) {
  std::array<double, 8> parts{};
  std::uint64_t j = 0;
  for (; j + 8 <= count; j += 8) {
    for (std::uint64_t p = 0; p < 8; ++p) {
      out[j + p] = copied[index[j + p]];
      parts[p] += summed[index[j + p]];
    }
  }
  for (; j < count; ++j) {
    out[j] = copied[index[j]];
    parts[j % 8] += summed[index[j]];
  }
  return total(parts);
}

}  // namespace

double dense_value(DenseEnergy energy, std::int64_t power, double x) {
  if (energy == DenseEnergy::exponential) return std::exp(x);
  if (energy == DenseEnergy::quadratic) return x * x;
  return energy == DenseEnergy::rectified && x < 0 ? 0 : whole_power(x, power);
}

DenseFunction::DenseFunction(DenseEnergy energy, std::int64_t power, std::uint64_t neurons,
                             std::uint64_t patterns)
    : logarithmic_{energy == DenseEnergy::exponential}, neurons_{static_cast<std::int64_t>(neurons)} {
  const auto n = static_cast<double>(neurons);
  if (logarithmic_) {
    for (std::int64_t k = 0; k <= 2 * neurons_; ++k) value_.push_back(std::exp(-static_cast<double>(k)));
    return;
  }
  const auto degree = static_cast<double>(energy == DenseEnergy::quadratic ? 2 : power);
  // A power of two for each factor, so that the digits are those of F.
  const double bits = degree * std::log2(n + 2) + std::log2(static_cast<double>(patterns));
  const int shift = static_cast<int>(std::ceil(std::max(0.0, bits - 1000) / degree));
  exponent_ = shift * static_cast<int>(degree);
  const double unit = std::ldexp(1.0, -shift);
  const auto f = [&](std::int64_t m) { return dense_value(energy, power, static_cast<double>(m) * unit); };
  for (std::int64_t m = -neurons_; m <= neurons_; ++m) {
    value_.push_back(f(m));
    turn_.push_back(f(m + 2) - f(m - 2));
    rest_.push_back(f(m) - f(m + 2));
  }
}

DenseFunction::Turns DenseFunction::turns(const std::int32_t* overlaps, std::uint64_t count,
                                          double* turn) const {
  Turns result;
  if (!logarithmic_) {
    result.rest = look_up(overlaps, count, turn_.data() + neurons_, rest_.data() + neurons_, turn);
    return result;
  }
  result.largest = *std::max_element(overlaps, overlaps + count);
  const double up = std::exp(2.0), down = std::exp(-2.0);
  std::array<double, 8> value{};
  for (std::uint64_t mu = 0; mu < count; ++mu) {
    const double e = value_[static_cast<std::size_t>(result.largest - overlaps[mu])];
    turn[mu] = (up - down) * e;
    value[mu % 8] += e;
  }
  result.value = total(value);
  result.rest = (1 - up) * result.value;
  return result;
}

DenseFunction::Sums DenseFunction::sums(const std::int32_t* overlaps, std::uint64_t count) const {
  std::array<double, 8> value{}, magnitude{};
  const double* f = value_.data() + neurons_;
  for (std::uint64_t mu = 0; mu < count; ++mu) {
    value[mu % 8] += f[overlaps[mu]];
    magnitude[mu % 8] += std::abs(f[overlaps[mu]]);
  }
  return {total(value), total(magnitude)};
}

}  // namespace ansatz::modern_hopfield
