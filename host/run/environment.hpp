// Where a run ran: what a reader needs to judge why a replay differs.  No names of people, machines or
// folders.
#pragma once

#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

inline constexpr const char* version = "0.1.0";

[[nodiscard]] Attributes environment_attributes();
// Host name, user, folder: for /timeline, which no digest covers.
[[nodiscard]] Attributes place_attributes();
// "2026-11-24T13:05:07Z".
[[nodiscard]] std::string utc_now();

}  // namespace ansatz::host
