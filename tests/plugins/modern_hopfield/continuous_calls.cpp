// Model `continuous`: masks, values, types, batches, bad input.
#include "continuous_definition.hpp"

using namespace modern_hopfield_test;

TEST_CASE("modern-hopfield continuous: a state alone, in a batch, with any threads: the same bytes") {
  const std::size_t many = 250;  // more than one task, and a ragged tile
  const Numbers x = random_reals(many * d, 8, -2, 2);
  const VerbResult stored = store();
  for (const char* precision : {"f64", "f32"}) {
    for (const std::int64_t truncate : {0, 3}) {
      const Settings settings{{"beta", 2.0},
                              {"updates", whole(50)},
                              {"tolerance", 1e-4},
                              {"truncate", truncate},
                              {"precision", word(precision)}};
      const VerbResult all = retrieve(stored, x, settings);
      CHECK(same_bytes(all, retrieve(stored, x, settings, d, 3)));
      for (const std::uint64_t steps : {1U, 4U}) {
        REQUIRE(all.steps > steps);
        const Around model{1, 1, &stored.state, {}};
        CHECK(same_bytes(all, done(plugin().resumed(steps, "continuous", "retrieve", {{"x", rows(x, d)}},
                                                    settings, model))));
      }
      const auto together = values_of<double>(all, "x"), energy = values_of<double>(all, "energy");
      const auto steps = values_of<std::int64_t>(all, "steps");
      CHECK(*std::max_element(steps.begin(), steps.end()) > *std::min_element(steps.begin(), steps.end()));
      for (const std::size_t i : {0U, 17U, 95U, 96U, 249U}) {
        const VerbResult alone = retrieve(stored, part(x, i * d, d), settings);
        CHECK(values_of<double>(alone, "x") == part(together, i * d, d));
        CHECK(values_of<double>(alone, "energy")[0] == energy[i]);
        CHECK(values_of<std::int64_t>(alone, "steps")[0] == steps[i]);
      }
    }
  }
  // Where some products of beta, norm and largest norm are below 1 and others above.
  const auto energy = values_of<double>(evaluate(stored, x, 0.3), "energy");
  for (std::size_t i = 0; i < many; ++i) {
    REQUIRE(values_of<double>(evaluate(stored, part(x, i * d, d), 0.3), "energy")[0] == energy[i]);
  }
}

TEST_CASE(
    "modern-hopfield continuous: known elements stay, values are read, f32 is near f64, types do not "
    "matter") {
  const VerbResult stored = store();
  const double beta = 1.5;
  const Definition by_hand{patterns, d, beta};
  Array mask{ElementType::boolean, {d}};
  for (std::size_t j = 0; j < d; ++j) mask.as<bool>()[j] = j % 3 == 0;
  const auto kept = values_of<double>(
      on(stored, "continuous", "retrieve", {{"x", rows(states, d)}, {"mask", mask}}, {{"beta", beta}}), "x");
  for (std::size_t i = 0; i < q; ++i) {
    const Numbers y = by_hand.update(&states[i * d]);
    for (std::size_t j = 0; j < d; ++j) {
      if (j % 3 == 0) REQUIRE(kept[i * d + j] == states[i * d + j]);
      if (j % 3 != 0) REQUIRE(kept[i * d + j] == Approx(y[j]).margin(1e-13));
    }
  }
  // With values: all updates but the last move the state.
  const std::size_t v = 3;
  const Numbers values = random_reals(n * v, 9);
  const VerbResult pairs = run("continuous", "store", {{"x", rows(patterns, d)}, {"value", rows(values, v)}});
  for (const std::int64_t updates : {1, 3}) {
    const VerbResult read = retrieve(pairs, states, {{"beta", beta}, {"updates", updates}});
    for (std::size_t i = 0; i < q; ++i) {
      Numbers x = part(states, i * d, d);
      for (std::int64_t step = 1; step < updates; ++step) x = by_hand.update(x.data());
      const Numbers p = by_hand.weights(x.data());
      for (std::size_t c = 0; c < v; ++c) {
        double sum = 0;
        for (std::size_t k = 0; k < n; ++k) sum += p[k] * values[k * v + c];
        REQUIRE(values_of<double>(read, "x")[i * v + c] == Approx(sum).margin(1e-12));
      }
      REQUIRE(values_of<std::int64_t>(read, "steps")[i] == updates);
    }
  }
  const auto exact = updated(stored, states, beta);
  CHECK(largest_difference(
            exact, values_of<double>(retrieve(stored, states, {{"beta", beta}, {"precision", word("f32")}}),
                                     "x")) < 2e-6);
  // Bytes are numbers.
  Numbers small(n * d);
  std::vector<std::uint8_t> bytes(n * d);
  for (std::size_t k = 0; k < n * d; ++k)
    small[k] = bytes[k] = static_cast<std::uint8_t>(10 + 10 * patterns[k]);
  const VerbResult of_bytes = run("continuous", "store", {{"x", array_of({n, d}, bytes)}});
  CHECK(updated(of_bytes, states, beta) == updated(store(small), states, beta));
}

TEST_CASE("modern-hopfield continuous: separating temperatures, one pattern, bad input") {
  const VerbResult stored = store(with_norm(patterns, d, 1));
  const Numbers x = with_norm(patterns, d, 1);
  const auto y = values_of<double>(retrieve(stored, x, {{"beta", word("separating")}}), "x");
  const double diameter = Definition{x, d, 1}.diameter();
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i) worst = std::max(worst, distance(&x[i * d], &y[i * d], d));
  CHECK(worst <= 1e-3 * diameter);
  CHECK(worst > 1e-7 * diameter);
  const Numbers one = part(patterns, 0, d);
  CHECK(largest_difference(updated(store(one), part(states, 0, d), 0.3), one) < 1e-15);

  const auto bad = [](const char* verb, const Inputs& inputs, const Settings& settings = {},
                      const VerbResult* model = nullptr) {
    return plugin().run("continuous", verb, inputs, settings,
                        {1, 1, model != nullptr ? &model->state : nullptr, {}});
  };
  refused(bad("store", {{"x", reals({0, 3}, {})}}), ANSATZ_BAD_ARGUMENT, {"'x' is 0 x 3", "at least one"});
  refused(bad("store", {{"x", reals({2, 1}, {1, 1e200})}}), ANSATZ_BAD_ARGUMENT,
          {"row 1 of 'x'", "1e+200", "scale"});
  refused(bad("retrieve", {{"x", reals({1, 2}, {1, 1})}}, {}, &stored), ANSATZ_BAD_ARGUMENT,
          {"'x' has 2 columns", "have 7"});
  // A mask of images has no dimension in common with them.
  const VerbResult pictures = store(random_reals(5 * 12, 3), 12);
  refused(bad("retrieve",
              {{"x", reals({1, 3, 4}, random_reals(12, 4))}, {"mask", Array{ElementType::boolean, {7}}}}, {},
              &pictures),
          ANSATZ_BAD_ARGUMENT, {"'mask' has 7 elements", "have 12"});
  refused(bad("retrieve", {{"x", rows(states, d)}}), ANSATZ_BAD_STATE, {"needs a model"});
  refused(bad("retrieve", {{"x", rows(states, d)}}, {{"beta", 0.0}}, &stored), ANSATZ_BAD_ARGUMENT, {"beta"});
  Numbers twice = x;
  std::copy_n(twice.begin(), d, twice.begin() + d);
  const VerbResult same = store(twice);
  refused(bad("retrieve", {{"x", rows(states, d)}}, {{"beta", word("separating")}}, &same),
          ANSATZ_BAD_ARGUMENT, {"separating", "pattern", "equal norms"});
}
