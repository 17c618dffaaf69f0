#include "pipeline/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/suggest.hpp"
#include "pipeline/scalar.hpp"

namespace ansatz::host {
namespace {

// Hints cost time: nobody reads the hundredth, and no honest pipeline has a thousand names.
constexpr std::size_t most_hints = 100, most_candidates = 1000;

}  // namespace

void Report::error(const char* code, Location place, std::string message, std::string expected,
                   std::string hint) {
  diagnostics_.add({code, place, std::move(message), std::move(expected), std::move(hint)});
}

void Report::error(const char* code, const Node& node, std::string message, std::string expected,
                   std::string hint) {
  if (node.override_text == nullptr) {
    return error(code, node.place, std::move(message), std::move(expected), std::move(hint));
  }
  message = fmt::format("--set {}: {}", in_quotes(*node.override_text), message);
  error(code, Location{}, std::move(message), std::move(expected), std::move(hint));
}

void Report::warning(const char* code, Location place, std::string message, std::string expected,
                     std::string hint) {
  diagnostics_.add({code, place, std::move(message), std::move(expected), std::move(hint), true});
}

std::string Report::suggest(const std::string& word, const std::vector<std::string>& candidates,
                            const std::string& otherwise) {
  // {do:verb} is the key 'do:verb' without a value.
  if (word.find(':') != std::string::npos) return "write a space behind the ':'";
  if (diagnostics_.list().size() >= most_hints || candidates.size() > most_candidates) return otherwise;
  const std::string meant = did_you_mean(word, candidates);
  return meant.empty() ? otherwise : fmt::format("did you mean {}?", in_quotes(meant));
}

bool Report::is_map(const Node& node, const std::string& what, const std::string& expected) {
  if (node.kind == Node::Kind::map) return true;
  if (node.kind != Node::Kind::broken) {
    error(node.kind == Node::Kind::null ? code::no_value : code::wrong_shape, node,
          fmt::format("{} is {}", what, node.described()), expected);
  }
  return false;
}

bool Report::is_list(const Node& node, const std::string& what, const std::string& expected) {
  if (node.kind == Node::Kind::list) return true;
  if (node.kind != Node::Kind::broken) {
    error(node.kind == Node::Kind::null ? code::no_value : code::wrong_shape, node,
          fmt::format("{} is {}", what, node.described()), expected);
  }
  return false;
}

const std::string* Report::text(const Node& node, const std::string& what, const std::string& expected) {
  if (node.kind == Node::Kind::broken) return nullptr;
  if (node.kind == Node::Kind::null || (node.kind == Node::Kind::scalar && node.text.empty())) {
    error(code::no_value, node, fmt::format("{} has no value", what), expected);
    return nullptr;
  }
  if (node.kind != Node::Kind::scalar) {
    error(code::wrong_shape, node, fmt::format("{} is {}", what, node.described()), expected);
    return nullptr;
  }
  const Scalar scalar = read_scalar(node.text, node.quoted);
  if (scalar.kind != Scalar::Kind::text) {
    const bool number =
        scalar.kind == Scalar::Kind::integer || scalar.kind == Scalar::Kind::real || scalar.number;
    error(code::needs_quotes, node,
          fmt::format("{} is a text, and {} reads as {}", what, node.described(),
                      number ? "a number" : "a boolean"),
          expected, fmt::format("write \"{}\"", clean(node.text)));
    return nullptr;
  }
  return &node.text;
}

void Report::check_keys(const Node& map, const std::string& what, const std::vector<std::string>& keys) {
  for (const Entry& entry : map.entries) {
    if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
    error(code::unknown_key, entry.place, fmt::format("{} has no key {}", what, in_quotes(entry.key)),
          keys.empty() ? "no keys" : "one of " + listed(keys), suggest(entry.key, keys));
  }
}

}  // namespace ansatz::host
