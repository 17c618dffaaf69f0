// --set: values put into the tree as if they stood in the file, but without a place.
#include <fmt/core.h>

#include <utility>

#include "pipeline/document.hpp"
#include "pipeline/draft.hpp"

namespace ansatz::host {
namespace {

constexpr const char* form = "step.parameter=value, seed=3 or name=text";

void mark(Node& node, const std::string& override_text) {
  node.place = {};
  node.override_text = &override_text;
  for (Node& item : node.items) mark(item, override_text);
  for (Entry& entry : node.entries) {
    entry.place = {};
    mark(entry.value, override_text);
  }
}

void put(Node& map, const std::string& key, Node value) {
  if (Node* old = map.find(key)) {
    *old = std::move(value);
  } else {
    map.entries.push_back({key, {}, std::move(value)});
  }
}

void set_parameter(Node& root, const std::string& target, Node value, const std::string& text,
                   Report& report) {
  const auto dot = target.find('.');
  const std::string id = target.substr(0, dot), parameter = target.substr(dot + 1);
  Node* steps = root.find("steps");
  if (steps == nullptr || steps->kind != Node::Kind::map) return;  // reported with the file
  Node* step = steps->find(id);
  if (step == nullptr) {
    std::vector<std::string> names;
    for (const Entry& entry : steps->entries) names.push_back(entry.key);
    return report.error(code::unknown_override, Location{},
                        fmt::format("--set {}: there is no step {}", in_quotes(text), in_quotes(id)),
                        "one of " + listed(names), report.suggest(id, names));
  }
  if (step->kind != Node::Kind::map) return;
  Node* with = step->find("with");
  if (with == nullptr) {
    Node empty;
    empty.kind = Node::Kind::map;
    empty.place = step->place;
    step->entries.push_back({"with", step->place, std::move(empty)});
    with = &step->entries.back().value;
  }
  if (with->kind == Node::Kind::null) with->kind = Node::Kind::map;  // `with:` and nothing behind it
  if (with->kind == Node::Kind::map) put(*with, parameter, std::move(value));
}

void apply(Node& root, const std::string& text, Report& report) {
  const auto equals = text.find('=');
  const std::string target = text.substr(0, equals);
  const bool top = target == "seed" || target == "name";
  const auto dot = target.find('.');
  const bool has_parts = dot != std::string::npos && dot > 0 && dot + 1 < target.size();
  if (equals == std::string::npos || !(top || has_parts)) {
    const std::vector<std::string> keys{"seed", "name"};
    return report.error(code::bad_override, Location{},
                        fmt::format("--set {} cannot be read", in_quotes(text)), form,
                        report.suggest(target, keys));
  }
  Diagnostics findings;
  const std::string written = text.substr(equals + 1);
  Node value;
  if (written.find_first_not_of(" \t\r\n") != std::string::npos) {
    const auto parsed = parse_document(written, findings);
    for (const Diagnostic& finding : findings.list()) {
      report.error(code::bad_override, Location{},
                   fmt::format("--set {}: {}", in_quotes(text), finding.message), form, finding.hint);
    }
    if (findings.failed()) return;
    if (parsed) value = *parsed;
  }
  mark(value, text);
  if (top) return put(root, target, std::move(value));
  set_parameter(root, target, std::move(value), text, report);
}

}  // namespace

void apply_overrides(Node& root, const std::vector<std::string>& overrides, Report& report) {
  if (root.kind != Node::Kind::map) return;  // reported with the file
  for (const std::string& text : overrides) apply(root, text, report);
}

}  // namespace ansatz::host
