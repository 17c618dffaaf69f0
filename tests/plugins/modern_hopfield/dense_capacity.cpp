// Model `dense`: signal and noise of random patterns, capacities.
#include <limits>

#include "dense_definition.hpp"

using namespace modern_hopfield_test;

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

TEST_CASE("modern-hopfield dense: capacities for other cues, criteria and ensembles") {
  const auto capacity = [](const Energy& energy, const Settings& settings, const Inputs& inputs = {}) {
    return run("dense", "capacity", inputs, settings, {1, 1, nullptr, energy.settings()});
  };
  // Among a whole basis states stay what they are: errors are those of the cues.
  const std::size_t n = 64;
  const Inputs basis{{"x", signs(hadamard(n), n)}};
  const Energy quadratic{"quadratic", 0};
  const Settings still{
      {"ensemble", word("given")}, {"loads", Numbers{1}}, {"draws", whole(10)}, {"probes", whole(64)}};
  const auto with = [&](const Settings& more) {
    Settings all = still;
    for (const auto& [name, value] : more) all[name] = value;
    return capacity(quadratic, all, basis);
  };
  const auto value = [](const VerbResult& result, const char* port) {
    return values_of<double>(result, port)[0];
  };
  const double tries = 10.0 * 64 * 64;
  const auto near = [&](double found, double p) {
    CHECK(std::abs(found - p) < 4 * std::sqrt(p * (1 - p) / tries));
  };
  CHECK(value(with({{"start", 0.25}}), "bit_error") == Approx(0.25));
  for (const double deviation : {0.5, 1.0}) {  // beyond the pattern's own 1, on the other side
    near(value(with({{"cue", word("noise")}, {"start", deviation}}), "bit_error"),
         0.5 * std::erfc(1 / deviation / std::sqrt(2.0)));
  }
  // Half of what is drawn anew is as it was.
  near(value(with({{"cue", word("mask")}, {"start", 0.75}}), "bit_error"), 0.75 / 2);
  near(value(with({{"cue", word("half")}}), "bit_error"), 0.25);

  // One bit of 64 wrong: in no bit more, nearer than to rows 64 bits of 128 away, within 1/64 and no less.
  for (const auto& [criterion, distance, recalled] : {std::tuple{"nearest", 0.5, 1.0},
                                                      {"exact", 0.5, 0.0},
                                                      {"distance", 0.016, 1.0},
                                                      {"distance", 0.015, 0.0}}) {
    CAPTURE(criterion, distance);
    Settings more{{"criterion", word(criterion)}, {"start", 1.0 / 64}};
    if (word(criterion) == "distance") more["distance"] = distance;
    const VerbResult result = with(more);
    CHECK(value(result, "recalled") == recalled);
    CHECK(value(result, "exact") == 0);
  }
  // With all bits but one turned a pattern is farther than any other.
  CHECK(value(with({{"start", 63.0 / 64}}), "recalled") == 0);

  // Patterns whose product is c n have a common one, which a flat energy takes them for: (1 - sqrt c) / 2 of their bits are not its.
  const Settings common{{"ensemble", word("correlated")},
                        {"correlation", 0.36},
                        {"n", std::vector<std::int64_t>{100}},
                        {"loads", Numbers{1}},
                        {"draws", whole(20)},
                        {"probes", whole(20)}};
  CHECK(value(capacity(quadratic, common), "bit_error") == Approx((1 - 0.6) / 2).margin(0.02));
  CHECK(value(capacity(quadratic, common), "recalled") < 0.2);
  // Halves that follow from the other; two rows that share theirs are as likely taken for each other.
  Signs given;
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < 32; ++j) given.push_back((j % 16) / 2 == i ? 1 : -1);
  }
  const Settings half{{"ensemble", word("given")}, {"loads", Numbers{8.0 / 32}},
                      {"cue", word("half")},       {"draws", whole(20)},
                      {"probes", whole(8)},        {"sweeps", word("converged")}};
  const Energy steep{"exponential", 0};
  Settings eight = half;
  eight["loads"] = Numbers{8 * std::exp2(-16.0)};
  const double apart = value(capacity(steep, eight, {{"x", signs(given, 32)}}), "exact");
  for (std::size_t j = 0; j < 16; ++j) given[32 + j] = given[j];
  const double shared = value(capacity(steep, eight, {{"x", signs(given, 32)}}), "exact");
  CAPTURE(apart, shared);
  CHECK(apart > shared + 0.05);
  // There is a theory for independent patterns alone, from themselves.
  CHECK(with({}).outputs.find_array("theory") == nullptr);
  CHECK(capacity(quadratic, common).outputs.find_array("theory") == nullptr);
  CHECK(capacity(quadratic, {{"cue", word("half")}}).outputs.find_array("theory") == nullptr);

  const auto bad = [](const Inputs& inputs, const Settings& settings, const std::vector<std::string>& parts) {
    refused(
        plugin().run("dense", "capacity", inputs, settings, {1, 1, nullptr, {{"energy", word("quadratic")}}}),
        ANSATZ_BAD_ARGUMENT, parts);
  };
  bad({}, still, {"given", "'x'"});
  bad(basis, {}, {"'x'", "unwired"});
  Settings many = still;
  many["loads"] = Numbers{1.5};
  bad(basis, many, {"1.5", "96 patterns", "64 rows"});
}
