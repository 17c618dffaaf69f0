// The options of `import`, taken apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/tree.hpp"

namespace ansatz::host {

// "NAME=WHAT[:TYPE]"
struct ArrayRequest {
  std::string written, name, what;
  std::optional<ElementType> type;
};
[[nodiscard]] ArrayRequest parse_array_request(const std::string& text);

// "[ARRAY@]KEY=VALUE"
struct AttributeRequest {
  std::string written, array, key;
  Value value;
};
[[nodiscard]] AttributeRequest parse_attribute_request(const std::string& text);

// "a", "3", "0:64" or several of them with commas between.  `matrix` unless it is a lone column.
struct ColumnRequest {
  std::vector<std::size_t> columns;
  bool matrix = false;
};
[[nodiscard]] ColumnRequest parse_columns(const std::string& what, const std::vector<std::string>& names);

// Throws unless `name` may be that of an HDF5 object or a path of such.
void check_array_name(const std::string& name, const std::string& written);

}  // namespace ansatz::host
