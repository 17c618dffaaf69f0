// One value of a `with:` map against what the plugin says about the parameter.
#pragma once

#include <optional>
#include <string>

#include "core/catalogue.hpp"
#include "core/value.hpp"
#include "pipeline/report.hpp"

namespace ansatz::host {

// The value in the kind that the plugin gets: integers become reals where the parameter takes reals and no
// integers, and a list has one kind.  Nothing if it does not fit; then the findings are in `report`.
[[nodiscard]] std::optional<Value> check_parameter(const Node& node, const ParameterInfo& parameter,
                                                   Report& report);

// "penalty: real > 0 (default 0.001): Weight of the squared norm [dimensionless]".
[[nodiscard]] std::string documentation(const ParameterInfo& parameter);

}  // namespace ansatz::host
