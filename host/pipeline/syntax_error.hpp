// What yaml-cpp says about malformed text, said so that it helps.
#pragma once

#include <cstddef>
#include <string>

#include "pipeline/diagnostic.hpp"
#include "pipeline/source_text.hpp"

namespace ansatz::host {

// `message` and `at` come from the exception; `parsed_to` is where the last good value starts.
[[nodiscard]] Diagnostic syntax_error(const SourceText& source, const std::string& message, std::size_t at,
                                      std::size_t parsed_to);

}  // namespace ansatz::host
