#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "plugins/plugin_call.hpp"

using namespace ansatz::test;
using Catch::Contains;

namespace {

const Plugin& measure() {
  static const Plugin plugin{MEASURE_PLUGIN};
  return plugin;
}

VerbResult classification(const Inputs& inputs, unsigned threads = 1) {
  return measure().run("measure", "classification", inputs, {}, {.threads = threads});
}

void refused(const VerbResult& result, const std::string& text) {
  CHECK(result.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(result.text, Contains(text));
}

}  // namespace

TEST_CASE("classification: every number against counting over the rows") {
  const auto truth = random_labels(300, 1, 5);
  auto estimate = random_labels(300, 2, 6);  // one class that truth lacks
  for (std::size_t i = 0; i < 150; ++i) estimate[i] = truth[i];
  const VerbResult result = classification({{"truth", labels(truth)}, {"estimate", labels(estimate)}});
  REQUIRE(result.status == ANSATZ_DONE);
  const auto classes = values_of<std::int64_t>(result, "class");
  CHECK(classes == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
  const auto confusion = values_of<std::int64_t>(result, "confusion");
  double right = 0, recalls = 0, precisions = 0, f1s = 0;
  for (std::size_t i = 0; i < 300; ++i) right += truth[i] == estimate[i];
  for (std::size_t a = 0; a < 6; ++a) {
    double hits = 0, truly = 0, said = 0;
    for (std::size_t i = 0; i < 300; ++i) {
      const bool is = truth[i] == classes[a], says = estimate[i] == classes[a];
      hits += is && says, truly += is, said += says;
    }
    for (std::size_t b = 0; b < 6; ++b) {
      std::int64_t both = 0;
      for (std::size_t i = 0; i < 300; ++i) both += truth[i] == classes[a] && estimate[i] == classes[b];
      CHECK(confusion[a * 6 + b] == both);
    }
    const double recall = truly > 0 ? hits / truly : 0, precision = said > 0 ? hits / said : 0;
    const double f1 = recall + precision > 0 ? 2 * recall * precision / (recall + precision) : 0;
    CHECK(result.outputs.array("recall").number(a) == recall);
    CHECK(result.outputs.array("precision").number(a) == precision);
    CHECK(result.outputs.array("f1").number(a) == Approx(f1).epsilon(1e-14));
    recalls += recall, precisions += precision, f1s += f1;
  }
  CHECK(scalar(result, "accuracy") == right / 300);
  CHECK(scalar(result, "balanced_accuracy") == Approx(recalls / 5).epsilon(1e-14));  // truth has five classes
  CHECK(scalar(result, "macro_recall") == Approx(recalls / 6).epsilon(1e-14));
  CHECK(scalar(result, "macro_precision") == Approx(precisions / 6).epsilon(1e-14));
  CHECK(scalar(result, "macro_f1") == Approx(f1s / 6).epsilon(1e-14));
  CHECK(result.outputs.find_array("log_loss") == nullptr);
  CHECK(same_bytes(result, classification({{"truth", labels(truth)}, {"estimate", labels(estimate)}}, 4)));
}

TEST_CASE("classification: text labels, other integer types, one row, one class") {
  const VerbResult words = classification(
      {{"truth", Array::texts({"cat", "dog", "cat"})}, {"estimate", Array::texts({"cat", "emu", "dog"})}});
  REQUIRE(words.status == ANSATZ_DONE);
  CHECK(texts_of(words, "class") == std::vector<std::string>{"cat", "dog", "emu"});
  CHECK(values_of<std::int64_t>(words, "confusion") == std::vector<std::int64_t>{1, 1, 0, 0, 0, 1, 0, 0, 0});
  const VerbResult mixed =
      classification({{"truth", array_of<std::uint8_t>({1}, {7})}, {"estimate", labels({7})}});
  REQUIRE(mixed.status == ANSATZ_DONE);
  for (const char* port : {"accuracy", "balanced_accuracy", "macro_f1"}) CHECK(scalar(mixed, port) == 1);
}

TEST_CASE("classification: log loss by its formula, columns found by the class list") {
  const std::vector<double> shares{0.7, 0.2, 0.1, 0.25, 0.25, 0.5, 0, 1, 0};
  const Array probability = reals({3, 3}, shares);
  // Columns are classes 9, 4, 6; the true ones are 4, 9, 6, the last with probability 0.
  const VerbResult result = classification(
      {{"truth", labels({4, 9, 6})}, {"probability", probability}, {"classes", labels({9, 4, 6})}});
  REQUIRE(result.status == ANSATZ_DONE);
  const double clipped = std::numeric_limits<double>::epsilon();
  CHECK(scalar(result, "log_loss") ==
        Approx(-(std::log(0.2) + std::log(0.25) + std::log(clipped)) / 3).epsilon(1e-14));
  // Without an estimate the most probable column counts: 9, 6, 4.
  CHECK(values_of<std::int64_t>(result, "confusion") == std::vector<std::int64_t>{0, 0, 1, 1, 0, 0, 0, 1, 0});
  CHECK(scalar(result, "accuracy") == 0);

  // Without a class list the columns are all classes, sorted; a wired estimate is used as it is.
  const VerbResult sorted = classification(
      {{"truth", labels({4, 6, 9})}, {"estimate", labels({4, 6, 9})}, {"probability", probability}});
  REQUIRE(sorted.status == ANSATZ_DONE);
  CHECK(scalar(sorted, "accuracy") == 1);
  CHECK(scalar(sorted, "log_loss") ==
        Approx(-(std::log(0.7) + std::log(0.25) + std::log(clipped)) / 3).epsilon(1e-14));
  // A perfect forecast loses nothing; an even one ln 2.
  CHECK(scalar(classification({{"truth", labels({0, 1})}, {"probability", reals({2, 2}, {1, 0, 0, 1})}}),
               "log_loss") == 0);
  CHECK(scalar(classification({{"truth", Array::texts({"a", "b"})},
                               {"probability", array_of<float>({2, 2}, {0.5F, 0.5F, 0.5F, 0.5F})}}),
               "log_loss") == Approx(std::log(2.0)).epsilon(1e-15));
}

TEST_CASE("classification: bad input") {
  const Array y = labels({0, 1});
  refused(classification({{"truth", y}}), "wire 'estimate', or 'probability', or both");
  refused(classification({{"truth", labels({})}, {"estimate", labels({})}}), "'truth' has no rows");
  refused(classification({{"truth", y}, {"estimate", labels({0, 1, 1})}}),
          "'estimate' has n = 3, but 'truth' has n = 2");
  refused(classification({{"truth", y}, {"estimate", reals({2}, {0, 1})}}),
          "'estimate' has elements of type f64");
  refused(classification({{"truth", y}, {"estimate", Array::texts({"0", "1"})}}),
          "'truth' has labels that are numbers, but 'estimate' has text");
  refused(classification({{"truth", y}, {"estimate", y}, {"classes", y}}),
          "'classes' is wired, but 'probability'");
  refused(classification({{"truth", y}, {"probability", reals({2, 3}, {1, 0, 0, 0, 0, 1})}}),
          "'probability' has 3 columns, but the labels have 2 classes");
  refused(classification({{"truth", y}, {"probability", reals({2, 2}, {1, 0, 0.5, 0.6})}}),
          "row 1 of 'probability' sums to 1.1");
  refused(classification({{"truth", y}, {"probability", reals({2, 2}, {1.5, -0.5, 0, 1})}}),
          "'probability' is -0.500000 in row 0, column 1");
  const Array even = reals({2, 2}, {0.5, 0.5, 0.5, 0.5});
  refused(classification({{"truth", y}, {"probability", even}, {"classes", labels({0, 0})}}),
          "'classes' has 2 elements but only 1 different ones");
  refused(classification({{"truth", y}, {"probability", even}, {"classes", labels({0, 2})}}),
          "label 1 of 'truth' (row 1) is none of the 2 classes");
  std::vector<std::int64_t> rows(5000);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  refused(classification({{"truth", labels(rows)}, {"estimate", labels(rows)}}),
          "5000 x 5000 different labels");
}

TEST_CASE("every output of the plugin is described, arrays with a picture") {
  for (const auto& verb : measure().description().models.at(0).verbs) {
    CHECK_FALSE(verb.text.empty());
    for (const auto& port : verb.outputs) {
      CAPTURE(verb.name, port.name);
      CHECK_FALSE(port.text.empty());
      CHECK((port.dims.empty() || port.picture != ANSATZ_NO_PICTURE));
    }
  }
}
