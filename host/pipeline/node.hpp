// What stands in a pipeline file, with its places: the tree between YAML's grammar and the language's
// meaning.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/diagnostic.hpp"

namespace ansatz::host {

struct Entry;

struct Node {
  // broken: reported already (an alias); whoever meets it says nothing more.
  enum class Kind { null, scalar, list, map, broken };

  Kind kind = Kind::null;
  bool quoted = false;  // of a scalar: quotes or a block ('|', '>'), so it is text whatever it looks like
  std::string text;     // of a scalar
  Location place;
  const std::string* override_text = nullptr;  // set if this came from --set, not from the file
  std::vector<Node> items;                     // of a list
  std::vector<Entry> entries;                  // of a map, in the order of the file, keys unique

  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);
  // "a list", "the text 'x'" and the like.
  [[nodiscard]] std::string described() const;
};

struct Entry {
  std::string key;
  Location place;  // of the key
  Node value;
};

}  // namespace ansatz::host
