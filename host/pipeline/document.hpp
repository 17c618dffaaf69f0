// From the bytes of a file to a tree of nodes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "pipeline/diagnostic.hpp"
#include "pipeline/node.hpp"

namespace ansatz::host {

// Limits that no pipeline meets; they bound time and memory on hostile files.
inline constexpr std::size_t most_bytes = std::size_t{1} << 20;
inline constexpr std::size_t most_marks = 200000;  // brackets, braces and commas: the parser queues them
inline constexpr std::size_t most_nodes = 100000;
inline constexpr std::size_t most_depth = 32;

// Nothing if the text is unreadable; then, and for duplicate keys, anchors, tags and the like, findings are
// in `diagnostics`.  Never throws for what the text contains.
[[nodiscard]] std::optional<Node> parse_document(const std::string& source, Diagnostics& diagnostics);

}  // namespace ansatz::host
