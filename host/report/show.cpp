#include "report/show.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/dims.hpp"
#include "core/text.hpp"
#include "report/picture.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t most_rows = 40, most_columns = 16, most_json = 1000, most_inline = 6;
constexpr std::uint64_t small_table = 16;  // rows and columns up to which numbers say more than shades
constexpr std::size_t longest_text = 100;

// The first line, or as much of it as is worth showing in a list.
std::string first_line(const std::string& text) {
  const std::string safe = clean(text);
  const std::string shown = clipped(safe.substr(0, safe.find('\n')), longest_text);
  return shown.size() == safe.size() ? shown : shown + " ...";
}

std::string element_text(const Array& array, std::uint64_t index) {
  switch (array.type) {
    case ElementType::text: return first_line(array.text(index));
    case ElementType::boolean: return array.number(index) != 0 ? "true" : "false";
    case ElementType::f64:
    case ElementType::f32: return fmt::format("{:.6g}", array.number(index));
    default: return fmt::format("{:.0f}", array.number(index));
  }
}

// "f64  449 x 10  (n, d)".
std::string array_title(const Array& array) {
  std::string text = fmt::format("{}  {}", name_of(array.type), shape_text(array.shape));
  if (!array.dims.empty()) text += first_line(fmt::format("  ({})", fmt::join(array.dims, ", ")));
  return text;
}

// An outline of a large file leaves elements out.
bool has_elements(const Array& array) { return array.data.size() >= array.bytes(); }

// "  = 0.5" of a scalar, "  = 1 2 3 ..." of a list.
std::string first_elements(const Array& array) {
  const auto unreadable = array.attributes.find("unreadable");
  if (unreadable != array.attributes.end())
    return fmt::format("  ({})", first_line(to_text(unreadable->second)));
  if (!has_elements(array) || array.shape.size() > 1 || array.count() == 0) return "";
  std::string text = "  =";
  for (std::uint64_t i = 0; i < std::min(array.count(), most_inline); ++i) {
    text += fmt::format(" {}", element_text(array, i));
  }
  return array.count() > most_inline ? text + " ..." : text;
}

void add_tree(std::string& text, const Tree& tree, const std::string& indent) {
  for (const auto& [name, value] : tree.attributes) {
    text += fmt::format("{}@{} = {}\n", indent, first_line(name), first_line(to_text(value)));
  }
  for (const auto& [name, node] : tree.children()) {
    if (const Tree* group = std::get_if<Tree>(node.get())) {
      text += fmt::format("{}{}/\n", indent, first_line(name));
      add_tree(text, *group, indent + "  ");
      continue;
    }
    const Array& array = std::get<Array>(*node);
    text += fmt::format("{}{}  {}{}\n", indent, first_line(name), array_title(array), first_elements(array));
    for (const auto& [attribute_name, value] : array.attributes) {
      if (attribute_name == "unreadable") continue;
      text += fmt::format("{}  @{} = {}\n", indent, first_line(attribute_name), first_line(to_text(value)));
    }
  }
}

std::string attribute(const Tree& tree, const std::string& name) {
  const auto found = tree.attributes.find(name);
  return found == tree.attributes.end() ? "" : first_line(to_text(found->second));
}

// A run's archive in a few lines.
std::string summary(const Tree& tree) {
  std::string text =
      fmt::format("run {} ({}): {}, seed {}\n\n", attribute(tree, "name"), attribute(tree, "run_id"),
                  attribute(tree, "status"), attribute(tree, "seed"));
  for (const auto& [id, node] : tree.at("steps").children()) {
    const Tree* step = std::get_if<Tree>(node.get());
    if (step == nullptr) continue;
    text += fmt::format("  {:<12} {:<36} {}\n", first_line(id), attribute(*step, "do"),
                        attribute(*step, "status"));
    const Array* failure = step->find_array("failure");
    if (failure != nullptr && failure->type == ElementType::text && failure->shape.empty() &&
        has_elements(*failure))
      text += fmt::format("    {}\n", first_line(failure->text(0)));
  }
  for (const auto& [id, node] : tree.at("claims").children()) {
    const Tree* claim = std::get_if<Tree>(node.get());
    if (claim == nullptr) continue;
    text += fmt::format("  claim {}: {}", attribute(*claim, "verdict"), attribute(*claim, "that"));
    const std::string value = attribute(*claim, "value"), points = attribute(*claim, "points_that_hold");
    if (!value.empty()) text += " is " + value;
    if (!points.empty()) text += fmt::format(", holds in {} points", points);
    text += "\n";
  }
  return text + "\n";
}

// A row of the table is a row of the first dimension.
std::string table(const Array& array, std::uint64_t rows, std::uint64_t columns) {
  const std::uint64_t shown_rows = std::min(rows, most_rows), shown_columns = std::min(columns, most_columns);
  std::vector<std::string> cells;
  std::string text;
  std::size_t width = 1;
  for (std::uint64_t i = 0; i < shown_rows; ++i) {
    for (std::uint64_t j = 0; j < shown_columns; ++j) {
      cells.push_back(element_text(array, i * columns + j));
      width = std::max(width, cells.back().size());
    }
  }
  for (std::uint64_t i = 0; i < shown_rows; ++i) {
    for (std::uint64_t j = 0; j < shown_columns; ++j) {
      text += fmt::format("{}{:>{}}", j == 0 ? "" : " ", cells[i * shown_columns + j], width);
    }
    text += shown_columns < columns ? " ...\n" : "\n";
  }
  return shown_rows < rows ? text + fmt::format("... {} rows in all\n", rows) : text;
}

bool wants_curve(const Array& array) {
  const auto hint = array.attributes.find("picture");
  return hint != array.attributes.end() &&
         (hint->second == Value{std::string{"line"}} || hint->second == Value{std::string{"scatter"}});
}

nlohmann::ordered_json element_json(const Array& array, std::uint64_t index) {
  switch (array.type) {
    case ElementType::text: return array.text(index);
    case ElementType::boolean: return array.number(index) != 0;
    case ElementType::i64: return array.as<std::int64_t>()[index];
    case ElementType::f64:
    case ElementType::f32: return to_json(Value{array.number(index)});
    default: return static_cast<std::int64_t>(array.number(index));
  }
}

}  // namespace

std::string show_tree(const Tree& tree) {
  const bool run = attribute(tree, "format") == "ansatz-run" && tree.find_tree("steps") != nullptr &&
                   tree.find_tree("claims") != nullptr;
  std::string text = run ? summary(tree) : "";
  add_tree(text, tree, "");
  return text;
}

std::string show_array(const Array& array) {
  std::string text = array_title(array) + "\n";
  for (const auto& [name, value] : array.attributes)
    text += fmt::format("@{} = {}\n", first_line(name), clean(to_text(value)));
  if (!has_elements(array)) return text;
  if (array.type == ElementType::text && array.shape.empty()) return text + clean(array.text(0)) + "\n";
  const std::uint64_t rows = array.shape.empty() ? 1 : array.shape[0];
  const std::uint64_t columns = rows == 0 ? 0 : array.count() / rows;
  const bool matrix = array.shape.size() == 2 && rows <= small_table && columns <= small_table;
  const std::string picture = matrix && !wants_curve(array) ? "" : picture_of(array);
  if (!picture.empty()) return text + picture;
  return text + table(array, rows, columns);
}

nlohmann::ordered_json show_json(const Array& array) {
  nlohmann::ordered_json json = {{"type", name_of(array.type)}, {"shape", array.shape}, {"dims", array.dims}};
  for (const auto& [name, value] : array.attributes) json["@" + name] = to_json(value);
  if (array.count() <= most_json && has_elements(array)) {
    nlohmann::ordered_json values = nlohmann::ordered_json::array();
    for (std::uint64_t i = 0; i < array.count(); ++i) values.push_back(element_json(array, i));
    json["values"] = values;
  }
  return json;
}

nlohmann::ordered_json show_json(const Tree& tree) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : tree.attributes) json["@" + name] = to_json(value);
  for (const auto& [name, node] : tree.children()) {
    if (const Tree* group = std::get_if<Tree>(node.get())) {
      json[name] = show_json(*group);
      continue;
    }
    json[name] = show_json(std::get<Array>(*node));
  }
  return json;
}

}  // namespace ansatz::host
