// Verb `unlearn`: each step against its formula, what it does for patterns, bad input.
#include "call.hpp"

using namespace hopfield_test;
using Catch::Contains;

namespace {

const std::size_t n = 50, p = 6;
const Signs patterns = random_signs(p * n, 71);

VerbResult unlearn(const VerbResult& stored, std::int64_t starts, Settings options = {}) {
  options["starts"] = starts;
  return on(stored, "unlearn", {}, options);
}
// If `change` is (strength / n)(xi xi' - s s') off the diagonal, or without xi: the first signs a state s has where
// s_0 = 1, and the number of the pattern xi that explains it; -1: without; -2: nothing explains it.
struct Explained {
  Signs s;
  int pattern;
};
Explained explain(const Numbers& change, double step, bool dreams) {
  for (int mu = dreams ? 0 : -1; mu < (dreams ? static_cast<int>(p) : 0); ++mu) {
    Signs s(n, 1);
    bool right = true;
    const auto product = [&](std::size_t i, std::size_t j) {  // s_i s_j
      const int xi = mu < 0 ? 0
                            : patterns[static_cast<std::size_t>(mu) * n + i] *
                                  patterns[static_cast<std::size_t>(mu) * n + j];
      return xi - change[i * n + j] / step;
    };
    for (std::size_t i = 1; i < n; ++i) s[i] = product(0, i) > 0 ? 1 : -1;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j)
        right = right && (i == j ? change[i * n + j] == 0 : std::abs(product(i, j) - s[i] * s[j]) < 1e-9);
    }
    if (right) return {s, mu};
  }
  return {{}, -2};
}

}  // namespace

TEST_CASE(
    "hopfield: unlearning takes (strength / n) s s' from the weights, s a fixed point of the dynamics") {
  const double strength = 0.03, step = strength / static_cast<double>(n);
  for (const char* mode : {"unlearn", "daydream"}) {
    for (const char* representation : {"auto", "dense"}) {
      const VerbResult stored = store(patterns, n, {{"representation", word(representation)}});
      Numbers before = hebb(patterns, n);
      VerbResult last;
      for (std::int64_t starts = 1; starts <= 5; ++starts) {
        CAPTURE(mode, representation, starts);
        last = unlearn(stored, starts, {{"strength", strength}, {"mode", word(mode)}});
        const auto after = values_of<double>(last, "weights");
        Numbers change(n * n);
        for (std::size_t k = 0; k < n * n; ++k) change[k] = after[k] - before[k];
        const Explained found = explain(change, step, word(mode) == "daydream");
        REQUIRE(found.pattern > -2);
        for (std::size_t i = 0; i < n; ++i) CHECK(found.s[i] * field(before, found.s.data(), n, i) >= -1e-12);
        const auto energies = values_of<double>(last, "energy");
        REQUIRE(static_cast<std::int64_t>(energies.size()) == starts);
        CHECK(energies.back() == Approx(energy(before, found.s.data(), n)).epsilon(1e-10));
        before = after;
      }
      // The model that is left has these weights.
      const VerbResult seen = on(last, "evaluate", {{"x", rows(patterns, n)}});
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(values_of<double>(seen, "field")[i] ==
              Approx(field(before, patterns.data(), n, i)).margin(1e-12));
        CHECK(values_of<double>(last, "margin")[i] ==
              Approx(patterns[i] * field(before, patterns.data(), n, i)).margin(1e-12));
      }
    }
  }
}

TEST_CASE("hopfield: unlearning and daydreaming make patterns stable that Hebb's rule does not keep") {
  const std::size_t many = 25, size = 100;  // a load of 0.25, beyond what Hebb's rule holds
  const VerbResult stored = store(random_signs(many * size, 72), size);
  const auto unstable = [](const VerbResult& result) {
    double count = 0;
    for (const bool stable : values_of<bool>(result, "stable")) count += stable ? 0 : 1;
    return count;
  };
  CHECK(unstable(stored) > many / 2.0);
  for (const char* mode : {"unlearn", "daydream"})
    CHECK(unstable(unlearn(stored, 300, {{"mode", word(mode)}, {"strength", 0.05}})) == 0);
}

TEST_CASE("hopfield: unlearning is the same for any number of threads, when taken up again, and by turns") {
  const VerbResult stored = store(patterns, n);
  for (const char* mode : {"unlearn", "daydream"}) {
    const Settings options{{"starts", whole(6)}, {"mode", word(mode)}};
    const VerbResult whole_run = on(stored, "unlearn", {}, options);
    CHECK(same_bytes(whole_run, on(stored, "unlearn", {}, options, 3)));
    for (const std::uint64_t stop : {1, 4})
      CHECK(same_bytes(whole_run, done(plugin().resumed(stop, "network", "unlearn", {}, options,
                                                        {1, 1, &stored.state, {}}))));
    CHECK_FALSE(same_bytes(whole_run, on(stored, "unlearn", {}, options, 1, 2)));
  }
}

TEST_CASE("hopfield: unlearning forms the weights of representation int8") {
  const VerbResult bytes = store(patterns, n, {{"representation", word("int8")}}),
                   dense = store(patterns, n, {{"representation", word("dense")}});
  CHECK(same_bytes(on(bytes, "unlearn", {}, {{"starts", whole(5)}}),
                   on(dense, "unlearn", {}, {{"starts", whole(5)}})));
}

TEST_CASE("hopfield: unlearning without an energy or without weights is refused") {
  const VerbResult skew = store(patterns, n, {{"rule", word("perceptron")}});
  const VerbResult none = plugin().run("network", "unlearn", {}, {}, {1, 1, &skew.state, {}});
  CHECK(none.status == ANSATZ_BAD_STATE);
  CHECK_THAT(none.text, Contains("symmetric: true"));
  const Settings packed{{"representation", word("packed")}};
  const VerbResult stored = store(patterns, n, packed);
  const VerbResult unformed = plugin().run("network", "unlearn", {}, {}, {1, 1, &stored.state, packed});
  CHECK(unformed.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(unformed.text, Contains("packed") && Contains("dense or auto"));
  const std::size_t large = 400;
  const VerbResult wide = store(random_signs(2 * large, 73), large);
  const VerbResult beyond =
      plugin().run("network", "unlearn", {}, {}, {1, 1, &wide.state, {{"memory", whole(1)}}});
  CHECK(beyond.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(beyond.text, Contains("1280000 bytes"));
  for (const double strength : {0.0, -1.0}) {
    CHECK(
        plugin().run("network", "unlearn", {}, {{"strength", strength}}, {1, 1, &stored.state, {}}).status ==
        ANSATZ_BAD_ARGUMENT);
  }
}
