// Model `dense` against its definition: energies, what moves do.
#include <limits>

#include "dense_definition.hpp"

using namespace modern_hopfield_test;

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
