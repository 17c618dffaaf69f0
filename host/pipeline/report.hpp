// How the checks of the front end speak: findings about nodes, whether from the file or from --set.
#pragma once

#include <string>
#include <vector>

#include "core/text.hpp"
#include "pipeline/codes.hpp"
#include "pipeline/diagnostic.hpp"
#include "pipeline/node.hpp"

namespace ansatz::host {

class Report {
 public:
  explicit Report(Diagnostics& diagnostics) : diagnostics_{diagnostics} {}

  void error(const char* code, Location place, std::string message, std::string expected = {},
             std::string hint = {});
  // At the node's place; of an override: without a place, and with its text.
  void error(const char* code, const Node& node, std::string message, std::string expected = {},
             std::string hint = {});
  void warning(const char* code, Location place, std::string message, std::string expected = {},
               std::string hint = {});

  // "did you mean 'x'?", or `otherwise`.
  [[nodiscard]] std::string suggest(const std::string& word, const std::vector<std::string>& candidates,
                                    const std::string& otherwise = {});

  // These say what is wrong and give nullptr (or false) if the node is something else.  A broken node is
  // something else without a word.  `what` names the entry: "`steps`".
  bool is_map(const Node& node, const std::string& what, const std::string& expected);
  bool is_list(const Node& node, const std::string& what, const std::string& expected);
  // Text: quoted, or plain and not to be mistaken for a number, a boolean or nothing.
  const std::string* text(const Node& node, const std::string& what, const std::string& expected);

  // One finding for each key that is not in `keys`.
  void check_keys(const Node& map, const std::string& what, const std::vector<std::string>& keys);

 private:
  Diagnostics& diagnostics_;
};

// For the names of `list`, in its order.
template <class List>
[[nodiscard]] std::vector<std::string> names_of(const List& list) {
  std::vector<std::string> names;
  for (const auto& item : list) names.push_back(item.name);
  return names;
}

}  // namespace ansatz::host
