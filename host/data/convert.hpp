// One value into an element of a chosen type, or the reason why not.
#pragma once

#include <string>

#include "core/tree.hpp"
#include "data/csv_parser.hpp"

namespace ansatz::host {

// Empty on success, else why the value does not fit: "-1 is outside u8 (0 to 255)".  `type` is not text.
[[nodiscard]] std::string store(const CellValue& value, ElementType type, void* element);

// The array with its elements as `type`; itself if they are.  Throws DataError "WHERE, element N: ...".
[[nodiscard]] Array converted(const Array& array, ElementType type, const std::string& where);

}  // namespace ansatz::host
