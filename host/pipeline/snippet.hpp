// The line of a source text that a diagnostic is about, with a caret under the place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/diagnostic.hpp"

namespace ansatz::host {

class SourceLines {
 public:
  // Line ends are \n, \r\n and \r; a byte order mark is no part of the first line.  Keeps a view of `source`.
  explicit SourceLines(std::string_view source);

  // Two lines: the source, clipped around the place to fit a terminal, and the caret.  "" if outside.
  [[nodiscard]] std::string snippet(Location place, const char* colour, const char* colour_off) const;

 private:
  std::vector<std::string_view> lines_;
};

}  // namespace ansatz::host
