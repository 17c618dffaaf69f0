// What yaml-cpp says about malformed text, said so that it helps.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "pipeline/diagnostic.hpp"
#include "pipeline/source_text.hpp"

namespace ansatz::host {

// How far the parser had come.
struct Progress {
  std::size_t last_value = 0;  // where the last good value starts
  Location open;               // where the innermost list or map starts that is not complete
};

// `message` and `at` come from the exception.
[[nodiscard]] Diagnostic syntax_error(const SourceText& source, const std::string& message, std::size_t at,
                                      const Progress& progress);

[[nodiscard]] Diagnostic unclosed_quote(Location place);

// Where the quoted text that starts at `at` ends; nothing if it does not.
[[nodiscard]] std::optional<std::size_t> closing_quote(const std::string& text, std::size_t at);

}  // namespace ansatz::host
