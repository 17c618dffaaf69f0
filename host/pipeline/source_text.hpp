// The file's text as the parser sees it: checked bytes, one kind of line end, and places from positions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/diagnostic.hpp"

namespace ansatz::host {

class SourceText {
 public:
  // Checks size, encoding and characters; nothing after the first finding.
  static std::optional<SourceText> read(const std::string& source, Diagnostics& diagnostics);

  [[nodiscard]] const std::string& text() const { return text_; }
  // Line and column (in characters) of a byte.  Cheap if asked in rising order.
  [[nodiscard]] Location place_of(std::size_t at) const;
  [[nodiscard]] std::size_t line_start(std::size_t at) const;

 private:
  explicit SourceText(std::string text);
  std::string text_;
  std::vector<std::size_t> starts_;  // of lines
  mutable std::size_t last_at_ = 0;
  mutable int last_column_ = 1;
};

}  // namespace ansatz::host
