// Values for parameters: plausible ones, the ends of their ranges, random ones.
#pragma once

#include <random>
#include <vector>

#include "core/catalogue.hpp"
#include "validate/inputs.hpp"

namespace ansatz::host::validate {

enum class Choice { lowest, highest, random };

// Values for the parameters that have no default.
[[nodiscard]] Settings required_settings(const std::vector<ParameterInfo>& parameters);

// Values for all parameters of a list that are in use with them (`used_if`, which may look at `others` too).
// Where a range is open, its end is 10 + 4 |default| away from 0.
[[nodiscard]] Settings settings_at(const std::vector<ParameterInfo>& parameters, const Settings& others,
                                   Choice choice, std::mt19937_64& engine);

}  // namespace ansatz::host::validate
