// Memory of an output between guard zones, so that a plugin that writes past it is told so instead of
// spoiling what stands there.
#pragma once

#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

// `bytes` zeroed bytes, aligned to 64, with at least 64 known bytes before and behind.
[[nodiscard]] Buffer guarded_buffer(std::size_t bytes);

// Of such a buffer: "" or which guard zone was written to.
[[nodiscard]] std::string guard_damage(const Buffer& buffer);

}  // namespace ansatz::host
