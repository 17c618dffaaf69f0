#include "pipeline/values.hpp"

#include <fmt/core.h>

#include <cmath>

#include "pipeline/scalar.hpp"

namespace ansatz::host {

std::optional<std::int64_t> read_integer(const Node& node, const std::string& what,
                                         const std::string& expected, Report& report) {
  if (node.kind == Node::Kind::broken) return std::nullopt;
  if (node.kind == Node::Kind::null) {
    report.error(code::no_value, node, what + " has no value", expected);
    return std::nullopt;
  }
  const Scalar scalar = node.kind == Node::Kind::scalar ? read_scalar(node.text, node.quoted) : Scalar{};
  if (scalar.kind == Scalar::Kind::integer) return scalar.integer;
  if (scalar.kind == Scalar::Kind::doubtful && scalar.number) {
    report.error(code::number_spelling, node, fmt::format("{} is {}: {}", what, node.described(), scalar.why),
                 expected, scalar.spelling.empty() ? "" : "write " + scalar.spelling);
  } else {
    report.error(code::wrong_kind, node, fmt::format("{} is {}", what, node.described()), expected);
  }
  return std::nullopt;
}

std::optional<bool> read_boolean(const Node& node, const std::string& what, const std::string& expected,
                                 Report& report) {
  if (node.kind == Node::Kind::broken) return std::nullopt;
  if (node.kind == Node::Kind::null) {
    report.error(code::no_value, node, what + " has no value", expected);
    return std::nullopt;
  }
  const Scalar scalar = node.kind == Node::Kind::scalar ? read_scalar(node.text, node.quoted) : Scalar{};
  if (node.kind == Node::Kind::scalar && scalar.kind == Scalar::Kind::boolean) return scalar.boolean;
  const std::string meant = node.kind == Node::Kind::scalar ? boolean_meant(node.text) : "";
  report.error(meant.empty() ? code::wrong_kind : code::boolean_spelling, node,
               fmt::format("{} is {}", what, node.described()), expected,
               meant.empty() ? "" : "write " + meant);
  return std::nullopt;
}

std::optional<double> read_number(const Node& node, const std::string& what, const std::string& expected,
                                  Report& report) {
  if (node.kind == Node::Kind::broken) return std::nullopt;
  if (node.kind == Node::Kind::null) {
    report.error(code::no_value, node, what + " has no value", expected);
    return std::nullopt;
  }
  const Scalar scalar = node.kind == Node::Kind::scalar ? read_scalar(node.text, node.quoted) : Scalar{};
  const bool is_number = scalar.kind == Scalar::Kind::integer || scalar.kind == Scalar::Kind::real;
  if (is_number && !std::isnan(scalar.real)) return scalar.real;
  if (is_number) {
    report.error(code::out_of_range, node, what + " is not a number, which nothing can be compared with",
                 expected);
  } else if (scalar.kind == Scalar::Kind::doubtful && scalar.number) {
    report.error(code::number_spelling, node, fmt::format("{} is {}: {}", what, node.described(), scalar.why),
                 expected, scalar.spelling.empty() ? "" : "write " + scalar.spelling);
  } else {
    const std::string meant = node.kind == Node::Kind::scalar ? number_meant(node.text) : "";
    report.error(code::wrong_kind, node, fmt::format("{} is {}", what, node.described()), expected,
                 meant.empty() ? "" : "write " + meant);
  }
  return std::nullopt;
}

}  // namespace ansatz::host
