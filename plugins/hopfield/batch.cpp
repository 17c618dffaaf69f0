#include "batch.hpp"

#include <algorithm>
#include <numeric>

#include "dynamics.hpp"

namespace ansatz::hopfield {
namespace {

// Whole numbers as digits of base 256 between -128 and 127, the lowest first: rows of signed bytes that multiply alike.
std::vector<SignedRows> digits_of(const std::vector<std::int32_t>& numbers, std::size_t rows,
                                  std::size_t columns, std::uint64_t largest) {
  std::vector<SignedRows> digits;
  std::vector<std::int32_t> rest = numbers;
  std::vector<std::int8_t> one(columns);
  for (std::uint64_t reach = 0; reach < largest; reach = 256 * reach + 127) {
    SignedRows& digit = digits.emplace_back(rows, columns);
    for (std::size_t k = 0; k < rows; ++k) {
      for (std::size_t j = 0; j < columns; ++j) {
        std::int32_t& number = rest[k * columns + j];
        one[j] = static_cast<std::int8_t>(number);  // its lowest byte
        number = (number - one[j]) / 256;
      }
      digit.set(k, one);
    }
  }
  return digits;
}

// Signs of the fields of `width` neurons from `first` on: -1, 0 and 1.  sums: of the overlaps where the neuron is +1;
// total: of all overlaps; own: what a neuron's own state counts for in them.  The unit is positive.
template <class Whole>
void put_signs(const Network& network, std::size_t first, std::size_t width, const Whole* sums, Whole total,
               Whole own, const std::int8_t* s, std::int8_t* signs) {
  if (network.thresholds.size() == 0) {
    for (std::size_t j = 0; j < width; ++j) {
      const Whole field = 2 * sums[j] - total + (s[j] < 0 ? own : -own);
      signs[j] = static_cast<std::int8_t>((field > 0) - (field < 0));
    }
    return;
  }
  for (std::size_t j = 0; j < width; ++j) {
    const double field =
        network.unit * static_cast<double>(2 * sums[j] - total - own * s[j]) - network.threshold(first + j);
    signs[j] = static_cast<std::int8_t>((field > 0) - (field < 0));
  }
}

}  // namespace

SynchronousBatch::SynchronousBatch(const Network& network, std::span<std::int8_t> states, std::size_t count)
    : network_{network}, states_{states}, count_{count}, overlaps_(count * network.patterns()) {}

void SynchronousBatch::count_overlaps() {
  if (counted_) return;
  const BitMatrix& bits = network_.bits;
  const std::size_t n = network_.neurons(), p = network_.patterns();
  SignedRows rows{count_, n};
  std::vector<std::int32_t> surplus(count_);
  for (std::size_t k = 0; k < count_; ++k) {
    const auto s = states_.subspan(k * n, n);
    rows.set(k, s);
    surplus[k] = std::accumulate(s.begin(), s.end(), std::int32_t{0});
  }
  for (std::size_t first = 0; first < p; first += BitPanel::width()) {
    const std::size_t width = std::min(BitPanel::width(), p - first);
    panel_.take_columns(bits.row(0), bits.words(), n, first, width);
    panel_.multiply(rows);
    for (std::size_t k = 0; k < count_; ++k) {
      const std::int32_t* sums = panel_.sums(k);
      std::int32_t* m = overlaps_.data() + k * p + first;
      for (std::size_t j = 0; j < width; ++j) m[j] = 2 * sums[j] - surplus[k];  // xi = 2 bit - 1
    }
  }
  counted_ = true;
}

std::vector<Sweep> SynchronousBatch::sweep(Ties ties, std::span<const std::vector<std::uint8_t>> clamped,
                                           std::span<Rng> random) {
  // Sums, twice them less a total, and twice as much again to spare.
  const double largest =
      8 * static_cast<double>(network_.neurons()) * static_cast<double>(network_.patterns());
  return largest < 0x1p31 ? sweep_in<std::int32_t>(ties, clamped, random)
                          : sweep_in<std::int64_t>(ties, clamped, random);
}

template <class Whole>
std::vector<Sweep> SynchronousBatch::sweep_in(Ties ties, std::span<const std::vector<std::uint8_t>> clamped,
                                              std::span<Rng> random) {
  count_overlaps();
  counted_ = false;
  const BitMatrix& bits = network_.bits;
  const std::size_t n = network_.neurons(), p = network_.patterns(), most_width = BitPanel::width();
  const std::vector<SignedRows> digits = digits_of(overlaps_, count_, p, n);
  const Whole own = network_.self ? 0 : static_cast<Whole>(p);
  std::vector<Whole> sums(count_ * most_width), total(count_);
  for (std::size_t k = 0; k < count_; ++k) {
    const auto m = overlaps_.begin() + static_cast<std::ptrdiff_t>(k * p);
    total[k] = std::accumulate(m, m + static_cast<std::ptrdiff_t>(p), Whole{0});
  }
  std::vector<Sweep> result(count_);
  std::vector<std::int8_t> signs(most_width);
  for (std::size_t first = 0; first < n; first += most_width) {
    const std::size_t width = std::min(most_width, n - first);
    panel_.take_rows(bits.row(0), bits.words(), p, first, width);
    std::fill(sums.begin(), sums.end(), Whole{0});
    int shift = 0;
    for (const SignedRows& digit : digits) {
      panel_.multiply(digit);
      const std::int32_t* from = panel_.sums(0);
      for (std::size_t e = 0; e < count_ * most_width; ++e) sums[e] += static_cast<Whole>(from[e]) << shift;
      shift += 8;
    }
    for (std::size_t k = 0; k < count_; ++k) {
      constexpr std::size_t ahead = 8;  // a state is a stride that no hardware foresees
      if (k + ahead < count_) __builtin_prefetch(states_.data() + (k + ahead) * n + first, 1);
      std::int8_t* s = states_.data() + k * n + first;
      put_signs(network_, first, width, sums.data() + k * most_width, total[k], own, s, signs.data());
      const std::uint8_t* fixed = clamped[k].empty() ? nullptr : clamped[k].data() + first;
      follow(width, signs.data(), ties, fixed, random[k], s, result[k]);
    }
  }
  return result;
}

double SynchronousBatch::quadratic(std::size_t k) {
  count_overlaps();
  const std::size_t p = network_.patterns();
  double sum = 0;  // of integers: exact
  for (std::size_t mu = 0; mu < p; ++mu) {
    const auto m = static_cast<double>(overlaps_[k * p + mu]);
    sum += m * m;
  }
  return network_.self ? sum : sum - static_cast<double>(p) * static_cast<double>(network_.neurons());
}

}  // namespace ansatz::hopfield
