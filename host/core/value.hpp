// A parameter's value or an array's attribute: a scalar or a list of booleans, integers, reals or texts.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

namespace ansatz::host {

using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<bool>,
                           std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>>;

// Shortest text that reads back as the same value; reals always show as reals ("1.0", "1e-03" never "1").
[[nodiscard]] std::string to_text(const Value& value);

// JSON keeps the kinds apart: integers have no point, reals do; NaN and infinities are the texts "nan",
// "inf", "-inf" inside {"real": ...}.
[[nodiscard]] nlohmann::ordered_json to_json(const Value& value);
[[nodiscard]] Value value_from_json(const nlohmann::ordered_json& json);

}  // namespace ansatz::host
