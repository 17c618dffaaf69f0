#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "plugins/plugin_call.hpp"

using namespace ansatz::test;
using Catch::Contains;

namespace {

const Plugin& prepare() {
  static const Plugin plugin{PREPARE_PLUGIN};
  return plugin;
}

VerbResult split(const Inputs& inputs, const Settings& settings, const Around& around = {}) {
  return prepare().run("prepare", "split", inputs, settings, around);
}

// Row i of a table of `columns` columns has the values i * columns + j: a row tells where it came from.
template <class T>
Array counting(std::vector<std::uint64_t> shape) {
  Array array{element_type<T>(), std::move(shape)};
  const auto span = array.as<T>();
  for (std::size_t i = 0; i < span.size(); ++i) span[i] = static_cast<T>(i);
  return array;
}

std::map<std::int64_t, std::uint64_t> counts(const std::vector<std::int64_t>& labels) {
  std::map<std::int64_t, std::uint64_t> result;
  for (const auto label : labels) ++result[label];
  return result;
}

}  // namespace

TEST_CASE("split: the parts are disjoint, complete, ascending, of exact size, and rows stay whole") {
  for (const std::uint64_t n : {2ULL, 3ULL, 10ULL, 101ULL}) {
    for (const double test : {0.25, 0.5, 0.7}) {
      const auto expected = static_cast<std::size_t>(std::llround(test * static_cast<double>(n)));
      if (expected == 0 || expected == n) continue;
      for (const bool shuffle : {true, false}) {
        CAPTURE(n, test, shuffle);
        const VerbResult result =
            split({{"x", counting<double>({n, 3})}, {"y", counting<std::int32_t>({n, 2})}},
                  {{"test", test}, {"shuffle", shuffle}});
        REQUIRE(result.status == ANSATZ_DONE);
        const auto train = values_of<std::int64_t>(result, "train_index");
        const auto held = values_of<std::int64_t>(result, "test_index");
        CHECK(held.size() == expected);
        CHECK(std::is_sorted(train.begin(), train.end()));
        CHECK(std::is_sorted(held.begin(), held.end()));
        std::set<std::int64_t> all(train.begin(), train.end());
        all.insert(held.begin(), held.end());
        CHECK(all.size() == n);
        CHECK(train.size() + held.size() == n);
        for (const std::string part : {"train", "test"}) {
          const auto rows = values_of<std::int64_t>(result, part + "_index");
          const auto x = values_of<double>(result, part + "_x");
          const auto y = values_of<std::int32_t>(result, part + "_y");
          REQUIRE(x.size() == rows.size() * 3);
          REQUIRE(y.size() == rows.size() * 2);
          for (std::size_t i = 0; i < rows.size(); ++i) {
            for (std::size_t j = 0; j < 3; ++j) CHECK(x[i * 3 + j] == static_cast<double>(rows[i] * 3 + j));
            for (std::size_t j = 0; j < 2; ++j) CHECK(y[i * 2 + j] == rows[i] * 2 + static_cast<int>(j));
          }
        }
        if (!shuffle) CHECK(held.front() == static_cast<std::int64_t>(n - expected));
      }
    }
  }
}

TEST_CASE("split: many blocks of rows, and element types of any rank stay as they are") {
  // 3000 rows of 40 x 50 bytes are more than one block of reading.
  Array images = counting<std::uint8_t>({3000, 40, 50});
  images.attributes["height"] = std::int64_t{40};
  std::vector<std::string> words;
  for (int i = 0; i < 3000; ++i) words.push_back("row " + std::to_string(i));
  const VerbResult result = split({{"x", images}, {"y", Array::texts(words)}}, {{"test", 0.3}});
  REQUIRE(result.status == ANSATZ_DONE);
  const Array& held = result.outputs.array("test_x");
  CHECK(held.type == ElementType::u8);
  CHECK(held.shape == std::vector<std::uint64_t>{900, 40, 50});
  CHECK(held.dims == std::vector<std::string>{"t", "h", "w"});
  CHECK(held.attributes.at("height") == Value{std::int64_t{40}});
  const auto rows = values_of<std::int64_t>(result, "test_index");
  const auto labels = texts_of(result, "test_y");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows[i]);
    REQUIRE(std::memcmp(held.data.data() + i * 2000, images.data.data() + row * 2000, 2000) == 0);
    REQUIRE(labels[i] == words[row]);
  }
  for (const auto& shape : std::vector<std::vector<std::uint64_t>>{{8}, {8, 2, 2, 3}, {8, 1, 2, 1, 2}}) {
    const VerbResult other = split({{"x", counting<float>(shape)}}, {{"test", 0.5}});
    REQUIRE(other.status == ANSATZ_DONE);
    CHECK(other.outputs.array("train_x").shape.size() == shape.size());
    CHECK(other.outputs.find_array("train_y") == nullptr);
  }
}

TEST_CASE("split: stratified parts have each class within one row of its share") {
  // Largest remainders differ from the exact share by less than one row; classes of two rows or more are then
  // moved by at most one more to stand on both sides.
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
    auto y = random_labels(400, seed, 7);
    for (auto& label : y) label *= label;  // uneven numbers, not 0 .. 6
    for (const double test : {0.1, 0.25, 0.5}) {
      const VerbResult result = split({{"x", counting<double>({400, 1})}, {"y", labels(y)}},
                                      {{"test", test}, {"stratify", true}}, {.key = seed});
      REQUIRE(result.status == ANSATZ_DONE);
      const auto held = counts(values_of<std::int64_t>(result, "test_y"));
      CHECK(values_of<std::int64_t>(result, "test_y").size() ==
            static_cast<std::size_t>(std::llround(test * 400)));
      for (const auto& [label, count] : counts(y)) {
        const auto in_test = held.count(label) ? static_cast<double>(held.at(label)) : 0;
        CHECK(std::abs(in_test - test * static_cast<double>(count)) < 1);
      }
    }
  }
}

TEST_CASE("split: every class of two rows or more is on both sides where that is possible") {
  std::vector<std::int64_t> y(40, 0);  // 40 of class 0, three pairs, one single
  for (const std::int64_t label : {1, 1, 2, 2, 3, 3, 4}) y.push_back(label);
  const auto n = static_cast<std::uint64_t>(y.size());
  for (const double test : {0.1, 0.3, 0.9}) {  // 5, 14 and 42 of 47 rows
    const VerbResult result =
        split({{"x", counting<double>({n, 1})}, {"y", labels(y)}}, {{"test", test}, {"stratify", true}});
    REQUIRE(result.status == ANSATZ_DONE);
    CHECK(values_of<std::int64_t>(result, "test_y").size() ==
          static_cast<std::size_t>(std::llround(test * static_cast<double>(n))));
    auto held = counts(values_of<std::int64_t>(result, "test_y"));
    auto train = counts(values_of<std::int64_t>(result, "train_y"));
    for (const std::int64_t label : {0, 1, 2, 3}) {
      CAPTURE(test, label);
      CHECK(held[label] >= 1);
      CHECK(train[label] >= 1);
    }
  }
  // Two test rows cannot hold four classes: the total wins.
  const VerbResult tight = split({{"x", counting<double>({8, 1})}, {"y", labels({0, 0, 1, 1, 2, 2, 3, 3})}},
                                 {{"test", 0.25}, {"stratify", true}});
  REQUIRE(tight.status == ANSATZ_DONE);
  CHECK(values_of<std::int64_t>(tight, "test_y").size() == 2);
}

TEST_CASE("split: strata may be text or booleans; without shuffle the last rows of each class are held out") {
  const std::vector<std::string> words{"a", "b", "a", "b", "a", "b", "a", "b"};
  const Array x = counting<double>({8, 1});
  const Settings settings{{"test", 0.5}, {"stratify", true}, {"shuffle", false}};
  const std::vector<std::int64_t> last{4, 5, 6, 7};
  CHECK(values_of<std::int64_t>(split({{"x", x}, {"y", Array::texts(words)}}, settings), "test_index") ==
        last);
  Array flags{ElementType::boolean, {8}};
  for (std::size_t i = 0; i < 8; ++i) flags.as<std::uint8_t>()[i] = i < 4;
  CHECK(values_of<std::int64_t>(split({{"x", x}, {"y", flags}}, settings), "test_index") ==
        std::vector<std::int64_t>{2, 3, 6, 7});
}

TEST_CASE("split: each row is held out equally often") {
  // Over 2000 keys a row is in the test part with probability 1/4: standard deviation sqrt(2000 * 3/16)
  // = 19.4, and six of them hold for 20 rows all but once in 2.5e7 runs.
  std::vector<int> held(20);
  for (std::uint64_t key = 0; key < 2000; ++key) {
    for (const auto row : values_of<std::int64_t>(
             split({{"x", counting<double>({20, 1})}}, {{"test", 0.25}}, {.key = key}), "test_index")) {
      ++held[static_cast<std::size_t>(row)];
    }
  }
  for (const int count : held) CHECK(std::abs(count - 500) < 6 * std::sqrt(2000 * 3.0 / 16));
}

TEST_CASE("split: equal bytes for equal keys and any number of threads, others for another key") {
  const Inputs inputs{{"x", counting<float>({500, 4})},
                      {"y", labels(random_labels(500, 9, 3))},
                      {"weight", reals({500}, random_reals(500, 1, 0, 1))}};
  const Settings settings{{"stratify", true}};
  const VerbResult one = split(inputs, settings, {.key = 5, .threads = 1});
  REQUIRE(one.status == ANSATZ_DONE);
  CHECK(one.outputs.array("train_weight").shape[0] == 375);
  for (const unsigned threads : {1U, 2U, 4U}) {
    CHECK(same_bytes(one, split(inputs, settings, {.key = 5, .threads = threads})));
  }
  CHECK_FALSE(same_bytes(one, split(inputs, settings, {.key = 6})));
}

TEST_CASE("split: missing values pass, bad input is refused by name") {
  const Array x = counting<double>({4, 1});
  Array gaps = counting<double>({4, 1});
  gaps.as<double>()[2] = std::nan("");
  CHECK(split({{"x", gaps}}, {{"test", 0.5}}).status == ANSATZ_DONE);

  const auto refused = [](const VerbResult& result, const std::string& text) {
    CHECK(result.status == ANSATZ_BAD_ARGUMENT);
    CHECK_THAT(result.text, Contains(text));
  };
  refused(split({{"x", x}}, {{"test", 0.1}}), "test = 0.100000 of 4 rows leaves the test part empty");
  refused(split({{"x", x}}, {{"test", 0.95}}), "of 4 rows leaves the training part empty");
  refused(split({{"x", counting<double>({1, 1})}}, {}), "of 1 row leaves the test part empty");
  refused(split({{"x", counting<double>({0, 1})}}, {}), "of 0 rows leaves the test part empty");
  refused(split({{"x", x}}, {{"test", 1.0}}), "'test'");
  refused(split({{"x", x}}, {{"stratify", true}}), "stratify needs the labels in input 'y'");
  refused(split({{"x", x}, {"y", counting<double>({4})}}, {{"stratify", true}}), "needs class labels in 'y'");
  refused(split({{"x", x}, {"y", counting<std::int64_t>({4, 2})}}, {{"stratify", true}}),
          "needs class labels in 'y'");
  refused(split({{"x", x}, {"y", counting<double>({5})}}, {}), "'y' has n = 5, but 'x' has n = 4");
}
