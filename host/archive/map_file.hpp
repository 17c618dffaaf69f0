// A part of a file as memory.
#pragma once

#include <cstdint>
#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

// Map [offset, offset + bytes) for reading.  Pages come as they are touched, straight from the page cache.
// Writes, which no one should do, stay private.  Throws DataError if the file is shorter, IoError if it
// cannot be mapped.
[[nodiscard]] Buffer map_file(const std::string& path, std::uint64_t offset, std::uint64_t bytes);

}  // namespace ansatz::host
