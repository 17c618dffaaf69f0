#include "core/figure.hpp"

#include <nlohmann/json.hpp>

namespace ansatz::host {
namespace {

// One list for both directions.
template <class Figure, class Visit>
void for_fields(Figure& f, const Visit& visit) {
  visit("plot", f.plot), visit("title", f.title), visit("x_label", f.x_label), visit("y_label", f.y_label);
  visit("x", f.x), visit("y", f.y), visit("low", f.low), visit("high", f.high), visit("value", f.value);
  visit("group", f.group), visit("band", f.band), visit("rows", f.rows), visit("columns", f.columns);
  visit("count", f.count), visit("height", f.height), visit("width", f.width), visit("bins", f.bins);
  visit("log_x", f.log_x), visit("log_y", f.log_y);
}

}  // namespace

nlohmann::ordered_json to_json(const Figure& figure) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const Figure plain;
  nlohmann::ordered_json defaults = nlohmann::ordered_json::object();
  for_fields(plain, [&](const char* name, const auto& value) { defaults[name] = value; });
  for_fields(figure, [&](const char* name, const auto& value) {
    if (nlohmann::ordered_json(value) != defaults[name]) json[name] = value;
  });
  return json;
}

Figure figure_from_json(const nlohmann::ordered_json& json) {
  Figure figure;
  for_fields(figure, [&](const char* name, auto& value) {
    if (json.contains(name)) json.at(name).get_to(value);
  });
  return figure;
}

}  // namespace ansatz::host
