#include "core/text.hpp"

#include <fmt/core.h>

namespace ansatz::host {
namespace {

struct Range {
  char32_t first, last;
};

// Enough of Unicode's tables to put a caret under the right letter.
constexpr Range wide[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                          {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
constexpr Range combining[] = {{0x0300, 0x036F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
constexpr Range hidden[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x200B, 0x200F}, {0x2028, 0x202E},
                            {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};

template <std::size_t n>
bool within(const Range (&ranges)[n], char32_t c) {
  for (const Range& range : ranges) {
    if (c >= range.first && c <= range.last) return true;
  }
  return false;
}

std::string escaped(char32_t c, bool valid) {
  if (!valid || c < 0x100) return fmt::format("\\x{:02x}", static_cast<unsigned>(c));
  return fmt::format("\\u{:04x}", static_cast<unsigned>(c));
}

}  // namespace

CodePoint decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1, true};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  const CodePoint broken{first, 1, false};
  if (first < 0xC2 || first > 0xF4 || at + bytes > text.size()) return broken;
  char32_t value = first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return broken;
    value = (value << 6) | (byte(at + i) & 0x3Fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least[bytes] || value > 0x10FFFF || surrogate) return broken;
  return {value, bytes, true};
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    if (!c.valid) return false;
    at += c.bytes;
  }
  return true;
}

bool is_hidden(char32_t c) { return within(hidden, c); }

int width_of(char32_t c) {
  if (within(combining, c)) return 0;
  return within(wide, c) ? 2 : 1;
}

std::string in_quotes(std::string_view text, std::size_t most) {
  std::string shown = "'";
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    if (count == most) return shown + "...'";
    const CodePoint c = decode(text, at);
    if (c.valid && !is_hidden(c.value)) {
      shown += text.substr(at, c.bytes);
    } else {
      shown += c.value == '\n' ? "\\n" : c.value == '\t' ? "\\t" : escaped(c.value, c.valid);
    }
    at += c.bytes;
  }
  return shown + "'";
}

std::string clean(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    if (c.valid && (c.value == '\n' || !is_hidden(c.value))) {
      shown += text.substr(at, c.bytes);
    } else {
      shown += c.value == '\t' ? " " : "\xEF\xBF\xBD";
    }
    at += c.bytes;
  }
  return shown;
}

std::string clipped(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < text.size() && count < most; ++count) at += decode(text, at).bytes;
  return std::string{text.substr(0, at)};
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  if (names.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == most) return text + fmt::format(" and {} more", names.size() - most);
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return text;
}

}  // namespace ansatz::host
