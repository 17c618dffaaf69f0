// Model `continuous`: sweeps of temperatures and capacities.
#include "continuous_definition.hpp"

using namespace modern_hopfield_test;

TEST_CASE("modern-hopfield continuous: a sweep of temperatures finds fixed points, phases and their number") {
  // Two groups of patterns: all, a group or one.
  const std::size_t groups = 8, size = 2 * groups;
  Numbers x = with_norm(random_reals(size * d, 20), d, 1);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < d; ++j)
      x[i * d + j] = 0.5 * x[i * d + j] + (j == 0 ? (i < groups ? 2 : -2) : 0);
  }
  x = with_norm(x, d, 2);
  const Numbers betas{0.01, 1, 400};
  const VerbResult stored = store(x);
  const Inputs inputs{{"x", rows(x, d)}};
  const Settings settings{{"betas", betas}, {"tolerance", 1e-8}};
  const VerbResult result = on(stored, "continuous", "sweep", inputs, settings);
  CHECK(same_bytes(result, on(stored, "continuous", "sweep", inputs, settings, 3)));
  CHECK(same_bytes(
      result, done(plugin().resumed(2, "continuous", "sweep", inputs, settings, {1, 1, &stored.state, {}}))));
  const auto count = values_of<std::int64_t>(result, "effective_count"),
             distinct = values_of<std::int64_t>(result, "distinct");
  const auto phase = texts_of(result, "phase");
  const char* words[] = {"average", "metastable", "single"};
  for (std::size_t b = 0; b < 3; ++b) {
    const Definition by_hand{x, d, betas[b]};
    std::vector<Numbers> ends;
    for (std::size_t i = 0; i < size; ++i) {
      Numbers at = part(x, i * d, d);
      for (int update = 0; update < 5000; ++update) at = by_hand.update(at.data());
      Numbers p = by_hand.weights(at.data());
      std::sort(p.rbegin(), p.rend());
      std::int64_t k = 0;
      for (double share = 0; share < 0.9; ++k) share += p[static_cast<std::size_t>(k)];
      REQUIRE(count[b * size + i] == k);
      CHECK(phase[b * size + i] == words[b]);
      const bool known = std::any_of(ends.begin(), ends.end(), [&](const Numbers& end) {
        return distance(end.data(), at.data(), d) < 1e-5;
      });
      if (!known) ends.push_back(at);
    }
    CHECK(distinct[b] == static_cast<std::int64_t>(ends.size()));
    CHECK(values_of<double>(result, words[b])[b] == Approx(1));
  }
  CHECK(distinct == std::vector<std::int64_t>{1, 2, static_cast<std::int64_t>(size)});
  CHECK(values_of<std::int64_t>(result, "phases")[0] == 3);
  // All states change between the same temperatures: no width.
  for (const char* port : {"border", "border_low", "border_high"}) {
    CHECK(values_of<double>(result, port)[0] == Approx(std::sqrt(0.01 * 1)));
    CHECK(values_of<double>(result, port)[1] == Approx(std::sqrt(1 * 400.0)));
  }
}

TEST_CASE("modern-hopfield continuous: borders of phases are means over the states, with their intervals") {
  Numbers betas;
  for (int k = 0; k < 24; ++k) betas.push_back(0.02 * std::pow(1.5, k));
  const VerbResult stored = store(with_norm(patterns, d, 2));
  const auto sweep = [&](const Numbers& at) {
    return on(stored, "continuous", "sweep", {{"x", rows(states, d)}}, {{"betas", at}});
  };
  const VerbResult result = sweep(betas);
  const auto phase = texts_of(result, "phase");
  for (const std::size_t border : {0U, 1U}) {
    Numbers all;
    for (std::size_t i = 0; i < q; ++i) {
      // Where it is average for the last time, or the last time not single.
      std::size_t last = 0;
      for (std::size_t k = 0; k < betas.size(); ++k) {
        const std::string& word = phase[k * q + i];
        if (border == 0 ? word == "average" : word != "single") last = k;
      }
      all.push_back(std::log(std::sqrt(betas[last] * betas[last + 1])));
    }
    double mean = 0, square = 0;
    for (const double x : all) mean += x / q;
    for (const double x : all) square += (x - mean) * (x - mean);
    const double se = std::sqrt(square / (q - 1) / q);
    if (border == 1) CHECK(se > 0.01);
    CHECK(values_of<double>(result, "border")[border] == Approx(std::exp(mean)));
    CHECK(values_of<double>(result, "border_low")[border] == Approx(std::exp(mean - 1.96 * se)));
    CHECK(values_of<double>(result, "border_high")[border] == Approx(std::exp(mean + 1.96 * se)));
  }
  // From a temperature at which some are no longer average, or not in order: no borders.
  CHECK(sweep({100, 0.02}).outputs.find_array("border") == nullptr);
  CHECK(sweep({2, 100}).outputs.find_array("border") == nullptr);
}

TEST_CASE("modern-hopfield continuous: capacities on cube, sphere and given patterns") {
  const auto capacity = [](const Settings& settings, const Inputs& inputs = {}, std::uint64_t stop = 0) {
    return done(plugin().resumed(stop, "continuous", "capacity", inputs, settings));
  };
  const std::vector<std::int64_t> loads{1, 12};
  const Settings cold{{"loads", loads}, {"cue", word("flip")}, {"criterion", word("exact")}};
  const VerbResult sure = capacity(cold);
  CHECK(same_bytes(sure, capacity(cold, {}, 3)));
  CHECK(values_of<double>(sure, "exact") == Numbers{1, 1});
  CHECK(values_of<double>(sure, "bounded") == Numbers{1, 1});
  Settings ten = cold;  // ten tenths added up are less than 1
  ten["loads"] = std::vector<std::int64_t>{10};
  CHECK(values_of<double>(capacity(ten), "exact") == Numbers{1});
  CHECK(values_of<double>(capacity(ten), "bounded") == Numbers{1});
  CHECK(values_of<double>(sure, "error")[0] < 1e-15);
  const double tries = 5 * 12;  // all right: the lower end is tries / (tries + z^2)
  CHECK(values_of<double>(sure, "low")[1] == Approx(tries / (tries + 1.96 * 1.96)));
  CHECK(values_of<double>(sure, "high")[1] == Approx(1));
  // Hot: the mean of n corners is sqrt(1 - 1/n) of a norm away from each of them.
  Settings hot = cold;
  hot["beta"] = 1e-7, hot["d"] = whole(5000);
  CHECK(values_of<double>(capacity(hot), "error")[1] == Approx(std::sqrt(1 - 1.0 / 12)).epsilon(0.02));
  // Correlated corners of overlap c: of their distances (1 - c) is left.
  hot["ensemble"] = word("correlated"), hot["correlation"] = 0.36;
  CHECK(values_of<double>(capacity(hot), "error")[1] == Approx(0.8 * std::sqrt(1 - 1.0 / 12)).epsilon(0.02));
  // Without temperature the pattern of the largest product comes back: the right one as often as by hand.
  const Settings crowded{{"ensemble", word("sphere")},
                         {"d", whole(5)},
                         {"radius", 2.0},
                         {"loads", std::vector<std::int64_t>{200}},
                         {"cue", word("noise")},
                         {"amount", 0.3},
                         {"beta", 1e6},
                         {"draws", whole(10)},
                         {"probes", whole(200)}};
  const VerbResult some = capacity(crowded);
  std::mt19937_64 engine{21};
  std::normal_distribution<double> normal;
  double right = 0;
  const std::size_t points = 200, dims = 5;
  for (int draw = 0; draw < 10; ++draw) {
    Numbers x(points * dims);
    for (double& v : x) v = normal(engine);
    x = with_norm(x, dims, 2 * std::sqrt(4.0));
    for (std::size_t i = 0; i < points; ++i) {
      Numbers cue = part(x, i * dims, dims);
      for (double& v : cue) v += 0.3 * 4 / std::sqrt(5.0) * normal(engine);
      std::size_t winner = 0;
      for (std::size_t k = 1; k < points; ++k) {
        if (dot(&x[k * dims], cue.data(), dims) > dot(&x[winner * dims], cue.data(), dims)) winner = k;
      }
      right += winner == i ? 1.0 / 2000 : 0;
    }
  }
  CHECK(right > 0.3);
  CHECK(std::abs(values_of<double>(some, "exact")[0] - right) <
        5 * std::sqrt(2 * right * (1 - right) / 2000));
  CHECK(values_of<double>(some, "bounded")[0] == Approx(values_of<double>(some, "exact")[0]).margin(1e-9));
  // Given rows whose second halves follow from the first; rows that share theirs do not come back.
  Numbers given;
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j < 12; ++j) given.push_back(j % 6 == i ? 3 : -1);
  }
  const Settings half{{"ensemble", word("given")},
                      {"loads", std::vector<std::int64_t>{6}},
                      {"cue", word("half")},
                      {"criterion", word("exact")},
                      {"beta", 5.0}};
  CHECK(values_of<double>(capacity(half, {{"x", rows(given, 12)}}), "exact")[0] == 1);
  for (std::size_t j = 0; j < 6; ++j) given[12 + j] = given[j];
  CHECK(values_of<double>(capacity(half, {{"x", rows(given, 12)}}), "exact")[0] < 0.7);
  refused(plugin().run("continuous", "capacity", {}, half), ANSATZ_BAD_ARGUMENT, {"given", "'x'"});
  refused(plugin().run("continuous", "capacity", {{"x", rows(given, 12)}}, cold), ANSATZ_BAD_ARGUMENT,
          {"'x'", "unwired"});
  refused(plugin().run("continuous", "capacity", {}, {{"loads", std::vector<std::int64_t>{10000000}}}),
          ANSATZ_BAD_ARGUMENT, {"x 10^6 operations", "work"});
}
