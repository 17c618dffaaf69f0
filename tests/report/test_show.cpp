#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "report/show.hpp"

using namespace ansatz::host;
using Catch::Matchers::Contains;

namespace {

Tree run() {
  Tree tree;
  tree.attributes = {{"format", std::string{"ansatz-run"}},
                     {"name", std::string{"digits"}},
                     {"seed", std::int64_t{7}},
                     {"status", std::string{"failed"}}};
  Tree& step = tree.group("steps/fit");
  step.attributes = {{"do", std::string{"ridge.ridge.fit"}}, {"status", std::string{"failed"}}};
  step.put("failure", Array::scalar(std::string{"not positive definite\nsecond line"}));
  Tree& claim = tree.group("claims/0");
  claim.attributes = {
      {"verdict", std::string{"fails"}}, {"that", std::string{"error.accuracy"}}, {"value", 0.25}};
  return tree;
}

}  // namespace

TEST_CASE("a tree is listed with types, shapes, names, first elements and attributes") {
  Tree tree;
  tree.attributes["real"] = 1.0;
  Array& x = tree.put("group/x", Array{ElementType::f64, {449, 10}, {"n", "d"}});
  x.attributes["unit"] = std::string{"m"};
  tree.put("group/scalar", Array::scalar(0.5));
  Array& list = tree.put("list", Array{ElementType::i32, {9}});
  for (int i = 0; i < 9; ++i) list.as<std::int32_t>()[i] = 10 * i;
  tree.put("words", Array::texts({"a", "b"}));
  CHECK(show_tree(tree) ==
        "@real = 1.0\n"
        "group/\n"
        "  x  f64  449 x 10  (n, d)\n"
        "    @unit = m\n"
        "  scalar  f64  scalar  = 0.5\n"
        "list  i32  9  = 0 10 20 30 40 50 ...\n"
        "words  text  2  = a b\n");
}

TEST_CASE("a run begins with its steps, failures and claims") {
  const std::string text = show_tree(run());
  CHECK_THAT(text, Catch::Matchers::StartsWith("run digits"));
  CHECK_THAT(text, Contains("failed, seed 7") && Contains("ridge.ridge.fit"));
  CHECK_THAT(text, Contains("\n    not positive definite ...\n"));
  CHECK_THAT(text, Contains("claim fails: error.accuracy is 0.25"));
  Tree sweep = run();
  Attributes& claim = sweep.group("claims/0").attributes;
  claim.erase("value");
  claim["points_that_hold"] = std::int64_t{3};
  CHECK_THAT(show_tree(sweep), Contains("claim fails: error.accuracy, holds in 3 points\n"));
}

TEST_CASE("a file that only claims to be a run is listed all the same") {
  Tree tree;
  tree.attributes["format"] = std::string{"ansatz-run"};
  CHECK_THAT(show_tree(tree), Contains("@format"));
  tree.put("steps/number", Array::scalar(1.0));
  tree.put("claims/number", Array::scalar(1.0));
  tree.put("steps/s/failure", Array{ElementType::text, {0}, {}, 3});
  CHECK_THAT(show_tree(tree), Contains("steps/"));
}

TEST_CASE("what a file says does not steer the terminal") {
  Tree tree;
  tree.attributes["title"] = std::string{"\x1b[2Jgone"};
  tree.put("text\x1b[31m", Array::scalar(std::string{"a\x1b]0;b\x07"}));
  CHECK_THAT(show_tree(tree), !Contains("\x1b") && !Contains("\x07") && Contains("\xEF\xBF\xBD[2Jgone"));
  CHECK_THAT(show_array(tree.array("text\x1b[31m")), !Contains("\x1b"));
}

TEST_CASE("long texts are cut between letters") {
  Tree tree;
  std::string text = "x";
  for (int i = 0; i < 100; ++i) text += "ä";  // two bytes each: byte 100 is inside a letter
  tree.attributes["t"] = text;
  const std::string shown = show_tree(tree);
  CHECK_THAT(shown, Contains("ä ...\n"));
  CHECK_THAT(shown, !Contains("\xc3 "));
}

TEST_CASE("arrays without elements are listed by shape, unreadable ones with the reason") {
  Tree tree;
  Array& large = tree.put("large", Array{});
  large.shape = {1000000};
  large.data = {};
  Array& pair = tree.put("pair", Array{});
  pair.type = ElementType::text;
  pair.attributes["unreadable"] = std::string{"a compound type"};
  CHECK(show_tree(tree) == "large  f64  1000000\npair  text  scalar  (a compound type)\n");
  CHECK(show_array(tree.array("large")) == "f64  1000000\n");
  CHECK_FALSE(show_json(tree).at("large").contains("values"));
}

TEST_CASE("small matrices are tables of numbers even where a heat map is the hint") {
  Array small{ElementType::i64, {2, 2}, {"k", "k"}};
  small.as<std::int64_t>()[0] = 45;
  small.as<std::int64_t>()[3] = 7;
  small.attributes["picture"] = std::string{"heat-map"};
  CHECK(show_array(small) == "i64  2 x 2  (k, k)\n@picture = heat-map\n45  0\n 0  7\n");
  Array large{ElementType::i64, {30, 30}};
  large.as<std::int64_t>()[0] = 1;
  large.attributes["picture"] = std::string{"heat-map"};
  CHECK_THAT(show_array(large), Contains("██") && Contains("from 0 (blank) to 1 (full)"));
}

TEST_CASE("a long table ends with the number of rows") {
  const std::string text = show_array(Array{ElementType::f64, {100, 30}});
  CHECK_THAT(text, Contains("100 rows in all") && Contains(" ...\n"));
}

TEST_CASE("JSON keeps kinds and values") {
  Tree tree;
  tree.attributes["real"] = 1.0;
  tree.put("g/flags", Array{ElementType::boolean, {2}}).as<std::uint8_t>()[1] = 1;
  tree.put("g/large", Array{ElementType::i64, {1}}).as<std::int64_t>()[0] = INT64_MAX;  // no f64 holds it
  tree.put("words", Array::texts({"a", "b"}, "word"));
  tree.put("many", Array{ElementType::u8, {1001}});
  const auto json = show_json(tree);
  CHECK(json.at("@real").dump() == "1.0");
  CHECK(json.at("g").at("flags").at("values").dump() == "[false,true]");
  CHECK(json.at("g").at("large").at("values").at(0).get<std::int64_t>() == INT64_MAX);
  CHECK(json.at("words").at("values").dump() == "[\"a\",\"b\"]");
  CHECK(json.at("words").at("dims").dump() == "[\"word\"]");
  CHECK(json.at("many").at("shape").dump() == "[1001]");
  CHECK_FALSE(json.at("many").contains("values"));
}
