// Text that people, files and plugins wrote, made safe to show: escaped, clipped, and with columns that a terminal agrees with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ansatz::host {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;  // false: no UTF-8 here; value is the byte
};

// The character that starts at `at`, strictly: no overlong forms, no surrogates.
[[nodiscard]] CodePoint decode(std::string_view text, std::size_t at);
[[nodiscard]] bool is_utf8(std::string_view text);

// Control characters, and the invisible ones that reorder or hide text.
[[nodiscard]] bool is_hidden(char32_t c);
// Columns on a terminal: 0 for combining marks, 2 for wide characters.
[[nodiscard]] int width_of(char32_t c);

// 'text', clipped, with everything hidden escaped.
[[nodiscard]] std::string in_quotes(std::string_view text, std::size_t most = 60);
// Valid UTF-8 without hidden characters but line ends; for messages that come from elsewhere.
[[nodiscard]] std::string clean(std::string_view text);
// The first `most` characters; none is cut in two.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t most);
// "a, b, c and 12 more".
[[nodiscard]] std::string listed(const std::vector<std::string>& names, std::size_t most = 16);

}  // namespace ansatz::host
