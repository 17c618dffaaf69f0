// What `ansatz show` prints: a tree as a person or a script reads it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/tree.hpp"

namespace ansatz::host {

// Groups, arrays with type, shape and first elements, attributes; a run's archive starts with a summary of
// its steps and claims.  Arrays without elements (of read_outline) are shown by type and shape.
[[nodiscard]] std::string show_tree(const Tree& tree);
// One array: its elements as a table or a text picture, by its picture hint.
[[nodiscard]] std::string show_array(const Array& array);
// The tree as JSON; arrays of up to 1,000 elements with their values.  Not valid UTF-8 in a text: dump it
// with an error handler that replaces.
[[nodiscard]] nlohmann::ordered_json show_json(const Tree& tree);
[[nodiscard]] nlohmann::ordered_json show_json(const Array& array);

}  // namespace ansatz::host
