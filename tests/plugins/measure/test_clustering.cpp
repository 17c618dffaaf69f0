#include <catch2/catch.hpp>
#include <cmath>

#include "plugins/plugin_call.hpp"

using namespace ansatz::test;
using Catch::Contains;

namespace {

const Plugin& measure() {
  static const Plugin plugin{MEASURE_PLUGIN};
  return plugin;
}

using List = std::vector<std::int64_t>;

VerbResult clustering(const Array& truth, const Array& estimate, const Settings& settings = {},
                      unsigned threads = 1) {
  return measure().run("measure", "clustering", {{"truth", truth}, {"estimate", estimate}}, settings,
                       {.threads = threads});
}
VerbResult clustering(const List& truth, const List& estimate, const Settings& settings = {}) {
  return clustering(labels(truth), labels(estimate), settings);
}

// By going over all pairs of rows: those together in both, in one, in the other.
double rand_by_pairs(const List& truth, const List& estimate) {
  double both = 0, in_truth = 0, in_estimate = 0, all = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool a = truth[i] == truth[j], b = estimate[i] == estimate[j];
      both += a && b, in_truth += a, in_estimate += b, ++all;
    }
  }
  const double expected = in_truth * in_estimate / all;
  return (both - expected) / ((in_truth + in_estimate) / 2 - expected);
}

double entropy(const std::map<std::pair<std::int64_t, std::int64_t>, double>& counts, double n) {
  double sum = 0;
  for (const auto& [key, count] : counts) sum -= count / n * std::log(count / n);
  return sum;
}

// H(a), H(b) and H(a) + H(b) - H(a, b).
struct Information {
  double a, b, mutual;
};
Information information(const List& a, const List& b) {
  std::map<std::pair<std::int64_t, std::int64_t>, double> of_a, of_b, joint;
  for (std::size_t i = 0; i < a.size(); ++i) ++of_a[{a[i], 0}], ++of_b[{b[i], 0}], ++joint[{a[i], b[i]}];
  const auto n = static_cast<double>(a.size());
  const double ha = entropy(of_a, n), hb = entropy(of_b, n);
  return {ha, hb, ha + hb - entropy(joint, n)};
}

}  // namespace

TEST_CASE("clustering: adjusted Rand by pairs, information by entropies, for random partitions") {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    const List truth = random_labels(120, seed, 3 + seed);
    List estimate = random_labels(120, seed + 10, 4);
    for (std::size_t i = 0; i < 30 * seed; ++i) estimate[i] = 10 - truth[i];
    const VerbResult result = clustering(truth, estimate);
    REQUIRE(result.status == ANSATZ_DONE);
    CHECK(scalar(result, "adjusted_rand") ==
          Approx(rand_by_pairs(truth, estimate)).epsilon(1e-12).margin(1e-13));
    const Information i = information(truth, estimate);
    CHECK(scalar(result, "mutual_information") == Approx(i.mutual).epsilon(1e-11));
    CHECK(scalar(result, "homogeneity") == Approx(i.mutual / i.a).epsilon(1e-11));
    CHECK(scalar(result, "completeness") == Approx(i.mutual / i.b).epsilon(1e-11));
    const std::map<std::string, double> means{{"arithmetic", (i.a + i.b) / 2},
                                              {"geometric", std::sqrt(i.a * i.b)},
                                              {"min", std::min(i.a, i.b)},
                                              {"max", std::max(i.a, i.b)}};
    for (const auto& [average, mean] : means) {
      CAPTURE(average);
      CHECK(scalar(clustering(truth, estimate, {{"average", average}}), "normalised_mutual_information") ==
            Approx(i.mutual / mean).epsilon(1e-11));
    }
    const auto table = values_of<std::int64_t>(result, "contingency");
    const auto classes = values_of<std::int64_t>(result, "class"),
               clusters = values_of<std::int64_t>(result, "cluster");
    REQUIRE(table.size() == classes.size() * clusters.size());
    for (std::size_t a = 0; a < classes.size(); ++a) {
      for (std::size_t b = 0; b < clusters.size(); ++b) {
        std::int64_t count = 0;
        for (std::size_t k = 0; k < truth.size(); ++k)
          count += truth[k] == classes[a] && estimate[k] == clusters[b];
        CHECK(table[a * clusters.size() + b] == count);
      }
    }
    CHECK(same_bytes(result, clustering(labels(truth), labels(estimate), {}, 4)));
  }
}

TEST_CASE("clustering: names do not matter, and equal partitions give exactly 1") {
  const List truth = random_labels(997, 5, 13);
  std::vector<std::string> renamed;
  for (const auto label : truth) renamed.push_back("cluster " + std::to_string(12 - label));
  const VerbResult result = clustering(labels(truth), Array::texts(renamed));
  REQUIRE(result.status == ANSATZ_DONE);
  for (const char* port : {"adjusted_rand", "normalised_mutual_information", "homogeneity", "completeness"}) {
    CHECK(scalar(result, port) == 1);
  }
}

TEST_CASE("clustering: truth and estimate swapped swap homogeneity and completeness alone") {
  const List a = random_labels(200, 1, 4), b = random_labels(200, 2, 7);
  const VerbResult one = clustering(a, b), two = clustering(b, a);
  CHECK(scalar(one, "adjusted_rand") == scalar(two, "adjusted_rand"));
  CHECK(scalar(one, "homogeneity") == Approx(scalar(two, "completeness")).epsilon(1e-12));
  CHECK(scalar(one, "normalised_mutual_information") ==
        Approx(scalar(two, "normalised_mutual_information")).epsilon(1e-12));
}

TEST_CASE("clustering: chance level is 0 on average") {
  // The mean over 300 shuffles of n = 60 rows; the spread of one value is measured beside it.
  double sum = 0, squares = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    const double value =
        scalar(clustering(random_labels(60, 1, 3), random_labels(60, seed + 100, 3)), "adjusted_rand");
    sum += value, squares += value * value;
  }
  CHECK(std::abs(sum / 300) < 5 * std::sqrt(squares) / 300);
}

TEST_CASE("clustering: the degenerate partitions") {
  const List single{7, 7, 7, 7}, apart{1, 2, 3, 4}, pairs{0, 0, 1, 1};
  const auto check = [](const VerbResult& result, double rand, double nmi, double homogeneity,
                        double completeness) {
    REQUIRE(result.status == ANSATZ_DONE);
    CHECK(scalar(result, "adjusted_rand") == rand);
    CHECK(scalar(result, "normalised_mutual_information") == nmi);
    CHECK(scalar(result, "homogeneity") == homogeneity);
    CHECK(scalar(result, "completeness") == completeness);
  };
  check(clustering(single, single), 1, 1, 1, 1);
  check(clustering(apart, apart), 1, 1, 1, 1);
  check(clustering(List{3}, List{5}), 1, 1, 1, 1);
  check(clustering(pairs, single), 0, 0, 0, 1);
  check(clustering(single, pairs), 0, 0, 1, 0);
  check(clustering(single, pairs, {{"average", std::string{"min"}}}), 0, 0, 1, 0);
}

TEST_CASE("clustering: a million rows keep their exact counts") {
  // Two classes of n/2, half of each in either cluster: together 4 C(n/4, 2), expected (2 C(n/2, 2))^2 / C(n,
  // 2).
  const std::size_t n = 1000000;
  List truth(n), estimate(n);
  for (std::size_t i = 0; i < n; ++i) truth[i] = static_cast<std::int64_t>(i % 2), estimate[i] = i % 4 < 2;
  const auto choose = [](long double m) { return m * (m - 1) / 2; };
  const long double sums = 2 * choose(n / 2.0L), expected = sums * sums / choose(n);
  const long double rand = (4 * choose(n / 4.0L) - expected) / (sums - expected);
  CHECK(scalar(clustering(truth, estimate), "adjusted_rand") ==
        Approx(static_cast<double>(rand)).epsilon(1e-6));
  CHECK(scalar(clustering(truth, truth), "adjusted_rand") == 1);
}

TEST_CASE("clustering: bad input") {
  const auto refused = [](const VerbResult& result, const std::string& text) {
    CHECK(result.status == ANSATZ_BAD_ARGUMENT);
    CHECK_THAT(result.text, Contains(text));
  };
  refused(clustering(List{}, List{}), "'truth' has no rows");
  refused(clustering(List{1, 2}, List{1}), "'estimate' has n = 1, but 'truth' has n = 2");
  refused(clustering(List{1}, List{1}, {{"average", std::string{"mean"}}}), "'average'");
  refused(clustering(labels({1}), reals({1}, {1})), "'estimate' has elements of type f64");
}
