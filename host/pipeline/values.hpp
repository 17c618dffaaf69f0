// Single values of the language's own keys (not of plugins' parameters).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pipeline/report.hpp"

namespace ansatz::host {

// The integer that `node` holds; nothing, with a finding, if it holds something else.
[[nodiscard]] std::optional<std::int64_t> read_integer(const Node& node, const std::string& what,
                                                       const std::string& expected, Report& report);
[[nodiscard]] std::optional<bool> read_boolean(const Node& node, const std::string& what,
                                               const std::string& expected, Report& report);
// The number, which is not NaN.
[[nodiscard]] std::optional<double> read_number(const Node& node, const std::string& what,
                                                const std::string& expected, Report& report);

}  // namespace ansatz::host
