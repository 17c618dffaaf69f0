#include "fields.hpp"

#include <ansatz/num/bit_kernels.hpp>

#include <bit>

namespace ansatz::hopfield {
namespace {

// h_i = sum over mu of xi_i m_mu - p s_i from the overlaps m, which each flip updates: no weights anywhere.
class PackedFields final : public Fields {
 public:
  PackedFields(const Network& network, const BitMatrix& neurons, const std::vector<std::int64_t>& ones)
      : network_{network},
        neurons_{neurons},
        ones_{ones},
        bits_{1, network.neurons()},
        overlaps_(64 * neurons.words()) {}

  void start(ConstState s) override {
    s_ = s;
    bits_.pack(0, s);
    overlaps(network_.patterns, bits_.row(0), overlaps_);
    total_ = 0;
    for (std::uint64_t mu = 0; mu < patterns(); ++mu) total_ += overlaps_[mu];
  }

  [[nodiscard]] double field(std::uint64_t i) const override {
    const std::int64_t sum =
        2 * kernels_.masked_sum(neurons_.row(i), overlaps_.data(), neurons_.words()) - total_;
    return static_cast<double>(network_.self ? sum : sum - static_cast<std::int64_t>(patterns()) * s_[i]);
  }

  void flip(std::uint64_t i) override {
    const std::int32_t step = 2 * s_[i];
    kernels_.add_signed(neurons_.row(i), step, overlaps_.data(), neurons_.words());
    total_ += step * (2 * ones_[i] - static_cast<std::int64_t>(patterns()));
  }

  [[nodiscard]] double quadratic() const override {
    double sum = 0;  // of integers: exact
    for (std::uint64_t mu = 0; mu < patterns(); ++mu)
      sum += static_cast<double>(overlaps_[mu]) * overlaps_[mu];
    return network_.self ? sum
                         : sum - static_cast<double>(patterns()) * static_cast<double>(network_.neurons());
  }

  void prefetch(std::uint64_t i) const override {
    const std::uint64_t* row = neurons_.row(i);
    for (std::uint64_t w = 0; w < std::min<std::uint64_t>(neurons_.words(), 64); w += 8) {
      __builtin_prefetch(row + w);
    }
  }

 private:
  [[nodiscard]] std::uint64_t patterns() const { return network_.patterns.rows(); }

  const Network& network_;
  const BitMatrix& neurons_;
  const std::vector<std::int64_t>& ones_;
  const BitKernels& kernels_ = bit_kernels();
  ConstState s_;
  BitMatrix bits_;
  std::vector<std::int32_t> overlaps_;  // padded; what stands in the padding is never summed
  std::int64_t total_ = 0;              // of the overlaps
};

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
  // An eighth of the overlaps, each at most n, is summed in 32 bits.
  if (static_cast<double>(network.neurons()) * static_cast<double>(network.patterns.rows()) > 0x1p33) {
    throw Unsupported("hopfield: neurons times patterns must stay below 2^33; store fewer patterns");
  }
  neurons_ = network.patterns.transposed();
  for (std::uint64_t i = 0; i < neurons_.rows(); ++i) {
    std::int64_t ones = 0;
    for (std::uint64_t w = 0; w < neurons_.words(); ++w) ones += std::popcount(neurons_.row(i)[w]);
    ones_.push_back(ones);
  }
}

std::unique_ptr<Fields> FieldMaker::make() const {
  if (network_.packed()) return std::make_unique<PackedFields>(network_, neurons_, ones_);
  return std::make_unique<DenseFields>(network_);
}

double energy(const Network& network, const Fields& fields, ConstState s) {
  double e = -0.5 * network.unit * fields.quadratic();
  if (network.thresholds.size() == 0) return e;
  for (std::size_t i = 0; i < s.size(); ++i) e += network.threshold(i) * s[i];
  return e;
}

void overlaps(const BitMatrix& patterns, const std::uint64_t* state, std::span<std::int32_t> result) {
  const BitKernels& kernels = bit_kernels();
  const auto n = static_cast<std::int64_t>(patterns.columns());
  for (std::uint64_t mu = 0; mu < patterns.rows(); ++mu) {
    const auto apart =
        static_cast<std::int64_t>(kernels.differing(patterns.row(mu), state, patterns.words()));
    result[mu] = static_cast<std::int32_t>(n - 2 * apart);
  }
}

}  // namespace ansatz::hopfield
