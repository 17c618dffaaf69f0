#include "report/show.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/dims.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t most_rows = 40, most_columns = 16, most_json = 1000;
constexpr std::size_t longest_text = 100;

std::string clipped(std::string text) {
  const auto line = text.find('\n');
  if (line == std::string::npos && text.size() <= longest_text) return text;
  return text.substr(0, std::min(line, longest_text)) + " ...";
}

std::string element_text(const Array& array, std::uint64_t index) {
  switch (array.type) {
    case ElementType::text: return clipped(array.text(index));
    case ElementType::boolean: return array.number(index) != 0 ? "true" : "false";
    case ElementType::f64:
    case ElementType::f32: return fmt::format("{:.6g}", array.number(index));
    default: return fmt::format("{:.0f}", array.number(index));
  }
}

// "f64  449 x 10  (n, d)".
std::string array_title(const Array& array) {
  std::string text = fmt::format("{}  {}", name_of(array.type), shape_text(array.shape));
  if (!array.dims.empty()) text += fmt::format("  ({})", fmt::join(array.dims, ", "));
  return text;
}

void add_tree(std::string& text, const Tree& tree, const std::string& indent) {
  for (const auto& [name, value] : tree.attributes) {
    text += fmt::format("{}@{} = {}\n", indent, name, clipped(to_text(value)));
  }
  for (const auto& [name, node] : tree.children()) {
    if (const Tree* group = std::get_if<Tree>(node.get())) {
      text += fmt::format("{}{}/\n", indent, name);
      add_tree(text, *group, indent + "  ");
      continue;
    }
    const Array& array = std::get<Array>(*node);
    const bool scalar = array.shape.empty();
    text += fmt::format("{}{}  {}{}\n", indent, name, array_title(array),
                        scalar ? "  = " + element_text(array, 0) : "");
  }
}

std::string attribute(const Tree& tree, const std::string& name) {
  const auto found = tree.attributes.find(name);
  return found == tree.attributes.end() ? "" : to_text(found->second);
}

// A run's archive in a few lines.
std::string summary(const Tree& tree) {
  std::string text =
      fmt::format("run {} ({}): {}, seed {}\n\n", attribute(tree, "name"), attribute(tree, "run_id"),
                  attribute(tree, "status"), attribute(tree, "seed"));
  for (const auto& [id, node] : tree.at("steps").children()) {
    const Tree& step = std::get<Tree>(*node);
    text += fmt::format("  {:<12} {:<36} {}\n", id, attribute(step, "do"), attribute(step, "status"));
    if (const Array* failure = step.find_array("failure")) text += "    " + clipped(failure->text(0)) + "\n";
  }
  for (const auto& [id, node] : tree.at("claims").children()) {
    const Tree& claim = std::get<Tree>(*node);
    text += fmt::format("  claim {}: {} is {}\n", attribute(claim, "verdict"), attribute(claim, "that"),
                        attribute(claim, "value"));
  }
  return text + "\n";
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
  for (const auto& [name, value] : array.attributes) text += fmt::format("@{} = {}\n", name, to_text(value));
  if (array.type == ElementType::text && array.shape.empty()) return text + array.text(0) + "\n";
  const std::uint64_t rows = array.shape.empty() ? 1 : array.shape[0];
  const std::uint64_t columns = rows == 0 ? 0 : array.count() / rows;
  const std::uint64_t shown_rows = std::min(rows, most_rows), shown_columns = std::min(columns, most_columns);
  std::vector<std::string> cells;
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

nlohmann::ordered_json show_json(const Tree& tree) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : tree.attributes) json["@" + name] = to_json(value);
  for (const auto& [name, node] : tree.children()) {
    if (const Tree* group = std::get_if<Tree>(node.get())) {
      json[name] = show_json(*group);
      continue;
    }
    const Array& array = std::get<Array>(*node);
    nlohmann::ordered_json entry = {
        {"type", name_of(array.type)}, {"shape", array.shape}, {"dims", array.dims}};
    for (const auto& [attribute_name, value] : array.attributes) entry["@" + attribute_name] = to_json(value);
    if (array.count() <= most_json) {
      nlohmann::ordered_json values = nlohmann::ordered_json::array();
      for (std::uint64_t i = 0; i < array.count(); ++i) {
        values.push_back(array.type == ElementType::text ? nlohmann::ordered_json(array.text(i))
                                                         : to_json(Value{array.number(i)}));
      }
      entry["values"] = values;
    }
    json[name] = entry;
  }
  return json;
}

}  // namespace ansatz::host
