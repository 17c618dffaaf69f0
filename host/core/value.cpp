#include "core/value.hpp"

#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

std::string real_text(double x) {
  if (!std::isfinite(x)) return std::isnan(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const std::string text = fmt::format("{}", x);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

Json real_json(double x) {
  if (std::isfinite(x)) return x;
  return Json{{"real", real_text(x)}};
}

double real_from(const Json& json) {
  if (!json.is_object()) return json.get<double>();
  const std::string text = json.at("real");
  if (text == "nan") return std::nan("");
  return text == "inf" ? HUGE_VAL : -HUGE_VAL;
}

bool is_real(const Json& json) {
  return json.is_number_float() || (json.is_object() && json.contains("real"));
}

Value list_from(const Json& json) {
  // An empty list carries its kind in an object: {"list": "real"}.
  if (json.is_object()) {
    const std::string kind = json.at("list");
    if (kind == "bool") return std::vector<bool>{};
    if (kind == "integer") return std::vector<std::int64_t>{};
    if (kind == "real") return std::vector<double>{};
    return std::vector<std::string>{};
  }
  if (json[0].is_boolean()) return json.get<std::vector<bool>>();
  if (json[0].is_number_integer()) return json.get<std::vector<std::int64_t>>();
  if (json[0].is_string()) return json.get<std::vector<std::string>>();
  std::vector<double> list;
  for (const Json& element : json) list.push_back(real_from(element));
  return list;
}

}  // namespace

std::string to_text(const Value& value) {
  return std::visit(
      []<class T>(const T& x) -> std::string {
        if constexpr (is_vector<T>) {
          std::string text;
          for (std::size_t i = 0; i < x.size(); ++i) {
            text += (i == 0 ? "" : ", ") + to_text(Value{typename T::value_type{x[i]}});
          }
          return "[" + text + "]";
        } else if constexpr (std::is_same_v<T, bool>) {
          return x ? "true" : "false";
        } else if constexpr (std::is_same_v<T, double>) {
          return real_text(x);
        } else {
          return fmt::format("{}", x);
        }
      },
      value);
}

Json to_json(const Value& value) {
  return std::visit(
      []<class T>(const T& x) -> Json {
        if constexpr (is_vector<T>) {
          using Element = typename T::value_type;
          if (x.empty()) {
            return {{"list", std::is_same_v<Element, bool>           ? "bool"
                             : std::is_same_v<Element, std::int64_t> ? "integer"
                             : std::is_same_v<Element, double>       ? "real"
                                                                     : "text"}};
          }
          Json list = Json::array();
          for (std::size_t i = 0; i < x.size(); ++i) list.push_back(to_json(Value{Element{x[i]}}));
          return list;
        } else if constexpr (std::is_same_v<T, double>) {
          return real_json(x);
        } else {
          return x;
        }
      },
      value);
}

Value value_from_json(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_string()) return json.get<std::string>();
  if (is_real(json)) return real_from(json);
  if (json.is_array() && !json.empty()) return list_from(json);
  if (json.is_object() && json.contains("list")) return list_from(json);
  throw Error{Exit::data_invalid, "no value can be read from the JSON text " + json.dump()};
}

}  // namespace ansatz::host
