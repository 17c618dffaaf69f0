#include "pipeline/parameter.hpp"

#include <ansatz/abi.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "pipeline/scalar.hpp"

namespace ansatz::host {
namespace {

using Element = std::variant<bool, std::int64_t, double, std::string>;

// The checks of one parameter's value; every finding ends with the parameter's documentation.
class Checker {
 public:
  Checker(const ParameterInfo& parameter, Report& report) : parameter_{parameter}, report_{report} {}

  std::optional<Value> value(const Node& node) {
    if (node.kind == Node::Kind::list) return list(node);
    const auto element = scalar(node);
    if (!element) return std::nullopt;
    return std::visit([](const auto& x) -> Value { return x; }, *element);
  }

 private:
  [[nodiscard]] bool takes(int kind) const { return (parameter_.kinds & ANSATZ_BIT(kind)) != 0; }
  [[nodiscard]] bool takes_numbers() const { return takes(ANSATZ_KIND_INTEGER) || takes(ANSATZ_KIND_REAL); }

  std::nullopt_t fail(const char* code, const Node& node, const std::string& problem, std::string hint = {}) {
    report_.error(code, node, fmt::format("{} {}", parameter_.name, problem), documentation(parameter_),
                  std::move(hint));
    return std::nullopt;
  }

  std::optional<Element> scalar(const Node& node) {
    switch (node.kind) {
      case Node::Kind::broken: return std::nullopt;
      case Node::Kind::null:
        return fail(code::no_value, node, "has no value", "leave the key out to have the default");
      case Node::Kind::list:
      case Node::Kind::map: return fail(code::wrong_kind, node, fmt::format("is {}", node.described()));
      case Node::Kind::scalar: break;
    }
    const Scalar read = read_scalar(node.text, node.quoted);
    switch (read.kind) {
      case Scalar::Kind::boolean: return boolean(node, read);
      case Scalar::Kind::integer:
      case Scalar::Kind::real: return number(node, read);
      case Scalar::Kind::text: return text(node);
      case Scalar::Kind::doubtful: break;
    }
    return doubtful(node, read);
  }

  std::optional<Element> boolean(const Node& node, const Scalar& read) {
    if (takes(ANSATZ_KIND_BOOL)) return Element{read.boolean};
    if (takes(ANSATZ_KIND_TEXT)) return unquoted_text(node, "a boolean");
    return fail(code::wrong_kind, node, fmt::format("is {}, a boolean", node.text));
  }

  std::optional<Element> number(const Node& node, const Scalar& read) {
    if (!takes_numbers()) {
      if (takes(ANSATZ_KIND_TEXT)) return unquoted_text(node, "a number");
      return fail(code::wrong_kind, node, fmt::format("is {}, a number", in_quotes(node.text)),
                  takes(ANSATZ_KIND_BOOL) ? "write true or false" : "");
    }
    const bool is_integer = read.kind == Scalar::Kind::integer;
    if (!is_integer && !takes(ANSATZ_KIND_REAL)) {
      const bool whole = std::floor(read.real) == read.real && std::abs(read.real) < 1e15;
      return fail(code::wrong_kind, node,
                  fmt::format("is {}, a real, where an integer is expected", node.text),
                  whole ? fmt::format("write {:.0f}", read.real) : "");
    }
    // Written so that NaN fails.
    const bool low =
        parameter_.minimum_excluded ? read.real > parameter_.minimum : read.real >= parameter_.minimum;
    const bool high =
        parameter_.maximum_excluded ? read.real < parameter_.maximum : read.real <= parameter_.maximum;
    if (!low || !high) return fail(code::out_of_range, node, fmt::format("is {}, out of range", node.text));
    if (is_integer && takes(ANSATZ_KIND_INTEGER)) return Element{read.integer};
    return Element{read.real};
  }

  std::optional<Element> text(const Node& node) {
    if (!takes(ANSATZ_KIND_TEXT)) return text_for_other(node);
    const auto& choices = parameter_.choices;
    if (choices.empty() || is_choice(node.text)) return Element{node.text};
    const std::string number = node.quoted || !takes_numbers() ? "" : number_meant(node.text);
    return fail(code::not_a_choice, node, fmt::format("is {}", in_quotes(node.text)),
                report_.suggest(node.text, choices, number.empty() ? "" : fmt::format("write {}", number)));
  }

  // A text where only booleans or numbers fit.
  std::optional<Element> text_for_other(const Node& node) {
    const std::string what = fmt::format("is {}", in_quotes(node.text));
    const std::string meant = takes(ANSATZ_KIND_BOOL) ? boolean_meant(node.text) : "";
    if (!meant.empty()) {
      return fail(code::boolean_spelling, node, what + (node.quoted ? " in quotes, a text" : ", a text"),
                  "write " + meant);
    }
    const Scalar unquoted = read_scalar(node.text, false);
    const bool quoted_number = unquoted.kind == Scalar::Kind::integer || unquoted.kind == Scalar::Kind::real;
    if (node.quoted && quoted_number && takes_numbers()) {
      return fail(code::wrong_kind, node, what + " in quotes, a text", "remove the quotes");
    }
    const std::string number = takes_numbers() ? number_meant(node.text) : "";
    return fail(code::wrong_kind, node, what + ", a text", number.empty() ? "" : "write " + number);
  }

  std::optional<Element> unquoted_text(const Node& node, const char* reads_as) {
    if (is_choice(node.text)) return Element{node.text};
    return fail(code::needs_quotes, node,
                fmt::format("is a text, and {} reads as {}", in_quotes(node.text), reads_as),
                parameter_.choices.empty() ? fmt::format("write \"{}\"", clean(node.text))
                                           : report_.suggest(node.text, parameter_.choices));
  }

  std::optional<Element> doubtful(const Node& node, const Scalar& read) {
    if (is_choice(node.text)) return Element{node.text};
    const bool expected = read.number ? takes_numbers() : takes(ANSATZ_KIND_BOOL);
    if (!expected && takes(ANSATZ_KIND_TEXT))
      return unquoted_text(node, read.number ? "a number" : "a boolean");
    return fail(read.number ? code::number_spelling : code::boolean_spelling, node,
                fmt::format("is {}: {}", in_quotes(node.text), read.why),
                read.spelling.empty() ? "" : "write " + read.spelling);
  }

  [[nodiscard]] bool is_choice(const std::string& text) const {
    return takes(ANSATZ_KIND_TEXT) &&
           std::find(parameter_.choices.begin(), parameter_.choices.end(), text) != parameter_.choices.end();
  }

  std::optional<Value> list(const Node& node) {
    if (!takes(ANSATZ_KIND_LIST))
      return fail(code::wrong_kind, node, "is a list, where one value is expected");
    std::vector<Element> elements;
    bool good = true;
    for (const Node& item : node.items) {
      if (auto element = scalar(item)) {
        elements.push_back(std::move(*element));
      } else {
        good = false;
      }
    }
    if (!good) return std::nullopt;
    const bool integers_only = std::all_of(elements.begin(), elements.end(), [](const Element& element) {
      return std::holds_alternative<std::int64_t>(element);
    });
    if (!integers_only) {  // [1, 2.5] is a list of reals
      for (Element& element : elements) {
        if (const auto* integer = std::get_if<std::int64_t>(&element))
          element = static_cast<double>(*integer);
      }
    }
    if (elements.empty()) return empty_list();
    return std::visit(
        [&]<class T>(const T&) -> std::optional<Value> {
          std::vector<T> values;
          for (const Element& element : elements) {
            const T* value = std::get_if<T>(&element);
            if (value == nullptr) return fail(code::wrong_kind, node, "is a list of several kinds of values");
            values.push_back(*value);
          }
          return Value{std::move(values)};
        },
        elements.front());
  }

  [[nodiscard]] Value empty_list() const {
    if (takes(ANSATZ_KIND_REAL)) return std::vector<double>{};
    if (takes(ANSATZ_KIND_INTEGER)) return std::vector<std::int64_t>{};
    if (takes(ANSATZ_KIND_TEXT)) return std::vector<std::string>{};
    return std::vector<bool>{};
  }

  const ParameterInfo& parameter_;
  Report& report_;
};

}  // namespace

std::optional<Value> check_parameter(const Node& node, const ParameterInfo& parameter, Report& report) {
  return Checker{parameter, report}.value(node);
}

std::string documentation(const ParameterInfo& parameter) {
  std::string text = fmt::format("{}: {}", parameter.name, parameter.expectation());
  text += parameter.initial ? fmt::format(" (default {})", to_text(*parameter.initial)) : " (required)";
  if (!parameter.text.empty()) text += ": " + parameter.text;
  const bool has_unit = !parameter.unit.empty() && parameter.unit != "dimensionless";
  return has_unit ? text + " [" + parameter.unit + "]" : text;
}

}  // namespace ansatz::host
