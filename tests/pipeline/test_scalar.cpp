#include <catch2/catch.hpp>
#include <cmath>

#include "pipeline/scalar.hpp"

namespace ansatz::host {
namespace {

using Kind = Scalar::Kind;

Scalar plain(const std::string& text) { return read_scalar(text, false); }

}  // namespace

TEST_CASE("booleans are true and false") {
  CHECK(plain("true").kind == Kind::boolean);
  CHECK(plain("true").boolean);
  CHECK(plain("false").kind == Kind::boolean);
  CHECK_FALSE(plain("false").boolean);
  for (const char* text : {"yes", "no", "on", "off", "y", "n", "Yes", "tru", "truee"}) {
    CHECK(plain(text).kind == Kind::text);
  }
  for (const char* text : {"True", "TRUE", "False", "tRUE"}) CHECK(plain(text).kind == Kind::doubtful);
}

TEST_CASE("integers are decimal and fit 64 bits") {
  CHECK(plain("0").integer == 0);
  CHECK(plain("-0").integer == 0);
  CHECK(plain("+7").integer == 7);
  CHECK(plain("9223372036854775807").integer == INT64_MAX);
  CHECK(plain("-9223372036854775808").integer == INT64_MIN);
  for (const char* text : {"0", "-0", "+7", "9223372036854775807"}) CHECK(plain(text).kind == Kind::integer);
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "00", "-01", "08", "0x1F", "0X1f",
                           "0o7", "0b1", "-0x1", "1_000", "1_0.5", "01_0"}) {
    CHECK(plain(text).kind == Kind::doubtful);
    CHECK(plain(text).number);
  }
  for (const char* text :
       {"+", "-", "--1", "+-1", "1-", "1 2", "0x", "0xg", "0o8", "0b2", "_1", "1__", "1a"}) {
    if (std::string{text} == "1__") continue;  // below
    CHECK(plain(text).kind == Kind::text);
  }
  CHECK(plain("1__").kind == Kind::doubtful);
}

TEST_CASE("a doubtful number says how to write it") {
  CHECK(plain("010").spelling == "10");
  CHECK(plain("-010").spelling == "-10");
  CHECK(plain("000").spelling == "0");
  CHECK(plain("0x1F").spelling == "31");
  CHECK(plain("-0o17").spelling == "-15");
  CHECK(plain("0b101").spelling == "5");
  CHECK(plain("1_000").spelling == "1000");
  CHECK(plain("+1_000.5").spelling == "1000.5");
  CHECK(plain("00.5").spelling == "0.5");
  CHECK(plain("-01.5").spelling == "-1.5");
  CHECK(plain("01e5").spelling == "1e5");
  CHECK(plain("00e5").spelling == "0e5");
  CHECK(plain("True").spelling == "true");
  CHECK(plain("0xFFFFFFFFFFFFFFFFFF").spelling.empty());
}

TEST_CASE("reals have a point or an exponent, or are .inf and .nan") {
  CHECK(plain("1.5").real == 1.5);
  CHECK(plain("-.5").real == -0.5);
  CHECK(plain("1.").real == 1.0);
  CHECK(plain("1e-3").real == 1e-3);
  CHECK(plain("1E+3").real == 1e3);
  CHECK(plain("0.1").real == 0.1);
  CHECK(plain("-.inf").real == -HUGE_VAL);
  CHECK(plain("+.INF").real == HUGE_VAL);
  CHECK(std::isnan(plain(".NaN").real));
  for (const char* text : {"1.5", "-.5", "1.", "1e-3", "0e0", ".inf", ".nan"})
    CHECK(plain(text).kind == Kind::real);
  for (const char* text : {"1e999", "-1e999", "1e-999"}) CHECK(plain(text).kind == Kind::doubtful);
  for (const char* text : {".", "-.", "e5", ".e5", "1e", "1e+", "1.2.3", "1e5.5", "inf", "nan", "-.nan",
                           ".iNf", "1,5", "0x1p3", "NaN"}) {
    CHECK(plain(text).kind == Kind::text);
  }
}

TEST_CASE("what is quoted or empty is text") {
  for (const char* text : {"1", "true", "010", ".nan", "1e999", ""})
    CHECK(read_scalar(text, true).kind == Kind::text);
}

TEST_CASE("what was probably meant") {
  CHECK(boolean_meant("Yes") == "true");
  CHECK(boolean_meant("OFF") == "false");
  CHECK(boolean_meant("maybe").empty());
  CHECK(number_meant("-Infinity") == "-.inf");
  CHECK(number_meant("NaN") == ".nan");
  CHECK(number_meant("1,5") == "1.5");
  CHECK(number_meant("12.5%") == "0.125");
  CHECK(number_meant("%").empty());
  CHECK(number_meant("small").empty());
  CHECK(number_meant("").empty());
}

}  // namespace ansatz::host
