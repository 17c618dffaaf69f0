#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "plugins/plugin_call.hpp"

using namespace ansatz::test;
using Catch::Contains;

namespace {

constexpr double pi = 3.14159265358979323846;

const Plugin& prepare() {
  static const Plugin plugin{PREPARE_PLUGIN};
  return plugin;
}

VerbResult generate(const std::string& verb, const Settings& settings, const Around& around = {}) {
  return prepare().run("generate", verb, {}, settings, around);
}

Value integer(std::int64_t x) { return x; }

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
double variance(const std::vector<double>& values) {
  const double m = mean(values);
  double sum = 0;
  for (const double x : values) sum += (x - m) * (x - m);
  return sum / static_cast<double>(values.size());
}
std::vector<double> column(const VerbResult& result, const std::string& port, std::uint64_t j) {
  const Array& array = result.outputs.array(port);
  std::vector<double> values;
  for (std::uint64_t i = 0; i < array.shape[0]; ++i) values.push_back(array.number(i * array.shape[1] + j));
  return values;
}

// Five standard errors of a mean of n draws with this variance.
double five_errors(double of_variance, std::size_t n) {
  return 5 * std::sqrt(of_variance / static_cast<double>(n));
}

}  // namespace

TEST_CASE("blobs: rows around their centres with the asked spread, centres in the box and apart") {
  const std::uint64_t n = 20000;
  const VerbResult result = generate("blobs", {{"count", integer(20000)},
                                               {"centres", integer(4)},
                                               {"d", integer(3)},
                                               {"spread", 0.5},
                                               {"box", 4.0},
                                               {"separation", 3.0}});
  REQUIRE(result.status == ANSATZ_DONE);
  const Array& x = result.outputs.array("x");
  const Array& centre = result.outputs.array("centre");
  CHECK(x.shape == std::vector<std::uint64_t>{n, 3});
  const auto label = values_of<std::int64_t>(result, "label");
  std::vector<double> noise;
  std::vector<int> count(4);
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto k = static_cast<std::uint64_t>(label[i]);
    ++count[k];
    for (std::uint64_t j = 0; j < 3; ++j) noise.push_back(x.number(i * 3 + j) - centre.number(k * 3 + j));
  }
  for (const int c : count) CHECK(c == 5000);
  CHECK(std::abs(mean(noise)) < five_errors(0.25, noise.size()));
  // The variance of a squared normal is 2 sigma^4.
  CHECK(std::abs(variance(noise) - 0.25) < five_errors(2 * 0.25 * 0.25, noise.size()));
  for (std::uint64_t a = 0; a < 4; ++a) {
    for (std::uint64_t j = 0; j < 3; ++j) CHECK(std::abs(centre.number(a * 3 + j)) <= 4);
    for (std::uint64_t b = 0; b < a; ++b) {
      double square = 0;
      for (std::uint64_t j = 0; j < 3; ++j) {
        square += std::pow(centre.number(a * 3 + j) - centre.number(b * 3 + j), 2);
      }
      CHECK(square >= 9);
    }
  }
}

TEST_CASE("moons and rings: without noise all points are on their circles, with angles spread evenly") {
  const std::size_t n = 20000;
  const VerbResult moons = generate("moons", {{"count", integer(20000)}, {"noise", 0.0}});
  REQUIRE(moons.status == ANSATZ_DONE);
  const auto x = column(moons, "x", 0), y = column(moons, "x", 1);
  const auto moon = values_of<std::int64_t>(moons, "label");
  std::vector<double> angle;
  for (std::size_t i = 0; i < n; ++i) {
    const double u = moon[i] == 0 ? x[i] : 1 - x[i], v = moon[i] == 0 ? y[i] : 0.5 - y[i];
    REQUIRE(std::hypot(u, v) == Approx(1).epsilon(1e-12));
    REQUIRE(v >= -1e-12);
    angle.push_back(std::atan2(v, u));
  }
  // Uniform on [0, pi]: mean pi / 2, variance pi^2 / 12, fourth central moment pi^4 / 80.
  CHECK(std::abs(mean(angle) - pi / 2) < five_errors(pi * pi / 12, n));
  CHECK(std::abs(variance(angle) - pi * pi / 12) < five_errors(std::pow(pi, 4) * (1.0 / 80 - 1.0 / 144), n));

  const VerbResult rings =
      generate("rings", {{"count", integer(9)}, {"radii", std::vector<double>{0.5, 2, 7}}, {"noise", 0.0}});
  const auto ring = values_of<std::int64_t>(rings, "label");
  const auto u = column(rings, "x", 0), v = column(rings, "x", 1);
  const std::vector<double> radii{0.5, 2, 7};
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(ring[i] == static_cast<std::int64_t>(i % 3));
    CHECK(std::hypot(u[i], v[i]) == Approx(radii[i % 3]).epsilon(1e-12));
  }
}

TEST_CASE("rings: noise adds its variance to the squared radius") {
  // E |r e + z|^2 = r^2 + 2 s^2; its variance is 4 r^2 s^2 + 4 s^4 in two dimensions.
  const std::size_t n = 40000;
  const VerbResult result =
      generate("rings", {{"count", integer(40000)}, {"radii", std::vector<double>{2}}, {"noise", 0.3}});
  const auto u = column(result, "x", 0), v = column(result, "x", 1);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += u[i] * u[i] + v[i] * v[i];
  const double s2 = 0.09;
  CHECK(std::abs(sum / static_cast<double>(n) - (4 + 2 * s2)) < five_errors(16 * s2 + 4 * s2 * s2, n));
  CHECK(std::abs(mean(u)) < five_errors(2 + s2, n));
}

TEST_CASE("friedman: the truth is the papers' formula, the noise has the asked deviation") {
  const std::size_t n = 20000;
  const std::uint64_t wide = 7;
  const double sigma = GENERATE(0.0, 2.0);
  const auto check = [&](const std::string& verb, std::uint64_t d, const auto& formula) {
    Settings settings{{"count", integer(20000)}, {"noise", sigma}};
    if (verb == "friedman1") settings["d"] = integer(static_cast<std::int64_t>(d));
    VerbResult result = generate(verb, settings);
    REQUIRE(result.status == ANSATZ_DONE);
    const Array& x = result.outputs.array("x");
    REQUIRE(x.shape == std::vector<std::uint64_t>{n, d});
    const auto truth = values_of<double>(result, "truth"), y = values_of<double>(result, "y");
    std::vector<double> noise;
    for (std::size_t i = 0; i < n; ++i) {
      REQUIRE(truth[i] == Approx(formula(x.as<double>().data() + i * d)).epsilon(1e-12));
      noise.push_back(y[i] - truth[i]);
    }
    CHECK(std::abs(mean(noise)) <= five_errors(sigma * sigma, n));
    CHECK(std::abs(variance(noise) - sigma * sigma) <= five_errors(2 * std::pow(sigma, 4), n));
    return result;
  };
  const VerbResult first = check("friedman1", wide, [](const double* x) {
    return 10 * std::sin(pi * x[0] * x[1]) + 20 * std::pow(x[2] - 0.5, 2) + 10 * x[3] + 5 * x[4];
  });
  const auto impedance = [](const double* x) { return x[1] * x[2] - 1 / (x[1] * x[3]); };
  const VerbResult second = check(
      "friedman2", 4, [&](const double* x) { return std::sqrt(x[0] * x[0] + impedance(x) * impedance(x)); });
  check("friedman3", 4, [&](const double* x) { return std::atan(impedance(x) / x[0]); });

  // Columns fill their ranges evenly: (x - low) / (high - low) has mean 1/2 and variance 1/12.
  const auto uniform = [&](std::vector<double> values, double low, double high) {
    for (double& value : values) value = (value - low) / (high - low);
    CHECK(*std::min_element(values.begin(), values.end()) >= 0);
    CHECK(*std::max_element(values.begin(), values.end()) <= 1);
    CHECK(std::abs(mean(values) - 0.5) < five_errors(1.0 / 12, n));
    CHECK(std::abs(variance(values) - 1.0 / 12) < five_errors(1.0 / 80 - 1.0 / 144, n));
  };
  for (std::uint64_t j = 0; j < wide; ++j) uniform(column(first, "x", j), 0, 1);
  uniform(column(second, "x", 0), 0, 100);
  uniform(column(second, "x", 1), 40 * pi, 560 * pi);
  uniform(column(second, "x", 2), 0, 1);
  uniform(column(second, "x", 3), 1, 11);
}

TEST_CASE("patterns: +1 with the asked probability, rows unlike one another") {
  for (const double activity : {0.0, 0.2, 0.5, 1.0}) {
    const VerbResult result =
        generate("patterns", {{"count", integer(50)}, {"size", integer(1000)}, {"activity", activity}});
    REQUIRE(result.status == ANSATZ_DONE);
    const auto x = values_of<std::int32_t>(result, "x");
    std::size_t up = 0;
    for (const auto value : x) {
      REQUIRE((value == 1 || value == -1));
      up += value == 1;
    }
    CHECK(std::abs(static_cast<double>(up) / 50000 - activity) <=
          five_errors(activity * (1 - activity), 50000));
    if (activity != 0.5) continue;
    // The overlap of two patterns is a sum of 1000 signs.
    double overlap = 0;
    for (std::size_t j = 0; j < 1000; ++j) overlap += x[j] * x[1000 + j];
    CHECK(std::abs(overlap) < 5 * std::sqrt(1000.0));
  }
}

TEST_CASE("generators: bytes depend on the key alone, not on threads; more rows extend fewer") {
  const std::vector<std::pair<std::string, Settings>> calls{{"blobs", {}},
                                                            {"moons", {}},
                                                            {"rings", {}},
                                                            {"friedman1", {}},
                                                            {"friedman2", {}},
                                                            {"friedman3", {}},
                                                            {"patterns", {{"size", integer(64)}}}};
  for (const auto& [verb, extra] : calls) {
    CAPTURE(verb);
    Settings settings = extra;
    settings["count"] = integer(10000);  // more than one task of the parallel loop
    const VerbResult one = generate(verb, settings, {.key = 3});
    REQUIRE(one.status == ANSATZ_DONE);
    for (const unsigned threads : {1U, 2U, 4U}) {
      CHECK(same_bytes(one, generate(verb, settings, {.key = 3, .threads = threads})));
    }
    CHECK_FALSE(same_bytes(one, generate(verb, settings, {.key = 4})));
    // No two rows share draws: not even 64 random signs come twice in 10000 rows.
    const Array& x = one.outputs.array("x");
    const auto* bytes = reinterpret_cast<const char*>(x.data.data());
    std::set<std::string> different;
    for (std::uint64_t i = 0; i < x.shape[0]; ++i) {
      different.emplace(bytes + i * x.row_bytes(), x.row_bytes());
    }
    CHECK(different.size() == x.shape[0]);
    settings["count"] = integer(1);
    const VerbResult single = generate(verb, settings, {.key = 3});
    REQUIRE(single.status == ANSATZ_DONE);
    const Array& row = single.outputs.array("x");
    CHECK(std::memcmp(row.data.data(), one.outputs.array("x").data.data(), row.bytes()) == 0);
  }
}

TEST_CASE("generators: bad parameters are refused by name") {
  const auto refused = [](const VerbResult& result, const std::string& text) {
    CHECK(result.status == ANSATZ_BAD_ARGUMENT);
    CHECK_THAT(result.text, Contains(text));
  };
  refused(generate("blobs", {{"count", integer(0)}}), "'count'");
  refused(generate("blobs", {{"spread", -1.0}}), "'spread'");
  refused(generate("blobs", {{"box", 1.0}, {"separation", 100.0}}), "found no place for centre 1 of 3");
  refused(generate("friedman1", {{"d", integer(4)}}), "'d'");
  refused(generate("rings", {{"radii", std::vector<double>{}}}), "radii is empty");
  refused(generate("rings", {{"radii", std::vector<double>{1, 0}}}), "'radii'");
  refused(generate("patterns", {{"activity", 1.5}}), "'activity'");
}
