// Figures and pages from archives that the test writes.
#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "archive/archive_writer.hpp"
#include "archive/store.hpp"
#include "core/error.hpp"
#include "report/archive_view.hpp"
#include "report/curves.hpp"
#include "report/diff.hpp"
#include "report/draw_figure.hpp"
#include "report/page.hpp"
#include "support/command.hpp"

using namespace ansatz::host;
using ansatz::test::TemporaryFolder;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

Array reals(std::vector<std::uint64_t> shape, const std::vector<double>& values) {
  Array array{ElementType::f64, std::move(shape)};
  std::copy(values.begin(), values.end(), array.as<double>().begin());
  return array;
}

Tree head(const std::string& figures = "[]") {
  Tree tree;
  tree.attributes = {{"format", std::string{"ansatz-run"}},
                     {"name", std::string{"made"}},
                     {"status", std::string{"done"}},
                     {"seed", std::int64_t{3}},
                     {"run_id", std::string{"x"}}};
  tree.put("pipeline/report", Array::scalar(figures));
  tree.put("pipeline/frozen", Array::scalar(std::string{R"({"name":"made","seed":3})"}));
  return tree;
}

Tree& step(Tree& tree, const std::string& path) {
  Tree& group = tree.group(path);
  group.attributes = {{"do", std::string{"a.b.c"}}, {"status", std::string{"done"}}, {"key", path}};
  return group;
}

fs::path run_archive(const TemporaryFolder& folder, const std::string& figures, double last = 9) {
  Tree tree = head(figures);
  Tree& curve = step(tree, "steps/curve");
  curve.group("params").attributes["rate"] = 0.5;
  curve.put("outputs/x", reals({3}, {1, 2, 3}));
  curve.put("outputs/y", reals({3}, {1, 4, last}));
  curve.put("outputs/low", reals({3}, {0, 3, 8}));
  curve.put("outputs/high", reals({3}, {2, 5, 10}));
  curve.put("metrics/loss/step", Array::scalar(std::int64_t{0}));
  curve.put("outputs/images", reals({4, 6}, std::vector<double>(24, 1)));
  Array hinted = reals({2, 2}, {1, 2, 3, 4});
  hinted.attributes["picture"] = std::string{"heat-map"};
  curve.put("outputs/map", hinted);
  Tree& claim = tree.group("claims/0");
  claim.attributes = {
      {"that", std::string{"curve.<y>"}}, {"at_least", 0.5}, {"verdict", std::string{"fails"}}};
  const fs::path file = folder / fmt::format("run{}.h5", last);
  write_sealed(tree, file, {.archive = true});
  return file;
}

// Penalties 0.1 and 10, two kernels, three seeds; y = kernel's number + log10(penalty) + seed, or missing.
fs::path sweep_archive(const TemporaryFolder& folder) {
  const fs::path file = folder / "sweep.h5";
  ArchiveWriter archive{file};
  archive.put("", head());
  std::vector<std::string> index, kernels;
  std::vector<double> penalties, values;
  Array seeds{ElementType::i64, {12}};
  for (const double penalty : {0.1, 10.0}) {
    for (const std::string kernel : {"wide", "narrow"}) {
      for (int seed = 0; seed < 3; ++seed) {
        seeds.as<std::int64_t>()[index.size()] = seed;
        const bool failed = index.size() == 11;
        const double y = (kernel == "wide" ? 1 : 5) + std::log10(penalty) + seed;
        Tree point;
        step(point, "steps/fit").put("outputs/curve", reals({2}, {y, 2 * y}));
        archive.put(fmt::format("points/{}", index.size()), point);
        index.push_back(std::to_string(index.size())), kernels.push_back(kernel),
            penalties.push_back(penalty);
        values.push_back(failed ? std::nan("") : y);
      }
    }
  }
  Tree summary;
  summary.put("point", Array::texts(index));
  summary.put("fit.kernel", Array::texts(kernels));
  summary.put("fit.penalty", reals({12}, penalties));
  summary.put("seed", seeds);
  summary.put("error.y", reals({12}, values));
  archive.put("summary", summary);
  archive.seal();
  return file;
}

Figure figure(const std::string& json) { return figure_from_json(nlohmann::ordered_json::parse(json)); }

}  // namespace

TEST_CASE("curves over the arrays of one run") {
  const TemporaryFolder folder;
  const ArchiveView archive{run_archive(folder, "[]")};
  const Chart chart = curves_of(
      figure(
          R"({"plot": "line", "x": "curve.x", "y": ["curve.y"], "low": ["curve.low"], "high": ["curve.high"]})"),
      archive);
  REQUIRE(chart.series.size() == 1);
  CHECK(chart.series[0].x == std::vector<double>{1, 2, 3});
  CHECK(chart.series[0].y == std::vector<double>{1, 4, 9});
  CHECK(chart.series[0].high == std::vector<double>{2, 5, 10});
  CHECK(chart.x_label == "curve.x");
  CHECK_THROWS_WITH(curves_of(figure(R"({"plot": "line", "y": ["curve.z"]})"), archive),
                    Contains("the run has no curve.z"));
  CHECK_THROWS_WITH(curves_of(figure(R"({"plot": "line", "x": "curve.rate", "y": ["curve.y"]})"), archive),
                    Contains("1 elements"));
  CHECK_THAT(
      draw_figure(figure(R"({"plot": "image-grid", "rows": ["curve.images"], "height": 2, "width": 3})"),
                  archive),
      Contains("<image"));
  CHECK_THROWS_WITH(
      draw_figure(figure(R"({"plot": "image-grid", "rows": ["curve.images"], "height": 4, "width": 3})"),
                  archive),
      Contains("no images"));
}

TEST_CASE("a band over a sweep is the mean and the standard deviation of the points that share a place") {
  const TemporaryFolder folder;
  const ArchiveView archive{sweep_archive(folder)};
  REQUIRE(archive.points() == 12);
  const Chart chart = curves_of(
      figure(
          R"({"plot": "line", "x": "fit.penalty", "y": ["error.y"], "group": "fit.kernel", "band": "seed"})"),
      archive);
  REQUIRE(chart.series.size() == 2);
  CHECK(chart.series[0].name == "kernel wide");
  CHECK(chart.series[1].name == "kernel narrow");
  for (std::size_t g = 0; g < 2; ++g) {
    const Series& s = chart.series[g];
    CHECK(s.x == std::vector<double>{0.1, 10});
    for (std::size_t i = 0; i < 2; ++i) {
      // Seeds 0, 1, 2 have mean 1 and standard deviation 1; the last point of the sweep failed.
      const bool last = g == 1 && i == 1;
      const double base = (g == 0 ? 1 : 5) + (i == 0 ? -1 : 1);
      CHECK(s.y[i] == Approx(base + (last ? 0.5 : 1)));
      CHECK(s.high[i] - s.y[i] == Approx(last ? std::sqrt(0.5) : 1));
      CHECK(s.y[i] - s.low[i] == Approx(last ? std::sqrt(0.5) : 1));
    }
  }
  const Chart arrays = curves_of(
      figure(R"({"plot": "line", "y": ["fit.curve"], "group": "fit.kernel", "band": "seed"})"), archive);
  REQUIRE(arrays.series.size() == 2);
  CHECK(arrays.series[0].y[0] == Approx(1 + 0 + 1));  // over both penalties, log10 of which is -1 and 1
  CHECK(arrays.series[0].y[1] == Approx(2 * arrays.series[0].y[0]));
  CHECK_THAT(
      draw_figure(
          figure(R"({"plot": "heat-map", "x": "fit.penalty", "y": ["fit.kernel"], "value": "error.y"})"),
          archive),
      Contains("narrow") && Contains("means where several points"));
  const Table table =
      table_of(figure(R"({"plot": "table", "columns": ["seed", "fit.kernel", "error.y"]})"), archive);
  REQUIRE(table.rows.size() == 12);
  CHECK(table.rows[1] == std::vector<std::string>{"1", "wide", "1"});
}

TEST_CASE("a page shows claims, figures and outputs, and says what it cannot draw") {
  const TemporaryFolder folder;
  const fs::path file =
      run_archive(folder, R"([{"plot": "line", "x": "curve.x", "y": ["curve.y"], "title": "Growth"},
                                                {"plot": "line", "y": ["curve.gone"]}, {"plot": "table", "columns": ["curve.x", "curve.y"]}])");
  const ReportPage page = report_page({file});
  CHECK_THAT(page.html, Contains("Growth") && Contains("Picture 1 of") &&
                            Contains("the run has no curve.gone") && Contains("curve.&lt;y&gt; ≥ 0.5") &&
                            Contains("curve.map"));
  CHECK(page.html.find("<y>") == std::string::npos);
  REQUIRE(page.pictures.size() == 2);  // the first figure, and the output with a hint
  CHECK(page.pictures[0].name == "made-figure-0");
  CHECK(page.pictures[1].name == "made-curve-map");
  // It needs nothing from elsewhere.
  CHECK(page.html.find("src=\"http") == std::string::npos);
  CHECK(page.html.find("<link") == std::string::npos);
  CHECK_THROWS_AS(report_page({folder / "none.h5"}), Error);
}

TEST_CASE("a diff names what changed and by how much") {
  const TemporaryFolder folder;
  const fs::path a = run_archive(folder, "[]", 9), b = run_archive(folder, "[]", 12),
                 same = run_archive(folder, "[]", 9);
  CHECK_FALSE(diff_archives(a, same).any());
  const ArchiveDiff diff = diff_archives(a, b);
  CHECK(diff.any());
  const std::string text = diff_text(diff, true);
  CHECK_THAT(text, Contains("steps/curve/outputs/y") &&
                       Contains("1 of 3 differ: at most 3 absolute, 0.25 relative"));
  CHECK(text.find("outputs/x") == std::string::npos);
  CHECK_THAT(diff_text(diff, false), Contains("steps/curve/outputs/x  bitwise equal"));
}
