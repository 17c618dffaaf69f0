#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/value.hpp"

using namespace ansatz::host;
using Json = nlohmann::ordered_json;

namespace {

// NaN is not equal to itself, but the same value.
bool same_real(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b); }

bool same(const Value& a, const Value& b) {
  if (a.index() != b.index()) return false;
  if (const auto* x = std::get_if<double>(&a)) return same_real(*x, std::get<double>(b));
  if (const auto* x = std::get_if<std::vector<double>>(&a)) {
    const auto& y = std::get<std::vector<double>>(b);
    return x->size() == y.size() && std::equal(x->begin(), x->end(), y.begin(), same_real);
  }
  return a == b;
}

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<Value> samples() {
  return {true,
          false,
          std::int64_t{0},
          std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::int64_t>::max(),
          0.0,
          -0.0,
          1.0,
          0.1,
          1e300,
          5e-324,
          inf,
          -inf,
          nan,
          std::string{},
          std::string{"nan"},
          std::string{"a \"quoted\"\nline, äöü"},
          std::vector<bool>{},
          std::vector<bool>{true, false},
          std::vector<std::int64_t>{},
          std::vector<std::int64_t>{1, -2},
          std::vector<double>{},
          std::vector<double>{1.0, nan, -inf},
          std::vector<double>{nan},
          std::vector<std::string>{},
          std::vector<std::string>{"", "x"}};
}

}  // namespace

TEST_CASE("every kind of value comes back from JSON text") {
  for (const Value& value : samples()) {
    const std::string text = to_json(value).dump();
    CAPTURE(text);
    CHECK(same(value_from_json(Json::parse(text)), value));
  }
}

TEST_CASE("JSON that is no value is refused") {
  CHECK_THROWS_AS(value_from_json(Json::parse("null")), Error);
  CHECK_THROWS_AS(value_from_json(Json::parse("[]")), Error);
  CHECK_THROWS_AS(value_from_json(Json::parse("{\"a\": 1}")), Error);
}

TEST_CASE("a list that mixes kinds is no value") {
  CHECK_THROWS(value_from_json(Json::parse("[1, \"a\"]")));
  CHECK_THROWS(value_from_json(Json::parse("[true, 1]")));
}

TEST_CASE("reals always show as reals, and read back exactly") {
  CHECK(to_text(Value{1.0}) == "1.0");
  CHECK(to_text(Value{std::int64_t{1}}) == "1");
  CHECK(to_text(Value{std::vector<double>{2.0, 0.5}}) == "[2.0, 0.5]");
  for (const double x : {0.1, 1.0 / 3.0, 1e22, 123456789.0, 1e300, -2.5e-7}) {
    const std::string text = to_text(Value{x});
    CAPTURE(text);
    CHECK(std::stod(text) == x);
    CHECK(text.find_first_of(".e") != std::string::npos);
  }
}
