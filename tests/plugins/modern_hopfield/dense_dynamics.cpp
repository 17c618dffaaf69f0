// Model `dense`: the ways in which states move, and that their bytes depend on nothing else.
#include <set>

#include "dense_definition.hpp"

using namespace modern_hopfield_test;

TEST_CASE("modern-hopfield dense: every update of one neuron lowers the energy or leaves the neuron") {
  // State k may move its neuron k mod n alone.
  const std::size_t n = 20, p = 15, q = 12000;
  const Signs patterns = random_signs(p * n, 4), from = random_signs(q * n, 5);
  Array clamp{ElementType::boolean, {q, n}};
  for (std::size_t k = 0; k < q * n; ++k) clamp.as<bool>()[k] = k % n != k / n % n;
  std::size_t updates = 0, flips = 0;
  for (const Energy& energy : energies) {
    CAPTURE(energy.kind, energy.power);
    const VerbResult result = on(store(patterns, n, energy), "dense", "retrieve",
                                 {{"x", signs(from, n)}, {"clamp", clamp}}, {{"max_sweeps", whole(1)}});
    const auto to = values_of<std::int32_t>(result, "x");
    for (std::size_t k = 0; k < q; ++k, ++updates) {
      const auto before = energy.of(patterns, &from[k * n], n), after = energy.of(patterns, &to[k * n], n);
      REQUIRE(after <= before + 1e-10L * std::max(1.0L, std::abs(before)));
      Signs turned = part_of(from, k * n, n);
      turned[k % n] = -turned[k % n];
      const auto cost = energy.of(patterns, turned.data(), n) - before;
      const bool flipped = to[k * n + k % n] != from[k * n + k % n];
      if (std::abs(cost) > 1e-10L * std::abs(before)) REQUIRE(flipped == (cost < 0));
      flips += flipped ? 1 : 0;
      for (std::size_t i = 0; i < n; ++i) {
        if (i != k % n) REQUIRE(to[k * n + i] == from[k * n + i]);
      }
    }
  }
  CHECK(updates >= 100000);
  CHECK(flips > updates / 10);
}

TEST_CASE("modern-hopfield dense: synchronous and block moves, random ones, clamps, matches") {
  const std::size_t n = 30, p = 12, q = 60;
  const Signs patterns = random_signs(p * n, 10), from = random_signs(q * n, 11);
  const Energy energy{"rectified", 3};
  const VerbResult stored = store(patterns, n, energy);
  const auto step = [&](const Signs& s, std::size_t first, std::size_t last) {
    Signs next = s;
    for (std::size_t i = first; i < last; ++i) {
      Signs turned = s;
      turned[i] = -s[i];
      if (energy.of(patterns, turned.data(), n) < energy.of(patterns, s.data(), n)) next[i] = -s[i];
    }
    return next;
  };
  const auto together = values_of<std::int32_t>(
      retrieve(stored, from, n, {{"dynamics", word("synchronous")}, {"max_sweeps", whole(1)}}), "x");
  const auto blocks = values_of<std::int32_t>(retrieve(stored, from, n,
                                                       {{"dynamics", word("block")},
                                                        {"block", whole(7)},
                                                        {"order", word("fixed")},
                                                        {"max_sweeps", whole(1)}}),
                                              "x");
  for (std::size_t k = 0; k < q; ++k) {
    Signs s = part_of(from, k * n, n);
    REQUIRE(part_of(together, k * n, n) == step(s, 0, n));
    for (std::size_t i = 0; i < n; i += 7) s = step(s, i, std::min(n, i + 7));
    REQUIRE(part_of(blocks, k * n, n) == s);
  }
  const VerbResult down = retrieve(stored, from, n);
  const auto trace = values_of<double>(down, "trace");
  for (std::size_t k = q; k < trace.size(); ++k) REQUIRE(trace[k] <= trace[k - q]);
  const auto end = values_of<std::int32_t>(down, "x");
  const auto match = values_of<std::int64_t>(down, "match");
  for (std::size_t k = 0; k < q; ++k) {
    std::int64_t same = -1;
    for (std::size_t mu = p; mu-- > 0;) {
      if (std::equal(&patterns[mu * n], &patterns[mu * n] + n, &end[k * n]))
        same = static_cast<std::int64_t>(mu);
    }
    REQUIRE(match[k] == same);
    REQUIRE(values_of<bool>(down, "settled")[k]);
  }
  CHECK(std::count(match.begin(), match.end(), -1) < static_cast<std::ptrdiff_t>(q));
  // Glauber: P(s_0 = 1) = 1 / (1 + exp(-(E(-1) - E(1)) / T)).
  const std::size_t many = 20000;
  Signs copies, up = part_of(from, 0, n), low = up;
  for (std::size_t k = 0; k < many; ++k) copies.insert(copies.end(), up.begin(), up.end());
  Array clamp{ElementType::boolean, {n}};
  std::fill(clamp.as<bool>().begin() + 1, clamp.as<bool>().end(), true);
  up[0] = 1, low[0] = -1;
  const auto gap =
      static_cast<double>(energy.of(patterns, low.data(), n) - energy.of(patterns, up.data(), n));
  const double temperature = std::abs(gap), chance = 1 / (1 + std::exp(-gap / temperature));
  const auto drawn = values_of<std::int32_t>(
      on(stored, "dense", "retrieve", {{"x", signs(copies, n)}, {"clamp", clamp}},
         {{"dynamics", word("glauber")}, {"temperature", temperature}, {"max_sweeps", whole(1)}}),
      "x");
  double share = 0;
  for (std::size_t k = 0; k < many; ++k) share += drawn[k * n] > 0 ? 1.0 / many : 0;
  CHECK(std::abs(share - chance) < 5 * std::sqrt(chance * (1 - chance) / many));
}

TEST_CASE(
    "modern-hopfield dense: the greedy order turns the neuron that lowers the energy most, again and again") {
  const std::size_t n = 20, p = 12, q = 50;
  const Signs patterns = random_signs(p * n, 15), from = random_signs(q * n, 16);
  for (const Energy& energy : {Energy{"rectified", 3}, Energy{"polynomial", 3}, Energy{"exponential", 0}}) {
    CAPTURE(energy.kind);
    const VerbResult stored = store(patterns, n, energy);
    const auto greedy = values_of<std::int32_t>(retrieve(stored, from, n, {{"order", word("greedy")}}), "x"),
               fixed = values_of<std::int32_t>(retrieve(stored, from, n, {{"order", word("fixed")}}), "x");
    for (std::size_t k = 0; k < q; ++k) {
      Signs s = part_of(from, k * n, n);
      for (bool moved = true; moved;) {
        moved = false;
        long double least = energy.of(patterns, s.data(), n);
        Signs best = s;
        for (std::size_t i = 0; i < n; ++i) {
          Signs turned = s;
          turned[i] = -s[i];
          const auto e = energy.of(patterns, turned.data(), n);
          if (e < least - 1e-12L * std::abs(least)) least = e, best = turned, moved = true;
        }
        s = best;
      }
      REQUIRE(part_of(greedy, k * n, n) == s);
    }
    CHECK(greedy != fixed);
  }
  const VerbResult any = store(patterns, n, {"rectified", 3});
  refused(plugin().run("dense", "retrieve", {{"x", signs(from, n)}},
                       {{"order", word("greedy")}, {"dynamics", word("glauber")}}, {1, 1, &any.state, {}}),
          ANSATZ_BAD_ARGUMENT, {"order greedy", "asynchronous"});
}

TEST_CASE("modern-hopfield dense: alone, in a batch, resumed, with any threads: the same bytes; classes") {
  const std::size_t n = 90, p = 40, q = 30;
  const Signs patterns = random_signs(p * n, 12), from = random_signs(q * n, 13);
  for (const Energy& energy : {Energy{"rectified", 3}, Energy{"exponential", 0}}) {
    const VerbResult stored = store(patterns, n, energy);
    const Settings settings{{"order", word("fixed")}};
    const VerbResult all = retrieve(stored, from, n, settings);
    CHECK(same_bytes(all, retrieve(stored, from, n, settings, 3)));
    REQUIRE(all.steps > 1);
    CHECK(same_bytes(all, done(plugin().resumed(1, "dense", "retrieve", {{"x", signs(from, n)}}, settings,
                                                {1, 1, &stored.state, {}}))));
    const auto end = values_of<std::int32_t>(all, "x");
    for (const std::size_t k : {0U, 13U, 29U}) {
      CHECK(values_of<std::int32_t>(retrieve(stored, part_of(from, k * n, n), n, settings), "x") ==
            part_of(end, k * n, n));
    }
  }
  // Images are rows.
  const auto pictures = [&](const Signs& x) { return array_of<std::int32_t>({x.size() / n, 9, 10}, x); };
  const VerbResult flat = retrieve(store(patterns, n, {"rectified", 3}), from, n),
                   stored_pictures = run("dense", "store", {{"x", pictures(patterns)}}),
                   high = on(stored_pictures, "dense", "retrieve", {{"x", pictures(from)}});
  CHECK(high.outputs.array("x").shape == std::vector<std::uint64_t>{q, 9, 10});
  CHECK(values_of<std::int32_t>(high, "x") == values_of<std::int32_t>(flat, "x"));
  refused(
      plugin().run("dense", "retrieve", {{"x", pictures(from)}, {"clamp", Array{ElementType::boolean, {9}}}},
                   {}, {1, 1, &stored_pictures.state, {}}),
      ANSATZ_BAD_ARGUMENT, {"'clamp' has 9 elements", "have 90"});
  std::vector<std::int64_t> label(p);
  for (std::size_t mu = 0; mu < p; ++mu) label[mu] = static_cast<std::int64_t>(mu * mu % 7);
  const VerbResult labelled = run("dense", "store", {{"x", signs(patterns, n)}, {"label", labels(label)}});
  CHECK(values_of<std::int64_t>(evaluate(labelled, patterns, n), "class") == label);
}
