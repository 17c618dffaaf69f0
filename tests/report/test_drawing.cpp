// Axes, colours, histograms and the files that pictures are made of.
#include <fmt/core.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "report/axis.hpp"
#include "report/chart.hpp"
#include "report/colour.hpp"
#include "report/histogram.hpp"
#include "report/image.hpp"
#include "report/png.hpp"
#include "report/svg.hpp"

using namespace ansatz::host;
using Catch::Matchers::Contains;

namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

}  // namespace

TEST_CASE("ticks are round, inside, rising, evenly spaced and no more than asked for") {
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{0, 1},
                                                                        {-3.7, 12.9},
                                                                        {1e-9, 3e-9},
                                                                        {1234567, 1234999},
                                                                        {-1e300, 1e300},
                                                                        {0.1, 0.1000001},
                                                                        {5, 5},
                                                                        {0, 0}}) {
    Axis axis;
    axis.include(low), axis.include(high);
    axis.finish();
    for (const int most : {2, 5, 8}) {
      const std::vector<Tick> ticks = axis.ticks(most);
      INFO(low << " to " << high << ", at most " << most);
      CHECK(ticks.size() <= static_cast<std::size_t>(most));
      CHECK(!ticks.empty());
      for (std::size_t i = 0; i < ticks.size(); ++i) {
        CHECK(axis.shows(ticks[i].value));
        if (i == 0) continue;
        const double step = ticks[i].value - ticks[i - 1].value;
        CHECK(step > 0);
        // 1, 2 or 5 times a power of ten
        const double mantissa = step / std::pow(10, std::floor(std::log10(step) + 1e-6));
        CHECK(std::min({std::abs(mantissa - 1), std::abs(mantissa - 2), std::abs(mantissa - 5)}) < 1e-3);
      }
    }
  }
}

TEST_CASE("a logarithmic axis has ticks at powers of ten and takes no zero") {
  Axis axis{true};
  CHECK_FALSE(axis.include(0));
  CHECK_FALSE(axis.include(-1));
  CHECK(axis.include(1e-4));
  CHECK(axis.include(1));
  axis.finish();
  CHECK(axis.place(1e-2) == Approx(0.5));
  const std::vector<Tick> ticks = axis.ticks(8);
  REQUIRE(ticks.size() == 5);
  for (int i = 0; i < 5; ++i) CHECK(ticks[i].value == Approx(std::pow(10, i - 4)));
  CHECK(ticks[0].text == "10⁻⁴");
  CHECK(ticks[4].text == "1");
}

TEST_CASE("numbers are written as people write them") {
  CHECK(number_label(0) == "0");
  CHECK(number_label(0.25) == "0.25");
  CHECK(number_label(-3) == "−3");
  CHECK(number_label(1200) == "1200");
  CHECK(number_label(3e-7) == "3×10⁻⁷");
  CHECK(number_label(1e9) == "10⁹");
}

TEST_CASE(
    "the colour map rises evenly in lightness, which grey and both sides of the signed map do as well") {
  const double low = lightness(sequential(0)), high = lightness(sequential(1));
  CHECK(high - low > 0.6);
  for (int i = 0; i <= 100; ++i) {
    const double t = i / 100.0;
    CHECK(lightness(sequential(t)) == Approx(low + t * (high - low)).margin(0.01));
    CHECK(lightness(grey(t)) == Approx(t).margin(t < 0.1 ? 0.07 : 0.01));  // 8 bits: 1 of 255 is 0.067 light
    CHECK(lightness(diverging(t)) == Approx(lightness(diverging(1 - t))).margin(0.02));
  }
  CHECK(grey(0) == Colour{0, 0, 0});
  CHECK(grey(1) == Colour{255, 255, 255});
  CHECK(hex({0, 0x72, 0xb2}) == "#0072b2");
}

TEST_CASE("a PNG holds its pixels, and base64 its bytes") {
  Pixels pixels{3, 2};
  pixels.at(1, 1) = {1, 2, 3};
  const std::string file = png(pixels);
  CHECK(file.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(file[at + i]);
    return value;
  };
  CHECK(number(16) == 3);
  CHECK(number(20) == 2);
  // Every chunk ends with the CRC of its type and data.
  std::string data;
  std::size_t at = 8;
  for (; at < file.size(); at += 12 + number(at)) {
    const std::uint32_t length = number(at);
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(&file[at + 4]), length + 4);
    CHECK(number(at + 8 + length) == crc);
    if (file.substr(at + 4, 4) == "IDAT") data = file.substr(at + 8, length);
  }
  CHECK(at == file.size());
  std::string rows(2 * (1 + 9), '\0');
  uLongf size = rows.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size,
                     reinterpret_cast<const Bytef*>(data.data()), data.size()) == Z_OK);
  REQUIRE(size == rows.size());
  CHECK(rows.substr(10 + 1 + 3, 3) == "\x01\x02\x03");
  CHECK(rows.substr(1, 3) == "\xff\xff\xff");

  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");  // RFC 4648, section 10
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("every finite number falls into one bin of a histogram") {
  const std::vector<double> values{0, 0.1, 0.25, 0.5, 0.99, 1, 1};
  const Counts counts = count_in_bins(values, 0, 1, 4);
  CHECK(counts.counts == std::vector<double>{2, 1, 1, 3});
  CHECK(count_in_bins({5, 5, 5}, 5, 5, 10).counts == std::vector<double>{3});
  const double largest = std::numeric_limits<double>::max();
  CHECK(count_in_bins({-largest, 0, largest}, -largest, largest, 3).counts == std::vector<double>{1, 1, 1});
}

TEST_CASE("texts in SVG are harmless") {
  CHECK(escaped("a<b>&\"c\"") == "a&lt;b&gt;&amp;&quot;c&quot;");
  CHECK(escaped("\x01\x1b[31m") == "??[31m");
  CHECK(escaped("\xff ok \xc3\xa9") == "\xef\xbf\xbd ok \xc3\xa9");
  CHECK(shortened("abcdef", 4) == "abc…");
  Chart chart;
  chart.title = "</svg><script>alert(1)</script>";
  chart.series.push_back({"<b>", {0, 1}, {0, 1}, {}, {}});
  CHECK(draw(chart).find("<script>") == std::string::npos);
}

TEST_CASE("a chart draws its curves where their numbers are") {
  Chart chart;
  chart.x_label = "load", chart.y_label = "overlap";
  chart.series.push_back({"a", {0, 1, 2, 3}, {0, 1, std::nan(""), 3}, {}, {}});
  chart.series.push_back({"b", {0, 3}, {1, 2}, {0.5, 1.5}, {1.5, 2.5}});
  const std::string svg = draw(chart);
  CHECK_THAT(svg, Contains("load") && Contains("overlap") && Contains("1 values left out"));
  CHECK(count(svg, "<polyline") == 2);  // the NaN breaks the first curve; its last point has no line
  CHECK(count(svg, "<polygon") == 1);
  CHECK_THAT(draw(Chart{}), Contains("nothing to draw"));
}

TEST_CASE("long curves are thinned, and their extremes kept") {
  Chart chart;
  Series series;
  for (int i = 0; i < 200000; ++i) {
    series.x.push_back(i);
    series.y.push_back(i == 123456 ? 10 : std::sin(0.01 * i));
  }
  chart.series.push_back(series);
  const std::string svg = draw(chart);
  CHECK(svg.size() < 60000);
  // The one peak is the upper end of the axis less its margin: 4 % of the range below the top of 300 pixels.
  const double top = 14 + 300 * (1 - (1 + 0.04) / 1.08);
  CHECK_THAT(svg, Contains("," + fmt::format("{:.2f}", top).substr(0, 4)));
}

TEST_CASE("a heat map says its numbers where there are few, and is shrunk where there are many") {
  HeatMap map;
  map.matrix = {2, 2, {1, 2, 3, 40}};
  CHECK_THAT(draw(map), Contains(">40</text>"));
  map.matrix = {3000, 3000, std::vector<double>(9000000, 1.0)};
  CHECK(draw(map).size() < 100000);
}
