// Synchronous sweeps of many states at once.
#include "batch.hpp"

#include <ansatz/num/bit_products.hpp>

#include <catch2/catch.hpp>
#include <numeric>

#include "dynamics.hpp"

using namespace ansatz;
using namespace ansatz::hopfield;

namespace {

Network random_network(std::uint64_t n, std::uint64_t p) {
  Network network;
  network.bits = BitMatrix{n, p};
  network.unit = 1 / static_cast<double>(n);
  Rng random{1, "patterns"};
  for (std::uint64_t i = 0; i < n; ++i) network.bits.draw_row(i, random);
  return network;
}

std::vector<std::int8_t> random_states(std::uint64_t count, std::uint64_t n) {
  std::vector<std::int8_t> s(count * n);
  Rng random{2, "states"};
  for (auto& one : s) one = (random.bits64() & 1) != 0 ? 1 : -1;
  return s;
}

}  // namespace

TEST_CASE("hopfield: products with packed bits are the sums of their definition") {
  constexpr std::size_t rows = 17, height = 131, columns = 70;
  BitMatrix bits{height, columns};
  Rng random{3, "bits"};
  for (std::uint64_t i = 0; i < height; ++i) bits.draw_row(i, random);
  for (const bool by_columns : {false, true}) {
    const std::size_t deep = by_columns ? height : columns, wide = by_columns ? columns : height;
    std::vector<std::int8_t> numbers(rows * deep);
    for (auto& one : numbers) one = static_cast<std::int8_t>(random.bits64());
    SignedRows a{rows, deep};
    for (std::size_t i = 0; i < rows; ++i) a.set(i, std::span{numbers}.subspan(i * deep, deep));
    BitPanel panel;
    for (std::size_t first = 0; first < wide; first += BitPanel::width()) {
      const std::size_t width = std::min(BitPanel::width(), wide - first);
      if (by_columns) {
        panel.take_columns(bits.row(0), bits.words(), deep, first, width);
      } else {
        panel.take_rows(bits.row(0), bits.words(), deep, first, width);
      }
      panel.multiply(a);
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < width; ++j) {
          std::int32_t sum = 0;
          for (std::size_t k = 0; k < deep; ++k) {
            const bool bit = by_columns ? bits.get(k, first + j) : bits.get(first + j, k);
            sum += bit ? numbers[i * deep + k] : 0;
          }
          REQUIRE(panel.sums(i)[j] == sum);
        }
      }
    }
  }
}

TEST_CASE("hopfield: fields beyond 2^31 are those of their definition") {
  constexpr std::uint64_t n = 46'500, p = 64 * 725;  // all of them equal
  Network network;
  network.bits = BitMatrix{n, p};
  network.unit = 1 / static_cast<double>(n);
  std::vector<std::int8_t> s = random_states(1, n);
  for (std::uint64_t i = 0; i < n; ++i)
    std::fill_n(network.bits.row(i), p / 64, s[i] > 0 ? ~std::uint64_t{0} : 0);
  const FieldMaker maker{network};
  const auto fields = maker.make();
  fields->start(s);
  std::vector<double> h(n);
  fields->all(h);
  for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{257}, n - 1}) {
    CHECK(h[i] == (static_cast<double>(n) * p - p) * s[i]);
    CHECK(fields->field(i) == h[i]);
  }
}

TEST_CASE("hopfield: many states at once move as they do one by one, and each as neuron by neuron") {
  struct Case {
    std::uint64_t n, p, count;
    bool self, thresholds, clamp;
    std::uint64_t equal = 0;  // patterns that are the first one
  };
  // The second has many ties.  Fields of the fourth may not fit into 32 bits, its overlaps not into two bytes.  Overlaps of
  // the fifth are large for one pattern, of the last for most.
  for (const Case& c : {Case{301, 47, 19, false, false, false},
                        {98, 4, 33, true, false, true},
                        {200, 21, 16, false, true, true},
                        {40'000, 7'000, 17, false, false, false},
                        {3'000, 100, 17, false, false, false, 1},
                        {3'000, 200, 17, true, false, false, 150}}) {
    Network network = random_network(c.n, c.p);
    for (std::uint64_t i = 0; i < c.n; ++i) {
      for (std::uint64_t mu = 1; mu < c.equal; ++mu) network.bits.set(i, mu, network.bits.get(i, 0));
    }
    network.self = c.self;
    if (c.thresholds) network.thresholds = Eigen::VectorXd::LinSpaced(static_cast<Eigen::Index>(c.n), -1, 1);
    const FieldMaker maker{network};
    std::vector<std::vector<std::uint8_t>> clamped(c.count);
    for (std::uint64_t k = 0; k < c.count && c.clamp; ++k) {
      if (k % 3 == 0) continue;
      for (std::uint64_t i = 0; i < c.n; ++i) clamped[k].push_back((i + k) % 3 == 0 ? 1 : 0);
    }
    std::uint64_t ties_seen = 0;
    for (const Ties ties : {Ties::keep, Ties::up, Ties::random}) {
      CAPTURE(c.n, static_cast<int>(ties));
      DynamicsOptions options;
      options.dynamics = Dynamics::synchronous;
      options.ties = ties;
      std::vector<std::int8_t> alone = random_states(c.count, c.n);
      if (c.equal > 0) network.pattern(0, State{alone}.first(c.n));
      std::vector<std::int8_t> together = alone, slow = alone;
      std::vector<Rng> random;
      for (std::uint64_t k = 0; k < c.count; ++k) random.emplace_back(4, "ties", k);
      SynchronousBatch batch{network, together, c.count};
      const auto fields = maker.make();
      for (std::uint64_t k = 0; k < c.count; ++k) {
        fields->start(State{alone}.subspan(k * c.n, c.n));
        CHECK(batch.quadratic(k) == fields->quadratic());
      }
      const std::vector<Sweep> found = batch.sweep(ties, clamped, random);
      for (std::uint64_t k = 0; k < c.count; ++k) {
        const State s = State{alone}.subspan(k * c.n, c.n);
        fields->start(s);
        const Sweep expected = sweep(network, *fields, s, options, 0, clamped[k], Rng{4, "ties", k});
        CHECK(found[k].flips == expected.flips);
        CHECK(found[k].ties == expected.ties);
        CHECK(batch.quadratic(k) == fields->quadratic());
        ties_seen += expected.ties;
        const State t = State{slow}.subspan(k * c.n, c.n);
        fields->start(t);
        const Sweep plain = sweep_neurons(
            t, options, 0, clamped[k], Rng{4, "ties", k},
            [&](std::uint64_t i) { return network.unit * fields->field(i) - network.threshold(i); },
            [&](std::uint64_t i) { fields->flip(i); }, [](std::uint64_t) {});
        CHECK(plain.flips == expected.flips);
        CHECK(plain.ties == expected.ties);
      }
      CHECK((alone == together));  // not shown: they are long
      CHECK((alone == slow));
      if (c.n > 1000) break;  // ties are rare there
    }
    if (c.n < 100) CHECK(ties_seen > 100);
  }
}
