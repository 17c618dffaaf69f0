#include <catch2/catch.hpp>
#include <set>

#include "plugins/plugin_call.hpp"

using namespace ansatz::test;
using Catch::Contains;

namespace {

const Plugin& prepare() {
  static const Plugin plugin{PREPARE_PLUGIN};
  return plugin;
}

VerbResult one_hot(const Inputs& inputs) { return prepare().run("prepare", "one-hot", inputs); }

VerbResult subset(const Inputs& inputs, const Settings& settings = {}) {
  return prepare().run("prepare", "subset", inputs, settings);
}

void refused(const VerbResult& result, const std::string& text) {
  CHECK(result.status == ANSATZ_BAD_ARGUMENT);
  CHECK_THAT(result.text, Contains(text));
}

// Element (i, j) is 10 i + j.
Array grid(std::uint64_t rows, std::uint64_t columns) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < rows; ++i) {
    for (std::uint64_t j = 0; j < columns; ++j) values.push_back(static_cast<double>(10 * i + j));
  }
  return reals({rows, columns}, values);
}

}  // namespace

TEST_CASE("one-hot: one 1 a row, in the column of the row's class") {
  const auto y = random_labels(50, 3, 6);
  const VerbResult result = one_hot({{"label", labels(y)}});
  REQUIRE(result.status == ANSATZ_DONE);
  const auto classes = values_of<std::int64_t>(result, "class");
  CHECK(classes == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
  const auto x = values_of<double>(result, "x");
  for (std::size_t i = 0; i < y.size(); ++i) {
    for (std::size_t k = 0; k < classes.size(); ++k) CHECK(x[i * 6 + k] == (y[i] == classes[k] ? 1.0 : 0.0));
  }
}

TEST_CASE("one-hot: text, negative numbers, u8, and the class list of another table") {
  const VerbResult words = one_hot({{"label", Array::texts({"cow", "ant", "cow", "bee"})}});
  CHECK(texts_of(words, "class") == std::vector<std::string>{"ant", "bee", "cow"});
  CHECK(values_of<double>(words, "x") == std::vector<double>{0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0});

  const VerbResult wired =
      one_hot({{"label", Array::texts({"bee"})}, {"classes", Array::texts({"cow", "ant", "bee"})}});
  CHECK(values_of<double>(wired, "x") == std::vector<double>{0, 0, 1});
  CHECK(texts_of(wired, "class") == std::vector<std::string>{"cow", "ant", "bee"});

  CHECK(values_of<std::int64_t>(one_hot({{"label", labels({3, -7, 3})}}), "class") ==
        std::vector<std::int64_t>{-7, 3});
  CHECK(values_of<std::int64_t>(one_hot({{"label", array_of<std::uint8_t>({2}, {200, 0})}}), "class") ==
        std::vector<std::int64_t>{0, 200});
}

TEST_CASE("one-hot: bad input") {
  refused(one_hot({{"label", labels({})}}), "'label' is empty");
  refused(one_hot({{"label", labels({1, 5})}, {"classes", labels({0, 1})}}),
          "label 5 of 'label' (row 1) is none of the 2 classes");
  refused(one_hot({{"label", labels({1})}, {"classes", labels({1, 1})}}), "each class must be there once");
  refused(one_hot({{"label", labels({1})}, {"classes", Array::texts({"a"})}}),
          "labels that are numbers, but the classes are text");
  refused(one_hot({{"label", reals({1}, {0.5})}}), "'label' has elements of type f64");
}

TEST_CASE("subset: first, count and every choose rows; columns choose and order columns") {
  const Array x = grid(10, 3);
  const VerbResult result = subset(
      {{"x", x}, {"y", labels({0, 1, 2, 3, 4, 5, 6, 7, 8, 9})}},
      {{"first", std::int64_t{1}}, {"every", std::int64_t{4}}, {"columns", std::vector<std::int64_t>{2, 0}}});
  REQUIRE(result.status == ANSATZ_DONE);
  CHECK(values_of<std::int64_t>(result, "row") == std::vector<std::int64_t>{1, 5, 9});
  CHECK(values_of<std::int64_t>(result, "y") == std::vector<std::int64_t>{1, 5, 9});
  CHECK(values_of<double>(result, "x") == std::vector<double>{12, 10, 52, 50, 92, 90});
  CHECK(result.outputs.array("x").shape == std::vector<std::uint64_t>{3, 2});

  CHECK(values_of<double>(subset({{"x", x}}), "x") ==
        std::vector<double>(x.as<double>().begin(), x.as<double>().end()));
  CHECK(values_of<std::int64_t>(subset({{"x", x}}, {{"count", std::int64_t{2}}}), "row") ==
        std::vector<std::int64_t>{0, 1});
}

TEST_CASE("subset: an index takes rows in its own order, with repeats") {
  const VerbResult result = subset(
      {{"x", grid(5, 2)}, {"y", Array::texts({"a", "b", "c", "d", "e"})}, {"index", labels({4, 0, 4, 2})}});
  REQUIRE(result.status == ANSATZ_DONE);
  CHECK(values_of<double>(result, "x") == std::vector<double>{40, 41, 0, 1, 40, 41, 20, 21});
  CHECK(texts_of(result, "y") == std::vector<std::string>{"e", "a", "e", "c"});
}

TEST_CASE("subset: keeps rank and element type") {
  const VerbResult result =
      subset({{"x", array_of<std::uint8_t>({3, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})}},
             {{"first", std::int64_t{2}}});
  REQUIRE(result.status == ANSATZ_DONE);
  CHECK(result.outputs.array("x").shape == std::vector<std::uint64_t>{1, 2, 2});
  CHECK(values_of<std::uint8_t>(result, "x") == std::vector<std::uint8_t>{8, 9, 10, 11});
}

TEST_CASE("subset: bad input") {
  const Array x = grid(4, 2);
  refused(subset({{"x", x}}, {{"first", std::int64_t{4}}}), "first = 4, but x has 4 rows");
  refused(subset({{"x", grid(0, 2)}}), "x has 0 rows");
  refused(subset({{"x", x}}, {{"count", std::int64_t{5}}}), "count = 5");
  refused(subset({{"x", x}}, {{"columns", std::vector<std::int64_t>{0, 2}}}),
          "'columns' has 2 at position 1");
  refused(subset({{"x", labels({1, 2})}}, {{"columns", std::vector<std::int64_t>{0}}}),
          "this one has rank 1");
  refused(subset({{"x", x}, {"index", labels({1, 4})}}), "'index' has 4 at position 1, but x has 4 rows");
  refused(subset({{"x", x}, {"index", labels({-1})}}), "'index' has -1 at position 0");
  refused(subset({{"x", x}, {"index", labels({})}}), "'index' is empty");
  refused(subset({{"x", x}, {"index", labels({1})}}, {{"count", std::int64_t{1}}}), "must be left out");
}

TEST_CASE("every parameter and port of the plugin is described") {
  for (const auto& model : prepare().description().models) {
    std::set<std::string> verbs;
    for (const auto& verb : model.verbs) {
      CHECK(verbs.insert(verb.name).second);
      CHECK_FALSE(verb.text.empty());
      for (const auto& parameter : verb.parameters) {
        CAPTURE(verb.name, parameter.name);
        CHECK_FALSE(parameter.text.empty());
        CHECK_FALSE(parameter.unit.empty());
      }
      for (const auto& port : verb.outputs) {
        CAPTURE(verb.name, port.name);
        CHECK_FALSE(port.text.empty());
        CHECK(port.picture != ANSATZ_NO_PICTURE);
      }
    }
  }
}

TEST_CASE("noise: of the asked size, the same for any number of threads, a row its own") {
  const std::uint64_t rows = 400, columns = 50;
  const Inputs inputs{{"x", reals({rows, columns}, random_reals(rows * columns, 9, 2, 5))}};
  const auto run = [&](const Settings& settings, unsigned threads = 1) {
    return prepare().run("prepare", "noise", inputs, settings, {.threads = threads});
  };
  const auto x = random_reals(rows * columns, 9, 2, 5);
  const VerbResult gaussian = run({{"deviation", 0.5}});
  REQUIRE(gaussian.status == ANSATZ_DONE);
  const auto noisy = values_of<double>(gaussian, "x");
  double mean = 0, square = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    mean += noisy[i] - x[i], square += (noisy[i] - x[i]) * (noisy[i] - x[i]);
  // 20,000 draws: standard errors 0.5 / sqrt(20000) and 0.25 sqrt(2 / 20000).
  CHECK(mean / 20000 == Approx(0).margin(5 * 0.0036));
  CHECK(square / 20000 == Approx(0.25).margin(5 * 0.0025));
  CHECK(same_bytes(run({{"deviation", 0.5}}, 4), gaussian));
  CHECK(values_of<double>(run({{"deviation", 0.0}}), "x") == x);

  const auto [least, most] = std::minmax_element(x.begin(), x.end());
  const auto speckled = values_of<double>(run({{"kind", std::string{"speckle"}}, {"share", 0.4}}), "x");
  double low = 0, high = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (speckled[i] == x[i]) continue;
    low += speckled[i] == *least ? 1 : 0, high += speckled[i] == *most ? 1 : 0;
    CHECK((speckled[i] == *least || speckled[i] == *most));
  }
  CHECK(low / 20000 == Approx(0.2).margin(5 * 0.0029));
  CHECK(high / 20000 == Approx(0.2).margin(5 * 0.0029));
}

TEST_CASE("threshold and cover: two numbers by a border; the last elements of every row are covered") {
  const VerbResult two =
      prepare().run("prepare", "threshold", {{"x", grid(2, 4)}}, {{"at", 2.0}, {"high", 5.0}});
  CHECK(values_of<double>(two, "x") == std::vector<double>{-1, -1, -1, 5, 5, 5, 5, 5});
  Array picture = array_of<std::uint8_t>({1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const VerbResult half = prepare().run("prepare", "cover", {{"x", picture}}, {{"fill", 9.0}});
  CHECK(values_of<double>(half, "x") == std::vector<double>{1, 2, 3, 9, 9, 9});
  CHECK(values_of<bool>(half, "visible") == std::vector<bool>{true, true, true, false, false, false});
  CHECK(half.outputs.array("visible").shape == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(values_of<double>(prepare().run("prepare", "cover", {{"x", picture}}, {{"share", 0.0}}), "x") ==
        std::vector<double>{1, 2, 3, 4, 5, 6});
}
