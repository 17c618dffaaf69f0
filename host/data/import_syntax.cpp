#include "data/import_syntax.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "core/suggest.hpp"

namespace ansatz::host {
namespace {

constexpr const char* array_syntax =
    "expected NAME=WHAT or NAME=WHAT:TYPE, like images=0:64:u8, labels=64, x=age,height:f32 or "
    "y=measure/rate";

[[noreturn]] void usage(const std::string& text) { throw Error{Exit::usage, text}; }

std::optional<ElementType> element_type_named(const std::string& name) {
  for (const ElementType type : {ElementType::f64, ElementType::f32, ElementType::i64, ElementType::i32,
                                 ElementType::u8, ElementType::boolean, ElementType::text}) {
    if (name_of(type) == name) return type;
  }
  return std::nullopt;
}

template <class T>
std::optional<T> number(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || at != end) return std::nullopt;
  return value;
}

Value parse_value(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  if (const auto integer = number<std::int64_t>(text)) return *integer;
  // A number begins with a digit: `inf`, `nan` and the like are words here.
  const auto first = text.find_first_not_of('-');
  if (first != std::string::npos && (text[first] == '.' || (text[first] >= '0' && text[first] <= '9'))) {
    if (const auto real = number<double>(text)) return *real;
  }
  return text;
}

std::size_t column_number(const std::string& text, const std::string& what, std::size_t most,
                          const std::vector<std::string>& names) {
  const auto found = number<std::size_t>(text);
  if (!found) {
    throw DataError{
        fmt::format("'{}': there is no column '{}'; {}", what, text, names_there_are(text, names))};
  }
  if (*found > most) {
    throw DataError{fmt::format("'{}': {} is beyond the last column; the file has {}, numbered from 0", what,
                                *found, names.size())};
  }
  return *found;
}

}  // namespace

void check_array_name(const std::string& name, const std::string& written) {
  const bool bad_part = ("/" + name + "/").find("//") != std::string::npos ||
                        ("/" + name + "/").find("/./") != std::string::npos ||
                        ("/" + name + "/").find("/../") != std::string::npos;
  if (bad_part || name.find('\0') != std::string::npos || name.find('@') != std::string::npos) {
    usage(fmt::format("'{}': '{}' cannot name an array; expected a name like images or train/images", written,
                      name));
  }
}

ArrayRequest parse_array_request(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) usage(fmt::format("--array '{}': has no '='; {}", text, array_syntax));
  ArrayRequest request{text, text.substr(0, equals), text.substr(equals + 1), std::nullopt};
  check_array_name(request.name, text);
  const auto colon = request.what.rfind(':');
  if (colon == std::string::npos) return request;
  const std::string last = request.what.substr(colon + 1);
  request.type = element_type_named(last);
  if (request.type) {
    request.what.erase(colon);
  } else if (last.find_first_not_of("0123456789") != std::string::npos) {
    usage(fmt::format("--array '{}': '{}' is no element type; {}", text, last,
                      names_there_are(last, {"f64", "f32", "i64", "i32", "u8", "bool", "text"})));
  }
  return request;
}

AttributeRequest parse_attribute_request(const std::string& text) {
  const auto equals = text.find('=');
  const std::string left = text.substr(0, equals);
  const auto at = left.find('@');
  AttributeRequest request{text,
                           at == std::string::npos ? "" : left.substr(0, at),
                           at == std::string::npos ? left : left.substr(at + 1),
                           {}};
  if (equals == std::string::npos || request.key.empty() || at == 0) {
    usage(
        fmt::format("--attribute '{}': expected KEY=VALUE or ARRAY@KEY=VALUE, like licence=\"CC BY 4.0\" or "
                    "images@height=8",
                    text));
  }
  request.value = parse_value(text.substr(equals + 1));
  return request;
}

ColumnRequest parse_columns(const std::string& what, const std::vector<std::string>& names) {
  ColumnRequest request;
  const auto named = [&](const std::string& name) -> std::optional<std::size_t> {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
  };
  if (const auto whole = named(what)) return {{*whole}, false};  // a name may hold commas and colons
  for (std::size_t begin = 0; begin <= what.size();) {
    const std::size_t end = std::min(what.find(',', begin), what.size());
    const std::string part = what.substr(begin, end - begin);
    const auto colon = part.find(':');
    if (const auto column = named(part)) {
      request.columns.push_back(*column);
    } else if (colon == std::string::npos) {
      request.columns.push_back(column_number(part, what, names.size() - 1, names));
    } else {
      const std::size_t first = column_number(part.substr(0, colon), what, names.size(), names);
      const std::size_t last = column_number(part.substr(colon + 1), what, names.size(), names);
      if (first >= last) throw DataError{fmt::format("'{}': the range {} holds no column", what, part)};
      for (std::size_t i = first; i < last; ++i) request.columns.push_back(i);
      request.matrix = true;
    }
    request.matrix = request.matrix || end < what.size();
    begin = end + 1;
  }
  return request;
}

}  // namespace ansatz::host
