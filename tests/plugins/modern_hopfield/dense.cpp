// Model `dense` against its definition, E = -sum F(xi.s), written out as plain sums.
#include <algorithm>
#include <limits>
#include <set>

#include "call.hpp"

using namespace modern_hopfield_test;

namespace {

using Signs = std::vector<std::int32_t>;

Signs random_signs(std::size_t count, unsigned seed) {
  std::mt19937_64 engine{seed};
  Signs values(count);
  for (auto& s : values) s = (engine() >> 40 & 1) != 0 ? 1 : -1;
  return values;
}
Array signs(const Signs& x, std::size_t n) { return array_of<std::int32_t>({x.size() / n, n}, x); }

Signs part_of(const Signs& x, std::size_t first, std::size_t count) {
  return {x.begin() + static_cast<std::ptrdiff_t>(first),
          x.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

struct Energy {
  const char* kind;
  std::int64_t power;  // 0: none to set

  [[nodiscard]] Settings settings() const {
    Settings all{{"energy", word(kind)}};
    if (power > 0) all["power"] = power;
    return all;
  }
  [[nodiscard]] long double f(std::int64_t m) const {
    const auto x = static_cast<long double>(m);
    if (word(kind) == "exponential") return std::exp(x);
    if (word(kind) == "rectified" && m < 0) return 0;
    long double y = 1;
    for (std::int64_t k = 0; k < (word(kind) == "quadratic" ? 2 : power); ++k) y *= x;
    return y;
  }
  // -sum F, and -log sum e^m.
  [[nodiscard]] long double of(const Signs& patterns, const std::int32_t* s, std::size_t n) const {
    long double sum = 0;
    for (std::size_t mu = 0; mu < patterns.size() / n; ++mu) {
      std::int64_t m = 0;
      for (std::size_t i = 0; i < n; ++i) m += patterns[mu * n + i] * s[i];
      sum += f(m);
    }
    return word(kind) == "exponential" ? -std::log(sum) : -sum;
  }
};
const std::vector<Energy> energies{{"quadratic", 0},  {"polynomial", 1}, {"polynomial", 3},
                                   {"polynomial", 4}, {"rectified", 1},  {"rectified", 2},
                                   {"rectified", 3},  {"rectified", 20}, {"exponential", 0}};

VerbResult store(const Signs& x, std::size_t n, const Energy& energy, const char* coding = "auto") {
  Settings settings = energy.settings();
  settings["coding"] = word(coding);
  return run("dense", "store", {{"x", signs(x, n)}}, {}, {1, 1, nullptr, settings});
}
VerbResult retrieve(const VerbResult& stored, const Signs& x, std::size_t n, const Settings& settings = {},
                    unsigned threads = 1) {
  return on(stored, "dense", "retrieve", {{"x", signs(x, n)}}, settings, threads);
}
VerbResult evaluate(const VerbResult& stored, const Signs& x, std::size_t n) {
  return on(stored, "dense", "evaluate", {{"x", signs(x, n)}});
}

// From s in the order 0, 1, ..., until a sweep changes nothing; exact where the sums are.
Signs descend(const Energy& energy, const Signs& patterns, Signs s) {
  const std::size_t n = s.size();
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < n; ++i) {
      Signs turned = s;
      turned[i] = -s[i];
      if (energy.of(patterns, turned.data(), n) < energy.of(patterns, s.data(), n)) s = turned, moved = true;
    }
  }
  return s;
}

}  // namespace

TEST_CASE("modern-hopfield dense: energies and what turning a neuron costs are their sums") {
  const std::size_t n = 70, p = 600, q = 6;
  const Signs patterns = random_signs(p * n, 1);
  Signs states = random_signs(q * n, 2);
  std::copy_n(patterns.begin(), n, states.begin());  // one state is a pattern
  for (const Energy& energy : energies) {
    CAPTURE(energy.kind, energy.power);
    const VerbResult seen = evaluate(store(patterns, n, energy), states, n);
    const auto e = values_of<double>(seen, "energy"), drop = values_of<double>(seen, "drop");
    const auto stable = values_of<bool>(seen, "stable");
    for (std::size_t k = 0; k < q; ++k) {
      const auto own = energy.of(patterns, &states[k * n], n);
      long double scale = 1;
      if (word(energy.kind) != "exponential") {
        scale = 0;
        for (std::size_t mu = 0; mu < p; ++mu) {
          std::int64_t m = 0;
          for (std::size_t i = 0; i < n; ++i) m += patterns[mu * n + i] * states[k * n + i];
          scale += std::abs(energy.f(m));
        }
      }
      REQUIRE(std::abs(e[k] - own) <= 1e-12L * std::max(scale, std::abs(own)));
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t i = 0; i < n; ++i) {
        Signs turned = part_of(states, k * n, n);
        turned[i] = -turned[i];
        const auto cost = energy.of(patterns, turned.data(), n) - own;
        REQUIRE(std::abs(drop[k * n + i] - cost) <= 1e-12L * std::max(scale, std::abs(own)));
        least = std::min(least, drop[k * n + i]);
      }
      CHECK(stable[k] == (least >= 0));
    }
    // The same from 0 and 1.
    Signs binary = patterns;
    for (auto& x : binary) x = (x + 1) / 2;
    CHECK(values_of<double>(evaluate(store(binary, n, energy), states, n), "energy") == e);
  }
}

TEST_CASE("modern-hopfield dense: powers beyond the largest number are scaled by a power of two") {
  const std::size_t n = 100000;
  const Energy steep{"polynomial", 64};
  const Signs patterns = random_signs(3 * n, 3), state = part_of(patterns, n, n);
  const VerbResult seen = evaluate(store(patterns, n, steep), state, n);
  const double e = values_of<double>(seen, "energy")[0];
  const auto unit = std::get<std::int64_t>(seen.outputs.array("energy").attributes.at("log2_unit"));
  CHECK(unit > 0);
  const long double exact = std::ldexp(steep.of(patterns, state.data(), n), -static_cast<int>(unit));
  CHECK(e == Approx(static_cast<double>(exact)).epsilon(1e-12));
  CHECK(values_of<bool>(seen, "stable")[0]);
}

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

TEST_CASE("modern-hopfield dense: quadratic is the Hebb rule, in integers") {
  const Plugin hopfield{HOPFIELD_PLUGIN};
  const std::size_t n = 60, p = 7, q = 50;
  const Signs patterns = random_signs(p * n, 6), states = random_signs(q * n, 7);
  const VerbResult dense = store(patterns, n, {"quadratic", 0});
  const auto e = values_of<double>(evaluate(dense, states, n), "energy");
  for (std::size_t k = 0; k < q; ++k) {
    std::int64_t sum = 0;
    for (std::size_t mu = 0; mu < p; ++mu) {
      std::int64_t m = 0;
      for (std::size_t i = 0; i < n; ++i) m += patterns[mu * n + i] * states[k * n + i];
      sum += m * m;
    }
    REQUIRE(e[k] == -static_cast<double>(sum));
  }
  for (const char* diagonal : {"keep", "zero"}) {
    const VerbResult hebb = done(hopfield.run("network", "store", {{"x", signs(patterns, n)}}, {},
                                              {1, 1, nullptr, {{"diagonal", word(diagonal)}}}));
    const Around model{1, 1, &hebb.state, {}};
    const auto energy = values_of<double>(
        done(hopfield.run("network", "evaluate", {{"x", signs(states, n)}}, {}, model)), "energy");
    for (std::size_t k = 0; k < q; ++k) {
      const double apart = word(diagonal) == "zero" ? static_cast<double>(p) / 2 : 0;
      REQUIRE(e[k] == Approx(2 * n * (energy[k] - apart)).epsilon(1e-14));
    }
    if (word(diagonal) == "keep") continue;
    for (const char* dynamics : {"asynchronous", "synchronous", "block"}) {
      const Settings settings{{"dynamics", word(dynamics)}, {"max_sweeps", whole(10)}};
      CHECK(values_of<std::int32_t>(
                done(hopfield.run("network", "retrieve", {{"x", signs(states, n)}}, settings, model)), "x") ==
            values_of<std::int32_t>(retrieve(dense, states, n, settings), "x"));
    }
  }
}

TEST_CASE("modern-hopfield dense: the parity of two bits, which needs a power above 2") {
  const Signs patterns{-1, -1, -1, -1, 1, 1, 1, -1, 1, 1, 1, -1};  // z = -x y
  Signs questions, answers;
  Array clamp{ElementType::boolean, {3}};
  clamp.as<bool>()[0] = clamp.as<bool>()[1] = true;
  for (const int x : {-1, 1}) {
    for (const int y : {-1, 1}) {
      for (const int z : {-1, 1}) {
        questions.insert(questions.end(), {x, y, z});
        answers.insert(answers.end(), {x, y, -x * y});
      }
    }
  }
  const auto e = values_of<double>(evaluate(store(patterns, 3, {"polynomial", 3}), questions, 3), "energy");
  for (std::size_t k = 0; k < 8; ++k)
    CHECK(e[k] == 24 * questions[3 * k] * questions[3 * k + 1] * questions[3 * k + 2]);
  for (std::int64_t power = 1; power <= 9; ++power) {
    for (const char* kind : {"polynomial", "rectified"}) {
      CAPTURE(kind, power);
      const VerbResult result = on(store(patterns, 3, {kind, power}), "dense", "retrieve",
                                   {{"x", signs(questions, 3)}, {"clamp", clamp}});
      const bool answered = word(kind) == "rectified" ? power >= 2 : power >= 3 && power % 2 == 1;
      const auto x = values_of<std::int32_t>(result, "x");
      const auto ties = values_of<std::int64_t>(result, "ties");
      CHECK((x == answers) == answered);
      if (!answered) CHECK(x == questions);  // every field is zero
      for (const auto count : ties) CHECK((count > 0) != answered);
      std::string log;
      for (const std::string& line : result.log) log += line;
      if (word(kind) == "polynomial" && power % 2 == 0) CHECK_THAT(log, Contains("x and -x the same energy"));
    }
  }
}

TEST_CASE("modern-hopfield dense: mean and variance of what turning a bit of a pattern costs") {
  // One pattern beside every other state of 8 neurons: the noise averages out exactly.
  const std::size_t n = 8;
  const Signs pattern(n, 1);
  for (const std::int64_t power : {2, 3, 4}) {
    const Energy energy{"polynomial", power};
    const auto signal = static_cast<double>(energy.f(n) - energy.f(n - 2));
    double sum = 0, square = 0;
    for (unsigned other = 0; other < 1U << n; ++other) {
      Signs both = pattern;
      for (std::size_t i = 0; i < n; ++i) both.push_back((other >> i & 1) != 0 ? 1 : -1);
      const double cost =
          values_of<double>(evaluate(store(both, n, energy, "sign"), part_of(both, 0, n), n), "drop")[3];
      sum += cost, square += (cost - signal) * (cost - signal);
    }
    CHECK(sum / (1 << n) == signal);
    if (power == 2) CHECK(square / (1 << n) == 16 * (n - 1));
  }
  // Many patterns: the variance tends to 4 p^2 (2p - 3)!! (K - 1) N^(p - 1).
  for (const std::int64_t power : {2, 3, 4}) {
    double last = std::numeric_limits<double>::infinity();
    for (const std::size_t size : {16U, 256U}) {
      const std::size_t k = 400, draws = 12;
      const Energy energy{"polynomial", power};
      const auto signal = static_cast<double>(energy.f(static_cast<std::int64_t>(size)) -
                                              energy.f(static_cast<std::int64_t>(size) - 2));
      double odd = 1;
      for (std::int64_t f = 2 * power - 3; f > 1; f -= 2) odd *= static_cast<double>(f);
      const double expected = 4.0 * static_cast<double>(power * power) * odd * (k - 1) *
                              std::pow(static_cast<double>(size), static_cast<double>(power - 1));
      double square = 0, fourth = 0, count = 0;
      for (unsigned draw = 0; draw < draws; ++draw) {
        const Signs x = random_signs(k * size, 50 + draw);
        const auto cost = values_of<double>(
            evaluate(store(x, size, energy), part_of(x, 0, std::min<std::size_t>(k, 40) * size), size),
            "drop");
        for (const double c : cost) {
          const double r = (c - signal) * (c - signal) / expected;
          square += r, fourth += r * r, ++count;
        }
      }
      const double ratio = square / count, se = std::sqrt((fourth / count - ratio * ratio) / count) *
                                                std::sqrt(static_cast<double>(power) * 4);
      // Exactly (N - 1) / N for p = 2; finite sizes fall short by some p^2 / N.
      if (power == 2)
        CHECK(std::abs(ratio - (static_cast<double>(size) - 1) / static_cast<double>(size)) < 3 * se);
      CHECK(std::abs(ratio - 1) <
            3 * se + 2 * static_cast<double>(power * power) / static_cast<double>(size));
      CHECK(std::abs(ratio - 1) < last + 3 * se);
      last = std::abs(ratio - 1);
    }
  }
}

TEST_CASE("modern-hopfield dense: exponential retrieval is descent by brute force from every state") {
  for (const std::size_t n : {5U, 12U}) {
    const Energy energy{"exponential", 0};
    const Signs patterns = random_signs(6 * n, 8);
    Signs all;
    for (unsigned state = 0; state < 1U << n; ++state) {
      for (std::size_t i = 0; i < n; ++i) all.push_back((state >> i & 1) != 0 ? 1 : -1);
    }
    const auto to = values_of<std::int32_t>(
        retrieve(store(patterns, n, energy), all, n, {{"order", word("fixed")}}), "x");
    for (unsigned state = 0; state < 1U << n; ++state) {
      REQUIRE(part_of(to, state * n, n) == descend(energy, patterns, part_of(all, state * n, n)));
    }
  }
  // 1500 neurons: e^1500 needs 15 bits of exponent; long double has them.
  const std::size_t n = 1500, p = 20;
  const Energy energy{"exponential", 0};
  const Signs patterns = random_signs(p * n, 9);
  Signs state = part_of(patterns, 3 * n, n);
  for (std::size_t i = 0; i < n / 2 - 40; ++i) state[i] = patterns[i];  // between two patterns
  const VerbResult seen = evaluate(store(patterns, n, energy), state, n);
  const auto own = energy.of(patterns, state.data(), n);
  CHECK(values_of<double>(seen, "energy")[0] == Approx(static_cast<double>(own)).epsilon(1e-14));
  const auto drop = values_of<double>(seen, "drop");
  for (std::size_t i = 0; i < n; i += 7) {
    Signs turned = state;
    turned[i] = -turned[i];
    REQUIRE(drop[i] ==
            Approx(static_cast<double>(energy.of(patterns, turned.data(), n) - own)).margin(1e-10));
  }
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
  std::vector<std::int64_t> label(p);
  for (std::size_t mu = 0; mu < p; ++mu) label[mu] = static_cast<std::int64_t>(mu * mu % 7);
  const VerbResult labelled = run("dense", "store", {{"x", signs(patterns, n)}, {"label", labels(label)}});
  CHECK(values_of<std::int64_t>(evaluate(labelled, patterns, n), "class") == label);
}

TEST_CASE("modern-hopfield dense: capacities follow theory, bad input is refused by name") {
  const auto capacity = [](const Energy& energy, const Settings& settings, std::uint64_t stop = 0) {
    return done(
        plugin().resumed(stop, "dense", "capacity", {}, settings, {1, 1, nullptr, energy.settings()}));
  };
  const Settings settings{{"n", std::vector<std::int64_t>{40, 80}},
                          {"loads", Numbers{0.02, 0.04, 0.08}},
                          {"draws", whole(20)},
                          {"probes", whole(20)},
                          {"error", 0.004}};
  for (const Energy& energy : {Energy{"quadratic", 0}, Energy{"polynomial", 3}, Energy{"rectified", 3}}) {
    CAPTURE(energy.kind);
    const VerbResult result = capacity(energy, settings);
    CHECK(same_bytes(result, capacity(energy, settings, 7)));
    const auto error = values_of<double>(result, "bit_error"), theory = values_of<double>(result, "theory"),
               count = values_of<double>(result, "patterns");
    const double p = energy.power == 3 ? 3 : 2;
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t l = 0; l < 3; ++l) {
        const double n = c == 0 ? 40 : 80, k = count[c * 3 + l];
        CHECK(k == std::round(std::get<Numbers>(settings.at("loads"))[l] * std::pow(n, p - 1)));
        const double factor = (p == 3 ? 3 : 1) * (word(energy.kind) == "rectified" ? 0.5 : 1);
        const double ratio = (std::pow(n, p) - std::pow(n - 2, p)) /
                             std::sqrt(4 * p * p * factor * (k - 1) * std::pow(n, p - 1));
        CHECK(theory[c * 3 + l] == Approx(0.5 * std::erfc(ratio / std::sqrt(2.0))).epsilon(1e-9));
        // 16,000 bits at 40 neurons, whose errors come together.
        CHECK(std::abs(error[c * 3 + l] - theory[c * 3 + l]) < 0.004 + 0.3 * theory[c * 3 + l]);
      }
    }
  }
  const auto bad = [](const char* verb, const Inputs& inputs, const Settings& more, int status,
                      const std::vector<std::string>& parts, const VerbResult* model = nullptr,
                      const Settings& config = {}) {
    refused(
        plugin().run("dense", verb, inputs, more, {1, 1, model != nullptr ? &model->state : nullptr, config}),
        status, parts);
  };
  const VerbResult stored = store(random_signs(70, 14), 7, {"rectified", 3});
  bad("store", {{"x", signs({1, -1, 1, 2}, 2)}}, {}, ANSATZ_BAD_ARGUMENT, {"'x' has 2 at row 1, column 1"});
  bad("store", {{"x", array_of<std::int32_t>({0, 3}, {})}}, {}, ANSATZ_BAD_ARGUMENT, {"0 x 3"});
  bad("store", {{"x", signs({1, -1}, 2)}}, {}, ANSATZ_BAD_ARGUMENT, {"power"}, nullptr,
      {{"power", whole(65)}});
  bad("retrieve", {{"x", signs({1, -1}, 2)}}, {}, ANSATZ_BAD_ARGUMENT, {"'x' has 2 columns", "have 7"},
      &stored);
  bad("capacity", {}, {{"loads", Numbers{}}}, ANSATZ_BAD_ARGUMENT, {"at least one number"});
  bad("capacity", {}, {{"n", std::vector<std::int64_t>{10000}}, {"loads", Numbers{1}}}, ANSATZ_BAD_ARGUMENT,
      {"x 10^6 operations", "work"});
}
