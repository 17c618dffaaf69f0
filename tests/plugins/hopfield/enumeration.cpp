// Verb `enumerate`, and networks whose fixed points are known by construction.
#include <bit>
#include <map>
#include <set>

#include "call.hpp"

using namespace hopfield_test;

namespace {

// Its neurons are the edges of a graph of 2k vertices; those that share a vertex excite each other by 1 (in 0/1 form, with
// this threshold; Hillar, Tran 2018).
struct EdgeNetwork {
  std::size_t k, vertices = 2 * k, n = vertices * (vertices - 1) / 2;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  VerbResult model;

  EdgeNetwork(std::size_t clique, double threshold) : k{clique} {
    for (std::size_t a = 0; a < vertices; ++a) {
      for (std::size_t b = a + 1; b < vertices; ++b) edges.emplace_back(a, b);
    }
    // W = W_x / 4 and thresholds = theta_x / 2 - W_x 1 / 4 in the -1/+1 form; weights are held times n by the Hebb rule.
    const auto size = static_cast<double>(n);
    Numbers weights(n * n), thresholds(n, threshold / 2);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        const auto [a, b] = edges[i];
        const auto [c, d] = edges[j];
        if (i == j || (a != c && a != d && b != c && b != d)) continue;
        weights[i * n + j] = size / 4;
        thresholds[i] -= 0.25;
      }
    }
    model = store(random_signs(n, 35), n, {{"representation", word("dense")}});
    ansatz::host::Tree& network = model.state.group("network");
    network.put("weights", reals({n, n}, weights));
    network.put("thresholds", reals({n}, thresholds));
  }

  // All k-cliques, rows of n.
  [[nodiscard]] Signs cliques() const {
    Signs all;
    for (unsigned chosen = 0; chosen < 1U << vertices; ++chosen) {
      if (static_cast<std::size_t>(std::popcount(chosen)) != k) continue;
      for (const auto& [a, b] : edges) all.push_back((chosen >> a & chosen >> b & 1) != 0 ? 1 : -1);
    }
    return all;
  }
};

}  // namespace

TEST_CASE("hopfield: all cliques are strict fixed points of the network of edges") {
  for (const std::size_t k : {4, 5}) {
    const double low = static_cast<double>(k) - 1, high = 2 * static_cast<double>(k) - 4;
    for (const double share : {0.01, 0.5, 0.99}) {
      const double threshold = low + share * (high - low);
      const EdgeNetwork network{k, threshold};
      const Signs cliques = network.cliques();
      const VerbResult seen = on(network.model, "evaluate", {{"x", rows(cliques, network.n)}});
      // An edge of the clique meets 2k - 4 others of it, one that leaves it k - 1; fields are half those of 0/1 form.
      const double margin = std::min(high - threshold, threshold - low) / 2;
      for (const double found : values_of<double>(seen, "margin"))
        CHECK(found == Approx(margin).epsilon(1e-12));
      const VerbResult kept = retrieve(network.model, cliques, network.n, {{"order", word("fixed")}});
      CHECK(values_of<std::int32_t>(kept, "x") == cliques);
    }
    for (const double threshold : {low - 0.5, high + 0.5}) {
      const EdgeNetwork network{k, threshold};
      const VerbResult seen = on(network.model, "evaluate", {{"x", rows(network.cliques(), network.n)}});
      for (const bool stable : values_of<bool>(seen, "stable")) CHECK_FALSE(stable);
    }
  }
}

TEST_CASE("hopfield: enumeration in several blocks finds what a plain loop over all states finds") {
  constexpr std::size_t n = 20, p = 3;  // four blocks
  const Signs x = random_signs(p * n, 31);
  const VerbResult stored = store(x, n), found = on(stored, "enumerate", {});
  std::set<std::uint32_t> ours, all;
  const auto listed = values_of<std::int32_t>(found, "x");
  for (std::size_t k = 0; k < listed.size() / n; ++k) {
    std::uint32_t state = 0;
    for (std::size_t i = 0; i < n; ++i) state |= static_cast<std::uint32_t>(listed[k * n + i] > 0) << i;
    ours.insert(state);
  }
  for (std::uint32_t state = 0; state < 1U << n; ++state) {
    std::int32_t overlap[p] = {};
    for (std::size_t mu = 0; mu < p; ++mu) {
      for (std::size_t i = 0; i < n; ++i)
        overlap[mu] += (state >> i & 1) != 0 ? x[mu * n + i] : -x[mu * n + i];
    }
    bool fixed = true;
    for (std::size_t i = 0; i < n && fixed; ++i) {
      const std::int32_t s = (state >> i & 1) != 0 ? 1 : -1;
      std::int32_t h = -static_cast<std::int32_t>(p) * s;  // n times the field, without itself
      for (std::size_t mu = 0; mu < p; ++mu) h += x[mu * n + i] * overlap[mu];
      fixed = s * h >= 0;
    }
    if (fixed) all.insert(state);
  }
  CHECK(ours == all);
  std::int64_t total = 0;
  for (const auto basin : values_of<std::int64_t>(found, "basin")) total += basin;
  CHECK(total == 1 << n);
  CHECK(same_bytes(found, on(stored, "enumerate", {}, {}, 2)));
  for (const std::uint64_t steps : {1, 3})
    CHECK(same_bytes(
        found, done(plugin().resumed(steps, "network", "enumerate", {}, {}, {1, 1, &stored.state, {}}))));
}

TEST_CASE("hopfield: basins are by the steepest flips, the lowest number among equals") {
  // Three patterns: fields over 1/n are whole numbers, many of them equal, and of several draws some have basins that
  // depend on which of the equal ones flips.
  constexpr std::size_t n = 10, p = 3;
  for (const unsigned draw : {36, 37, 38}) {
    const Signs x = random_signs(p * n, draw);
    const VerbResult found = on(store(x, n), "enumerate", {});
    std::map<Signs, std::int64_t> plain, ours;
    std::size_t ties = 0;
    for (std::uint32_t state = 0; state < 1U << n; ++state) {
      Signs s(n);
      for (std::size_t i = 0; i < n; ++i) s[i] = (state >> i & 1) != 0 ? 1 : -1;
      for (bool moves = true; moves;) {
        std::int32_t least = 0;  // n s_i h_i
        std::size_t first = n;
        for (std::size_t i = 0; i < n; ++i) {
          std::int32_t h = 0;
          for (std::size_t mu = 0; mu < p; ++mu) {
            for (std::size_t j = 0; j < n; ++j) h += i == j ? 0 : x[mu * n + i] * x[mu * n + j] * s[j];
          }
          ties += first < n && s[i] * h == least ? 1 : 0;
          if (s[i] * h < least) least = s[i] * h, first = i;
        }
        moves = first < n;
        if (moves) s[first] = -s[first];
      }
      ++plain[s];
    }
    REQUIRE(ties > 100);
    const auto listed = values_of<std::int32_t>(found, "x");
    const auto basins = values_of<std::int64_t>(found, "basin");
    for (std::size_t k = 0; k < basins.size(); ++k) {
      const auto row = listed.begin() + static_cast<std::ptrdiff_t>(k * n);
      ours[Signs(row, row + n)] = basins[k];
    }
    CHECK(ours == plain);
  }
}

TEST_CASE("hopfield: given patterns name the kinds of fixed points") {
  constexpr std::size_t n = 12;
  const Signs one = random_signs(n, 33), other = random_signs(n, 34);
  const VerbResult stored = store(one, n);
  Signs reversed = one;
  for (auto& s : reversed) s = -s;
  const auto kinds = [&](const Signs& x) {
    return texts_of(on(stored, "enumerate", {{"x", rows(x, n)}}), "kind");
  };
  const auto own = texts_of(on(stored, "enumerate", {}), "kind"), turned = kinds(reversed);
  REQUIRE(own.size() == 2);
  CHECK(kinds(one) == own);
  CHECK(turned == std::vector<std::string>{own[1], own[0]});
  CHECK(own[0] != own[1]);
  CHECK(kinds(other) == std::vector<std::string>{"other", "other"});
  const VerbResult refused = plugin().run("network", "enumerate", {{"x", rows(random_signs(8, 1), 8)}}, {},
                                          {1, 1, &stored.state, {}});
  CHECK(refused.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(refused.text, Catch::Contains("8") && Catch::Contains("12"));
  Signs other_value = one;
  other_value[3] = 7;
  const VerbResult odd =
      plugin().run("network", "enumerate", {{"x", rows(other_value, n)}}, {}, {1, 1, &stored.state, {}});
  CHECK(odd.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(odd.text, Catch::Contains("hopfield.enumerate") && Catch::Contains("7"));
}
