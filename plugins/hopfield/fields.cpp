#include "fields.hpp"

#include <ansatz/num/overlap_kernels.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

namespace ansatz::hopfield {
namespace {

// The overlaps m_mu of a state with p patterns.  Most are small: in 16 bits, and the few large ones, such as that with the
// pattern being recalled, apart; where many are large, all of them in 32 bits.
class Overlaps {
 public:
  explicit Overlaps(const Network& network)
      : network_{network}, words_{(network.patterns() + 255) / 256 * 4}, wide_(64 * network.bits.words()) {}

  void start(ConstState s) {
    short_kernels_.overlaps(network_.bits.row(0), network_.bits.words(), network_.neurons(), s.data(),
                            wide_.data());
    std::fill(wide_.begin() + static_cast<std::ptrdiff_t>(network_.patterns()), wide_.end(), 0);
    sort_by_size();
  }

  // Sum over mu of m_mu where neuron i is +1.
  [[nodiscard]] std::int64_t masked_sum(std::uint64_t i) const {
    const std::uint64_t* row = network_.bits.row(i);
    if (all_wide_) return kernels_.masked_sum(row, wide_.data(), network_.bits.words());
    std::int64_t sum = short_kernels_.masked_sum(row, short_.data(), words_);
    for (const Large& one : large_) sum += network_.bits.get(i, one.mu) ? one.overlap : 0;
    return sum;
  }

  static constexpr std::size_t most_sums = 256;

  // Of the neurons from `first` on, most_sums at once.
  void masked_sums(std::uint64_t first, std::span<std::int64_t> sums) const {
    if (all_wide_) {
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k] = masked_sum(first + k);
      return;
    }
    std::array<std::int32_t, most_sums> short_sums;
    short_kernels_.masked_sums(network_.bits.row(first), network_.bits.words(), sums.size(), short_.data(),
                               words_, short_sums.data());
    std::copy_n(short_sums.begin(), sums.size(), sums.begin());
    for (const Large& one : large_) {
      for (std::size_t k = 0; k < sums.size(); ++k)
        sums[k] += network_.bits.get(first + k, one.mu) ? one.overlap : 0;
    }
  }

  // m_mu += step xi_i^mu; step is -2 or 2.
  void add(std::uint64_t i, std::int32_t step) {
    const std::uint64_t* row = network_.bits.row(i);
    if (all_wide_) {
      kernels_.add_signed(row, step, wide_.data(), network_.bits.words());
      return;
    }
    if (room_ < 2) {
      for (std::uint64_t mu = 0; mu < network_.patterns(); ++mu) wide_[mu] = short_[mu];
      for (const Large& one : large_) wide_[one.mu] = one.overlap;
      sort_by_size();
      return add(i, step);
    }
    room_ -= 2;
    short_kernels_.add_signed(row, static_cast<std::int16_t>(step), short_.data(), words_);
    for (Large& one : large_) {
      one.overlap += network_.bits.get(i, one.mu) ? step : -step;
      short_[one.mu] = 0;
    }
  }

  [[nodiscard]] double sum_of_squares() const {
    double sum = 0;  // of integers: exact
    const auto add = [&](double m) { sum += m * m; };
    for (std::uint64_t mu = 0; mu < network_.patterns(); ++mu) add(all_wide_ ? wide_[mu] : short_[mu]);
    for (const Large& one : large_) add(one.overlap);
    return sum;
  }

 private:
  struct Large {
    std::uint64_t mu;
    std::int32_t overlap;
  };

  void sort_by_size() {
    const bool always_short = network_.neurons() <= most_short_overlap;
    const int most =
        always_short ? most_short_overlap : most_short_overlap * 3 / 4;  // and some room for flips
    large_.clear();
    std::int32_t largest = 0;
    for (std::uint64_t mu = 0; mu < network_.patterns(); ++mu) {
      const std::int32_t size = std::abs(wide_[mu]);
      if (size > most) {
        large_.push_back({mu, wide_[mu]});
      } else {
        largest = std::max(largest, size);
      }
    }
    all_wide_ = large_.size() > 8 + network_.patterns() / 64 || network_.bits.words() > most_short_words;
    if (all_wide_) {
      large_.clear();
      return;
    }
    short_.resize(wide_.size());
    for (std::size_t mu = 0; mu < wide_.size(); ++mu) short_[mu] = static_cast<std::int16_t>(wide_[mu]);
    for (const Large& one : large_) short_[one.mu] = 0;
    room_ = always_short ? std::numeric_limits<int>::max() : most_short_overlap - largest;
  }

  const Network& network_;
  std::uint64_t words_;  // of a row's bits that short kernels look at: what more there is pads
  const BitKernels& kernels_ = bit_kernels();
  const OverlapKernels& short_kernels_ = overlap_kernels();
  // Padded to whole rows of bits; what stands in the padding is never summed, but must stay small.
  std::vector<std::int32_t> wide_;
  std::vector<std::int16_t> short_;
  std::vector<Large> large_;
  bool all_wide_ = false;
  int room_ = 0;  // by which a short overlap may still grow
};

// h_i = sum over mu of xi_i m_mu - p s_i from the overlaps m, which each flip updates: no weights anywhere.
class PackedFields final : public Fields {
 public:
  PackedFields(const Network& network, const std::vector<std::uint32_t>& ones)
      : network_{network}, ones_{ones}, overlaps_{network} {}

  void start(ConstState s) override {
    s_ = s;
    overlaps_.start(s);
    total_ = 0;
    for (std::uint64_t i = 0; i < s.size(); ++i) total_ += s[i] * surplus(i);
  }

  [[nodiscard]] double field(std::uint64_t i) const override {
    const std::int64_t sum = 2 * overlaps_.masked_sum(i) - total_;
    return static_cast<double>(network_.self ? sum : sum - patterns() * s_[i]);
  }

  void all(std::span<double> h) const override {
    std::array<std::int64_t, Overlaps::most_sums> sums;
    const std::int64_t own = network_.self ? 0 : patterns();
    for (std::uint64_t first = 0; first < h.size(); first += sums.size()) {
      const std::uint64_t count = std::min<std::uint64_t>(sums.size(), h.size() - first);
      overlaps_.masked_sums(first, std::span{sums}.first(count));
      for (std::uint64_t k = 0; k < count; ++k)
        h[first + k] = static_cast<double>(2 * sums[k] - total_ - own * s_[first + k]);
    }
  }

  void flip(std::uint64_t i) override {
    overlaps_.add(i, 2 * s_[i]);
    total_ += 2 * s_[i] * surplus(i);
  }

  [[nodiscard]] double quadratic() const override {
    const double sum = overlaps_.sum_of_squares();
    return network_.self ? sum
                         : sum - static_cast<double>(patterns()) * static_cast<double>(network_.neurons());
  }

  void prefetch(std::uint64_t i) const override {
    const std::uint64_t* row = network_.bits.row(i);
    for (std::uint64_t w = 0; w < network_.bits.words(); w += 8) __builtin_prefetch(row + w, 0, 2);
  }

 private:
  [[nodiscard]] std::int64_t patterns() const { return static_cast<std::int64_t>(network_.patterns()); }
  // Sum over mu of xi_i^mu.
  [[nodiscard]] std::int64_t surplus(std::uint64_t i) const {
    return 2 * static_cast<std::int64_t>(ones_[i]) - patterns();
  }

  const Network& network_;
  const std::vector<std::uint32_t>& ones_;
  ConstState s_;
  Overlaps overlaps_;
  std::int64_t total_ = 0;  // of the overlaps
};

// Fields as sums of whole weights: the state is what it looks at.
template <class Weight>
class WholeFields final : public Fields {
 public:
  explicit WholeFields(const std::vector<Weight>& weights) : weights_{weights} {}

  void start(ConstState s) override { s_ = s; }
  [[nodiscard]] double field(std::uint64_t i) const override { return static_cast<double>(sum(i)); }
  void all(std::span<double> h) const override {
    for (std::uint64_t i = 0; i < h.size(); ++i) h[i] = field(i);
  }
  void flip(std::uint64_t /*i*/) override {}
  [[nodiscard]] double quadratic() const override {
    double total = 0;  // of integers: exact
    for (std::uint64_t i = 0; i < s_.size(); ++i) total += static_cast<double>(s_[i] * sum(i));
    return total;
  }

 private:
  [[nodiscard]] std::int64_t sum(std::uint64_t i) const {
    constexpr std::uint64_t block = 1 << 15;  // of weights below 2^15: its sum fits into 32 bits
    const Weight* row = weights_.data() + i * s_.size();
    std::int64_t total = 0;
    for (std::uint64_t first = 0; first < s_.size(); first += block) {
      const std::uint64_t end = std::min(s_.size(), first + block);
      std::int32_t part = 0;
      for (std::uint64_t j = first; j < end; ++j) part += row[j] * s_[j];
      total += part;
    }
    return total;
  }

  const std::vector<Weight>& weights_;
  ConstState s_;
};

// W_ij = sum over mu of xi_i xi_j: patterns in which two neurons agree less those in which they differ.
template <class Weight>
std::vector<Weight> whole_weights(const Network& network) {
  const std::uint64_t n = network.neurons();
  const auto p = static_cast<std::int64_t>(network.patterns());
  std::vector<Weight> weights(n * n);
  for (std::uint64_t i = 0; i < n; ++i) {
    for (std::uint64_t j = 0; j < i; ++j) {
      const auto apart = static_cast<std::int64_t>(
          bit_kernels().differing(network.bits.row(i), network.bits.row(j), network.bits.words()));
      weights[i * n + j] = weights[j * n + i] = static_cast<Weight>(p - 2 * apart);
    }
    weights[i * n + i] = static_cast<Weight>(network.self ? p : 0);
  }
  return weights;
}

class DenseFields final : public Fields {
 public:
  explicit DenseFields(const Network& network) : network_{network} {}

  void start(ConstState s) override {
    s_ = s;
    values_.resize(static_cast<Eigen::Index>(s.size()));
    for (std::size_t i = 0; i < s.size(); ++i) values_(static_cast<Eigen::Index>(i)) = s[i];
  }
  [[nodiscard]] double field(std::uint64_t i) const override {
    return network_.weights.row(static_cast<Eigen::Index>(i)).dot(values_);
  }
  void all(std::span<double> h) const override {
    for (std::uint64_t i = 0; i < h.size(); ++i) h[i] = field(i);
  }
  void flip(std::uint64_t i) override { values_(static_cast<Eigen::Index>(i)) = s_[i]; }
  [[nodiscard]] double quadratic() const override {
    return values_.dot(network_.weights * values_.transpose());
  }

 private:
  const Network& network_;
  ConstState s_;
  Eigen::RowVectorXd values_;
};

}  // namespace

FieldMaker::FieldMaker(const Network& network) : network_{network} {
  if (!network.packed()) return;
  if (network.bytes) {
    if (byte_width(network.patterns()) == 1) {
      bytes_ = whole_weights<std::int8_t>(network);
    } else {
      shorts_ = whole_weights<std::int16_t>(network);
    }
    return;
  }
  // An eighth of the overlaps, each at most n, is summed in 32 bits.
  if (static_cast<double>(network.neurons()) * static_cast<double>(network.patterns()) > 0x1p33) {
    throw Unsupported("hopfield: neurons times patterns must stay below 2^33; store fewer patterns");
  }
  const BitMatrix none{1, network.patterns()};
  for (std::uint64_t i = 0; i < network.neurons(); ++i) {
    ones_.push_back(
        static_cast<std::uint32_t>(bit_kernels().differing(network.bits.row(i), none.row(0), none.words())));
  }
}

std::unique_ptr<Fields> FieldMaker::make() const {
  if (!bytes_.empty()) return std::make_unique<WholeFields<std::int8_t>>(bytes_);
  if (!shorts_.empty()) return std::make_unique<WholeFields<std::int16_t>>(shorts_);
  if (network_.packed()) return std::make_unique<PackedFields>(network_, ones_);
  return std::make_unique<DenseFields>(network_);
}

double energy(const Network& network, double quadratic, ConstState s) {
  double e = -0.5 * network.unit * quadratic;
  if (network.thresholds.size() == 0) return e;
  for (std::size_t i = 0; i < s.size(); ++i) e += network.threshold(i) * s[i];
  return e;
}

std::vector<std::int32_t> overlaps(const Network& network, ConstState s) {
  std::vector<std::int32_t> result(64 * network.bits.words());
  overlap_kernels().overlaps(network.bits.row(0), network.bits.words(), network.neurons(), s.data(),
                             result.data());
  result.resize(network.patterns());
  return result;
}

}  // namespace ansatz::hopfield
