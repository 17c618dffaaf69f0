// Verb `sample` against the Gibbs law: its kernel exactly, its states and overlaps by chi-square, its means as sums.
#include <boost/math/distributions/chi_squared.hpp>

#include <algorithm>
#include <numeric>
#include <random>

#include "call.hpp"
#include "dynamics.hpp"

using namespace hopfield_test;
using Catch::Contains;

namespace {

// E by its definition, thresholds included.
double energy_of(const Numbers& w, const Numbers& thresholds, const std::int32_t* s) {
  double e = energy(w, s, thresholds.size());
  for (std::size_t i = 0; i < thresholds.size(); ++i) e += thresholds[i] * s[i];
  return e;
}
Signs state_of(std::size_t number, std::size_t n) {
  Signs s(n);
  for (std::size_t i = 0; i < n; ++i) s[i] = (number >> i & 1) != 0 ? 1 : -1;
  return s;
}
Numbers gibbs(const Numbers& w, const Numbers& thresholds, double temperature) {
  Numbers law(std::size_t{1} << thresholds.size());
  for (std::size_t k = 0; k < law.size(); ++k)
    law[k] = std::exp(-energy_of(w, thresholds, state_of(k, thresholds.size()).data()) / temperature);
  const double sum = std::accumulate(law.begin(), law.end(), 0.0);
  for (double& one : law) one /= sum;
  return law;
}

// Pearson's test; what is expected fewer than ten times is taken together.
double p_value(const Numbers& law, const std::vector<double>& counts) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  double statistic = 0, expected = 0, seen = 0;
  int cells = 0;
  const auto add = [&] {
    statistic += (seen - expected) * (seen - expected) / expected;
    expected = seen = 0;
    ++cells;
  };
  for (std::size_t k = 0; k < law.size(); ++k) {
    expected += law[k] * total, seen += counts[k];
    if (expected >= 10) add();
  }
  if (expected > 0) add();
  REQUIRE(cells > 10);
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(cells - 1), statistic));
}

// States whose numbers have this law.
template <class StateOf>
Signs drawn(const Numbers& law, std::size_t count, const StateOf& state) {
  std::mt19937_64 engine{68};
  std::discrete_distribution<std::size_t> number{law.begin(), law.end()};
  Signs all;
  for (std::size_t k = 0; k < count; ++k) {
    const Signs one = state(number(engine));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

const std::size_t few = 10;
VerbResult few_stored() {
  return store(random_signs(4 * few, 61), few,
               {{"rule", word("covariance")}, {"thresholds", word("learned")}});
}

}  // namespace

TEST_CASE("hopfield: the kernel that updates a random neuron leaves the Gibbs law as it is") {
  using namespace ansatz::hopfield;
  // Symmetric weights with a diagonal, which must not count, and thresholds.
  Network network;
  network.bits = ansatz::BitMatrix{few, 1};
  network.self = true;
  network.weights.resize(few, few);
  network.thresholds.resize(few);
  const Numbers draws = random_reals(few * few + few, 62);
  Numbers w(few * few), thresholds(few);
  for (std::size_t i = 0; i < few; ++i) {
    thresholds[i] = network.thresholds(static_cast<Eigen::Index>(i)) = draws[few * few + i];
    for (std::size_t j = 0; j < few; ++j) {
      w[i * few + j] = draws[std::max(i, j) * few + std::min(i, j)];
      network.weights(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = w[i * few + j];
    }
  }
  const FieldMaker maker{network};
  const auto fields = maker.make();
  for (const double temperature : {0.5, 1.0, 4.0}) {
    const Numbers law = gibbs(w, thresholds, temperature);
    Numbers mixed(law.size());
    for (std::size_t i = 0; i < few; ++i) {
      Numbers moved(law.size());
      for (std::size_t from = 0; from < law.size(); ++from) {
        const Signs signs = state_of(from, few);
        const std::vector<std::int8_t> s(signs.begin(), signs.end());
        fields->start(s);
        const double up = ansatz::glauber_chance(lone_field(network, *fields, s, i), temperature);
        moved[from | std::size_t{1} << i] += law[from] * up;
        moved[from & ~(std::size_t{1} << i)] += law[from] * (1 - up);
      }
      CHECK(largest_difference(moved, law) < 1e-13);
      for (std::size_t k = 0; k < law.size(); ++k) mixed[k] += moved[k] / static_cast<double>(few);
    }
    CHECK(largest_difference(mixed, law) < 1e-13);
  }
}

TEST_CASE("hopfield: sampled states have the odds of the Gibbs law") {
  const VerbResult stored = few_stored();
  const auto w = values_of<double>(stored, "weights"), thresholds = values_of<double>(stored, "thresholds");
  const auto check = [&](const VerbResult& result, const Numbers& law) {
    const auto x = values_of<std::int32_t>(result, "x");
    std::vector<double> counts(law.size());
    for (std::size_t k = 0; k < x.size() / few; ++k) {
      std::size_t number = 0;
      for (std::size_t i = 0; i < few; ++i) number |= std::size_t{x[k * few + i] > 0} << i;
      ++counts[number];
    }
    CHECK(p_value(law, counts) > 1e-4);
  };
  for (const char* order : {"random", "fixed"}) {
    CAPTURE(order);
    // From random states, where nothing keeps them from mixing.
    check(on(stored, "sample", {},
             {{"temperature", 1.5},
              {"chains", whole(5000)},
              {"burn_in", whole(19)},
              {"sweeps", whole(1)},
              {"order", word(order)}}),
          gibbs(w, thresholds, 1.5));
    // Colder, from draws of the law itself.
    const Numbers law = gibbs(w, thresholds, 0.6);
    const Signs start = drawn(law, 10000, [](std::size_t k) { return state_of(k, few); });
    check(on(stored, "sample", {{"x", rows(start, few)}},
             {{"temperature", 0.6}, {"burn_in", whole(1)}, {"sweeps", whole(1)}, {"order", word(order)}}),
          law);
  }
}

TEST_CASE("hopfield: the overlap with a single pattern has its exact law in a thousand neurons") {
  const std::size_t n = 1000;
  const Signs xi = random_signs(n, 63);
  const VerbResult stored = store(xi, n);
  const auto size = static_cast<double>(n);
  // By the number of neurons that agree, (n + M) / 2.
  const auto law_at = [&](double temperature) {
    Numbers law(n + 1);
    for (std::size_t k = 0; k <= n; ++k) {
      const double agree = static_cast<double>(k), m = 2 * agree - size;
      law[k] = std::exp(std::lgamma(size + 1) - std::lgamma(agree + 1) - std::lgamma(size - agree + 1) -
                        size * std::log(2.0) + (m * m - size) / (2 * size * temperature));
    }
    const double sum = std::accumulate(law.begin(), law.end(), 0.0);
    for (double& one : law) one /= sum;
    return law;
  };
  const auto check = [&](const VerbResult& result, const Numbers& law) {
    const auto x = values_of<std::int32_t>(result, "x");
    Numbers counts(n + 1);
    for (std::size_t k = 0; k < x.size() / n; ++k) {
      std::size_t agree = 0;
      for (std::size_t i = 0; i < n; ++i) agree += x[k * n + i] == xi[i] ? 1 : 0;
      ++counts[agree];
    }
    CHECK(p_value(law, counts) > 1e-4);
  };
  // Without order, from random states: fluctuations relax as exp(-(1 - 1/T) t) = exp(-t / 3).
  const Numbers warm = law_at(1.5);
  check(on(stored, "sample", {},
           {{"temperature", 1.5}, {"chains", whole(600)}, {"burn_in", whole(24)}, {"sweeps", whole(1)}}),
        warm);
  // With order, from draws of the law.
  const Numbers cold = law_at(0.8);
  std::mt19937_64 engine{67};
  const Signs start = drawn(cold, 600, [&](std::size_t agree) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), engine);
    Signs s(n);
    for (std::size_t k = 0; k < n; ++k) s[order[k]] = k < agree ? xi[order[k]] : -xi[order[k]];
    return s;
  });
  check(on(stored, "sample", {{"x", rows(start, n)}},
           {{"temperature", 0.8}, {"burn_in", whole(4)}, {"sweeps", whole(1)}}),
        cold);
}

TEST_CASE("hopfield: means, correlations and energies of samples are their sums") {
  const std::size_t n = 70, c = 5;
  const VerbResult stored = store(random_signs(9 * n, 64), n);
  const Numbers w = hebb(random_signs(9 * n, 64), n);
  const Inputs x{{"x", rows(random_signs(c * n, 65), n)}};
  const auto sampled = [&](std::int64_t burn_in, std::int64_t sweeps) {
    return on(stored, "sample", x, {{"temperature", 0.5}, {"burn_in", burn_in}, {"sweeps", sweeps}});
  };
  // One sweep a time, by stopping earlier: the same sweeps again.
  Numbers mean(n), correlation(n * n);
  const int first = 2, count = 3;
  for (int t = 0; t < count; ++t) {
    const VerbResult part = sampled(first + t, 1);
    const auto s = values_of<std::int32_t>(part, "x");
    const auto energies = values_of<double>(part, "energy");
    REQUIRE(energies.size() == (static_cast<std::size_t>(first + t) + 2) * c);
    for (std::size_t k = 0; k < c; ++k) {
      CHECK(energies[energies.size() - c + k] == Approx(energy(w, &s[k * n], n)).epsilon(1e-12));
      for (std::size_t i = 0; i < n; ++i) {
        mean[i] += s[k * n + i] / static_cast<double>(count * c);
        for (std::size_t j = 0; j < n; ++j)
          correlation[i * n + j] += s[k * n + i] * s[k * n + j] / static_cast<double>(count * c);
      }
    }
  }
  const VerbResult whole_run = sampled(first, count);
  CHECK(largest_difference(values_of<double>(whole_run, "mean"), mean) < 1e-14);
  CHECK(largest_difference(values_of<double>(whole_run, "correlation"), correlation) < 1e-14);
}

TEST_CASE(
    "hopfield: samples are the same packed or dense, for any number of threads, and when taken up again") {
  const std::size_t n = 70;
  const Signs patterns = random_signs(9 * n, 64);
  const VerbResult stored = store(patterns, n),
                   dense = store(patterns, n, {{"representation", word("dense")}});
  const Settings options{{"chains", whole(4)}, {"burn_in", whole(3)}, {"sweeps", whole(6)}};
  const VerbResult one = on(stored, "sample", {}, options);
  CHECK(same_bytes(one, on(dense, "sample", {}, options)));
  CHECK(same_bytes(one, on(stored, "sample", {}, options, 3)));
  CHECK_FALSE(same_bytes(one, on(stored, "sample", {}, options, 1, 2)));
  for (const std::uint64_t stop : {1, 3, 7})
    CHECK(same_bytes(
        one, done(plugin().resumed(stop, "network", "sample", {}, options, {1, 1, &stored.state, {}}))));
  // States of 0 and 1 stay so.
  Signs binary = patterns;
  for (auto& s : binary) s = (s + 1) / 2;
  const VerbResult same = on(stored, "sample", {{"x", rows(binary, n)}}, options);
  for (const auto s : values_of<std::int32_t>(same, "x")) REQUIRE((s == 0 || s == 1));
}

TEST_CASE("hopfield: sampling without a Gibbs law, or states of another size, is refused") {
  const VerbResult skew = store(random_signs(3 * few, 66), few, {{"rule", word("perceptron")}});
  const VerbResult none = plugin().run("network", "sample", {}, {}, {1, 1, &skew.state, {}});
  CHECK(none.status == ANSATZ_BAD_STATE);
  CHECK_THAT(none.text, Contains("Gibbs law") && Contains("symmetric: true"));
  const VerbResult stored = few_stored();
  const VerbResult other =
      plugin().run("network", "sample", {{"x", rows({1, -1}, 2)}}, {}, {1, 1, &stored.state, {}});
  CHECK(other.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(other.text, Contains("2 columns; the network has 10 neurons"));
  for (const double temperature : {0.0, -1.0}) {
    CHECK(plugin()
              .run("network", "sample", {}, {{"temperature", temperature}}, {1, 1, &stored.state, {}})
              .status == ANSATZ_BAD_ARGUMENT);
  }
}
