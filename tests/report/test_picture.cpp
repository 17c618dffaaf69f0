#include <catch2/catch.hpp>
#include <limits>
#include <sstream>

#include "report/canvas.hpp"
#include "report/picture.hpp"

using namespace ansatz::host;
using Catch::Matchers::Contains;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

Array picture_array(const char* hint, std::vector<std::uint64_t> shape, const std::vector<double>& values) {
  Array array{ElementType::f64, std::move(shape)};
  std::copy(values.begin(), values.end(), array.as<double>().begin());
  array.attributes["picture"] = std::string{hint};
  return array;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

}  // namespace

TEST_CASE("a canvas draws the dots it is told to") {
  Canvas canvas{2, 1};
  CHECK(canvas.row(0).empty());
  canvas.dot(0, 0);
  CHECK(canvas.row(0) == "⠁");  // dot 1 of the braille cell is its upper left
  canvas.dot(1, 3);
  CHECK(canvas.row(0) == "⢁");  // dot 8 its lower right
  canvas.dot(4, 0);             // outside: nothing
  canvas.dot(0, 4);
  CHECK(canvas.row(0) == "⢁");
  canvas.line(2, 0, 2, 3);
  CHECK(canvas.row(0) == "⢁⡇");  // a whole left column
}

TEST_CASE("a rising line goes from the lower left to the upper right") {
  const std::vector<std::string> lines = lines_of(picture_of(picture_array("line", {3}, {0, 1, 2}), {8, 4}));
  REQUIRE(lines.size() == 4 + 2);
  CHECK_THAT(lines[0], Contains("2 │"));
  CHECK_THAT(lines[3], Contains("0 │"));
  CHECK(lines[0].back() != ' ');
  // Each row of characters begins further left than the one above it.
  std::vector<std::size_t> indents;
  for (int i = 0; i < 4; ++i) indents.push_back(lines[i].find_first_not_of(' ', lines[i].find("│") + 3));
  for (int i = 1; i < 4; ++i) CHECK(indents[i] < indents[i - 1]);
}

TEST_CASE("several columns are several lines, and a gap stays a gap") {
  const std::string two = picture_of(picture_array("line", {2, 2}, {0, 1, 0, 1}), {4, 4});
  const std::vector<std::string> lines = lines_of(two);
  CHECK(lines[0].find("│⠉⠉⠉⠉") != std::string::npos);  // the constant 1 along the upper edge
  CHECK(lines[3].find("│⣀⣀⣀⣀") != std::string::npos);  // the constant 0 along the lower one
  const std::string gap = picture_of(picture_array("line", {5}, {1, 1, missing, 0, 0}), {8, 2});
  CHECK_THAT(gap, Contains("1 values that are not finite left out"));
  // The span of subnormal numbers is no 0.
  CHECK_THAT(picture_of(picture_array("line", {3}, {0, 5e-324, 0}), {8, 2}), Contains("4.941e-324"));
  CHECK(picture_of(picture_array("line", {2}, {missing, missing})).empty());
}

TEST_CASE("a scatter has a dot for each place") {
  const std::string text = picture_of(picture_array("scatter", {3, 2}, {0, 0, 1, 1, missing, 5}), {4, 2});
  const std::vector<std::string> lines = lines_of(text);
  CHECK(lines[0] == "1 │   ⠈");  // (1, 1): the upper right dot of the last character
  CHECK(lines[1] == "0 │⡀");     // (0, 0): the lower left dot of the first
  CHECK_THAT(text, Contains("1 values"));
  CHECK(picture_of(picture_array("scatter", {3, 1}, {1, 2, 3})).empty());
}

TEST_CASE("a histogram's counts are those of the values") {
  // Bins of width 1 from 0 to 4: two, none, one, three (the upper end belongs to the last).
  const std::string text =
      picture_of(picture_array("histogram", {7}, {0, 0.5, 2.5, 3, 3.5, 4, missing}), {6, 4});
  const std::vector<std::string> lines = lines_of(text);
  REQUIRE(lines.size() == 5);
  const std::size_t expected[] = {2, 0, 1, 3};
  for (std::size_t i = 0; i < 4; ++i) {
    std::istringstream stream{lines[i]};
    double from = -1;
    std::size_t n = 99;
    stream >> from >> n;
    CHECK(from == static_cast<double>(i));
    CHECK(n == expected[i]);
    CHECK(count(lines[i], "█") == 2 * expected[i]);  // six characters for three
  }
  CHECK(lines_of(picture_of(picture_array("histogram", {3}, {2, 2, 2}))).size() == 1);
}

TEST_CASE("bars are as long as their values say") {
  const std::vector<std::string> lines =
      lines_of(picture_of(picture_array("bars", {3}, {8, 4, 0.5}), {16, 4}));
  CHECK(count(lines[0], "█") == 16);
  CHECK(count(lines[1], "█") == 8);
  CHECK(count(lines[2], "█") == 1);
  const std::vector<std::string> both = lines_of(picture_of(picture_array("bars", {2}, {-4, 8}), {16, 4}));
  CHECK_THAT(both[0], Contains("    ████│"));
  CHECK_THAT(both[1], Contains("        │████████"));
  CHECK(lines_of(picture_of(picture_array("bars", {100}, std::vector<double>(100, 1.0)))).size() == 41);
}

TEST_CASE("a heat map's shades follow the values") {
  // Ten steps for five shades: two steps each.
  const std::vector<std::string> lines =
      lines_of(picture_of(picture_array("heat-map", {2, 10}, {0,       1, 2, 3, 4, 5, 6, 7, 8, 9,  //
                                                              missing, 9, 9, 9, 9, 0, 0, 0, 0, 0}),
                          {20, 4}));
  CHECK(lines[0] == "    ░░░░▒▒▒▒▓▓▓▓████");
  CHECK(lines[1] == "??████████          ");
  CHECK_THAT(lines[2], Contains("from 0") && Contains("to 9"));
}

TEST_CASE("a large heat map shows the means of blocks") {
  std::vector<double> values(100 * 100);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 100 < 50 ? 0 : 1;  // the right half is full
  const std::vector<std::string> lines =
      lines_of(picture_of(picture_array("raster", {100, 100}, values), {20, 4}));
  REQUIRE(lines.size() == 5);
  for (int i = 0; i < 4; ++i) CHECK(lines[i] == "          ██████████");
}

TEST_CASE("images stand side by side, from three dimensions or from rows with a size") {
  const std::vector<double> values = {1, 0, 0, 1, 0, 1, 1, 0};
  Array rows = picture_array("image-grid", {2, 4}, values);
  rows.attributes["height"] = std::int64_t{2};
  rows.attributes["width"] = std::int64_t{2};
  const std::string expected = "██  │  ██│\n  ██│██  │\n\n(images 0 to 1 of 2)\n";
  CHECK(picture_of(rows) == expected);
  CHECK(picture_of(picture_array("image-grid", {2, 2, 2}, values)) == expected);
  rows.attributes["width"] = std::int64_t{3};  // does not fit
  CHECK(picture_of(rows).empty());
}

TEST_CASE("what cannot be drawn has no picture") {
  CHECK(picture_of(Array{ElementType::f64, {3}}).empty());  // no hint
  CHECK(picture_of(picture_array("portrait", {1}, {1})).empty());
  CHECK(picture_of(picture_array("line", {}, {1})).empty());
  CHECK(picture_of(picture_array("line", {0}, {})).empty());
  Array words = Array::texts({"a", "b"});
  words.attributes["picture"] = std::string{"line"};
  CHECK(picture_of(words).empty());
  // One value, and the two ends of the numbers, draw without a fault.
  const double most = std::numeric_limits<double>::max();
  for (const char* hint : {"line", "scatter", "histogram", "bars", "heat-map", "raster", "image-grid"}) {
    CAPTURE(hint);
    CHECK_NOTHROW(picture_of(picture_array(hint, {1, 1}, {7})));
    CHECK_NOTHROW(picture_of(picture_array(hint, {2, 2}, {-most, most, most, -most})));
    CHECK_NOTHROW(picture_of(picture_array(hint, {2, 2}, {missing, missing, missing, missing})));
  }
}
