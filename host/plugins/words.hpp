// Flags and types of a plugin's tables in the words that users read.
#pragma once

#include <cstdint>
#include <string>

#include "core/catalogue.hpp"

namespace ansatz::host {

// "learns, runs in steps"; empty without flags.
[[nodiscard]] std::string verb_words(std::uint32_t flags);
// "optional, shown as heat map".
[[nodiscard]] std::string port_words(const PortInfo& port);
// "f64, f32", joined by `separator`.
[[nodiscard]] std::string type_words(std::uint32_t types, const char* separator);

}  // namespace ansatz::host
