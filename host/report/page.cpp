#include "report/page.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/dims.hpp"
#include "core/error.hpp"
#include "report/archive_view.hpp"
#include "report/draw_figure.hpp"
#include "report/hint.hpp"
#include "report/svg.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t most_points = 100, most_columns = 12, longest_cell = 80;

constexpr const char* head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{}</title>
<style>
body {{ font: 15px/1.45 Helvetica, Arial, sans-serif; color: #222; max-width: 1180px; margin: 2em auto; padding: 0 1em }}
h1 {{ font-size: 1.5em; margin: 1.2em 0 0.2em }} h2 {{ font-size: 1.15em; margin: 1.6em 0 0.5em }}
table {{ border-collapse: collapse; margin: 0.4em 0 }}
th, td {{ text-align: left; padding: 0.2em 0.9em 0.2em 0; border-bottom: 1px solid #e4e4e4; vertical-align: top }}
th {{ font-weight: 600; border-bottom-color: #999 }} .number {{ text-align: right; font-variant-numeric: tabular-nums }}
code {{ font-size: 0.88em }} .faint {{ color: #777; font-size: 0.88em }}
.holds, .done {{ color: #00704f }} .fails, .failed {{ color: #b3261e; font-weight: 600 }} .unknown, .skipped {{ color: #8a6d00 }}
figure {{ display: inline-block; margin: 0 1.5em 1.5em 0; vertical-align: top }}
figcaption {{ color: #777; font-size: 0.85em }} svg {{ max-width: 100%; height: auto }}
</style></head><body>
)";

bool is_number(const std::string& text) {
  return !text.empty() && (text.find_first_not_of("0123456789.+-eE") == std::string::npos ||
                           text.starts_with("−") || text.find("×10") != std::string::npos);
}

std::string html_table(const Table& table) {
  std::string html = "<table><tr>";
  for (const std::string& name : table.head) html += fmt::format("<th>{}</th>", escaped(name));
  html += "</tr>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (const std::string& cell : row)
      html += fmt::format("<td{}>{}</td>", is_number(cell) ? " class=\"number\"" : "",
                          escaped(shortened(cell, longest_cell)));
    html += "</tr>\n";
  }
  html += "</table>\n";
  return table.note.empty() ? html : html + fmt::format("<p class=\"faint\">{}</p>\n", escaped(table.note));
}

class Section {
 public:
  explicit Section(const std::filesystem::path& file, ReportPage& page) : archive_{file}, page_{page} {
    name_ = attribute_label(archive_.outline(), "name");
  }

  void add() {
    add_head();
    add_claims();
    add_figures();
    if (archive_.points() > 0) add_points();
    add_steps();
    add_outputs();
  }

 private:
  void say(const std::string& html) { page_.html += html; }

  void add_head() {
    const Tree& tree = archive_.outline();
    const std::string status = attribute_label(tree, "status");
    say(
        fmt::format("<h1>{}</h1>\n<p><span class=\"{}\">{}</span>, seed {}{}, run <code>{}</code><br>"
                    "<span class=\"faint\">{} · content <code>{}</code></span></p>\n",
                    escaped(name_), escaped(status), escaped(status), escaped(attribute_label(tree, "seed")),
                    archive_.points() > 0 ? fmt::format(", {} points", archive_.points()) : "",
                    escaped(attribute_label(tree, "run_id")), escaped(archive_.file().filename().string()),
                    escaped(attribute_label(tree, "content_sha256").substr(0, 16))));
  }

  void add_claims() {
    const Tree* claims = archive_.outline().find_tree("claims");
    if (claims == nullptr || claims->children().empty()) return;
    say("<h2>Claims</h2>\n<table><tr><th>verdict</th><th>claim</th><th>value</th><th>because</th></tr>\n");
    for (const auto& [index, node] : claims->children()) {
      const Tree* claim = std::get_if<Tree>(node.get());
      if (claim == nullptr) continue;
      const std::string verdict = attribute_label(*claim, "verdict");
      std::string text = attribute_label(*claim, "that");
      if (claim->attributes.contains("at_least")) text += " ≥ " + number(*claim, "at_least");
      if (claim->attributes.contains("at_most")) text += " ≤ " + number(*claim, "at_most");
      if (claim->attributes.contains("equals"))
        text += fmt::format(" = {} ± {}", number(*claim, "equals"), number(*claim, "within"));
      std::string value = number(*claim, "value");
      if (claim->attributes.contains("points_that_hold"))
        value = fmt::format("holds in {} of {} points", attribute_label(*claim, "points_that_hold"),
                            archive_.points());
      say(fmt::format("<tr><td class=\"{0}\">{0}</td><td>{1}</td><td>{2}</td><td>{3}</td></tr>\n",
                      escaped(verdict), escaped(text), escaped(value),
                      escaped(attribute_label(*claim, "because"))));
    }
    say("</table>\n");
  }

  static std::string number(const Tree& tree, const std::string& name) {
    const auto found = tree.attributes.find(name);
    if (found == tree.attributes.end()) return "";
    const auto* real = std::get_if<double>(&found->second);
    if (real != nullptr && std::isnan(*real)) return "";
    return real == nullptr ? to_text(found->second) : element_label(Array::scalar(*real), 0);
  }

  void add_figures() {
    const Array* text = archive_.outline().find_array("pipeline/report");
    if (text == nullptr || text->type != ElementType::text || text->count() != 1) return;
    const auto list = nlohmann::ordered_json::parse(text->text(0), nullptr, false);
    if (!list.is_array() || list.empty()) return;
    say("<h2>Pictures</h2>\n");
    std::size_t index = 0;
    for (const auto& json : list) add_figure(json, index++);
  }

  void add_figure(const nlohmann::ordered_json& json, std::size_t index) {
    try {
      const Figure figure = figure_from_json(json);
      if (figure.plot == "table") {
        say(figure.title.empty() ? "" : fmt::format("<p><b>{}</b></p>\n", escaped(figure.title)));
        say(html_table(table_of(figure, archive_)));
      } else {
        add_picture(fmt::format("figure-{}", index), draw_figure(figure, archive_), "");
      }
    } catch (const std::exception& e) {
      say(fmt::format("<p class=\"unknown\">Picture {} of <code>report:</code> cannot be drawn: {}.</p>\n",
                      index, escaped(e.what())));
    }
  }

  void add_picture(const std::string& name, const std::string& svg, const std::string& caption) {
    page_.pictures.push_back({name_ + "-" + name, svg});
    say(fmt::format("<figure>\n{}{}</figure>\n", svg,
                    caption.empty() ? "" : fmt::format("<figcaption>{}</figcaption>\n", escaped(caption))));
  }

  // /summary as a table, the first columns of it.
  void add_points() {
    const Tree* summary = archive_.outline().find_tree("summary");
    if (summary == nullptr) return;
    Table table;
    std::vector<const Array*> columns;
    for (const auto& [name, node] : summary->children()) {
      const Array* column = archive_.column(name);
      if (column == nullptr || columns.size() >= most_columns) continue;
      table.head.push_back(name), columns.push_back(column);
    }
    for (std::size_t i = 0; i < std::min(archive_.points(), most_points); ++i) {
      auto& row = table.rows.emplace_back();
      for (const Array* column : columns) row.push_back(element_label(*column, i));
    }
    if (archive_.points() > most_points)
      table.note =
          fmt::format("the first {} of {} points; all are in /summary", most_points, archive_.points());
    say("<h2>Points</h2>\n" + html_table(table));
  }

  void add_steps() {
    const Tree* steps = first_steps();
    if (steps == nullptr) return;
    const Tree* timeline = archive_.outline().find_tree("timeline");
    Table table{{"step", "does", "status", "parameters", "wall s", "key"}, {}, ""};
    for (const auto& [id, node] : steps->children()) {
      const Tree* step = std::get_if<Tree>(node.get());
      if (step == nullptr) continue;
      const Tree* times = timeline == nullptr ? nullptr : timeline->find_tree(id);
      std::string params;
      if (const Tree* group = step->find_tree("params")) {
        for (const auto& [name, value] : group->attributes)
          params += fmt::format("{}{}={}", params.empty() ? "" : ", ", name, to_text(value));
      }
      table.rows.push_back({id, attribute_label(*step, "do"), attribute_label(*step, "status"), params,
                            times == nullptr ? "" : number(*times, "wall_s"),
                            attribute_label(*step, "key").substr(0, 12)});
      if (const Array* failure = step->find_array("failure");
          failure != nullptr && failure->type == ElementType::text)
        table.rows.push_back({"", failure->text(0), "", "", "", ""});
    }
    say(archive_.points() > 0 ? "<h2>Steps of point 0</h2>\n" : "<h2>Steps</h2>\n");
    say(html_table(table));
  }

  [[nodiscard]] const Tree* first_steps() const {
    return archive_.outline().find_tree(archive_.points() > 0 ? "points/0/steps" : "steps");
  }

  // Every output whose port said how to look at it.
  void add_outputs() {
    const Tree* steps = first_steps();
    if (steps == nullptr) return;
    bool any = false;
    for (const auto& [id, node] : steps->children()) {
      const Tree* step = std::get_if<Tree>(node.get());
      const Tree* outputs = step == nullptr ? nullptr : step->find_tree("outputs");
      if (outputs == nullptr) continue;
      for (const auto& [name, output] : outputs->children()) {
        const Array* array = std::get_if<Array>(output.get());
        if (array == nullptr || !array->attributes.contains("picture")) continue;
        if (!any) say(archive_.points() > 0 ? "<h2>Outputs of point 0</h2>\n" : "<h2>Outputs</h2>\n");
        any = true;
        add_output(id, name, *array);
      }
    }
  }

  void add_output(const std::string& step, const std::string& name, const ArrayInfo& info) {
    const std::string reference = step + "." + name;
    const auto array = archive_.find(reference, 0, rows_for_hint(info));
    const std::uint64_t rows = info.shape.empty() ? 1 : info.shape[0];
    const std::string caption =
        fmt::format("{} · {} · {}", reference, name_of(info.type), shape_text(info.shape));
    const std::string svg = array ? draw_by_hint(*array, reference, rows) : "";
    if (!svg.empty()) {
      add_picture(step + "-" + name, svg, caption);
    } else if (array && array->shape.size() <= 2 && array->count() > 0) {
      say(fmt::format("<p>{}</p>\n", escaped(caption)) + html_table(array_table(*array)));
    }
  }

  static Table array_table(const Array& array) {
    Table table;
    const std::uint64_t rows = array.shape.empty() ? 1 : array.shape[0], columns = array.count() / rows;
    const std::uint64_t shown_rows = std::min<std::uint64_t>(rows, most_points),
                        shown = std::min<std::uint64_t>(columns, most_columns);
    for (std::uint64_t j = 0; j < shown; ++j)
      table.head.push_back(columns == 1 ? "value" : std::to_string(j));
    for (std::uint64_t i = 0; i < shown_rows; ++i) {
      auto& row = table.rows.emplace_back();
      for (std::uint64_t j = 0; j < shown; ++j) row.push_back(element_label(array, i * columns + j));
    }
    if (shown_rows < rows || shown < columns)
      table.note = fmt::format("{} rows and {} columns in all", rows, columns);
    return table;
  }

  ArchiveView archive_;
  ReportPage& page_;
  std::string name_;
};

}  // namespace

ReportPage report_page(const std::vector<std::filesystem::path>& archives) {
  ReportPage page;
  const std::string title =
      archives.size() == 1 ? archives[0].stem().string() : fmt::format("{} runs", archives.size());
  page.html = fmt::format(head, escaped(title));
  for (const std::filesystem::path& file : archives) Section{file, page}.add();
  page.html += "</body></html>\n";
  return page;
}

}  // namespace ansatz::host
