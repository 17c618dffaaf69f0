#include "pipeline/snippet.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace ansatz::host {
namespace {

constexpr int columns_before = 60, columns_after = 40;  // of the place
constexpr int most_carets = 40;

// One character of the line as it is shown.
struct Cell {
  std::string text;
  int width = 1;
};

Cell cell_of(const CodePoint& c, std::string_view line, std::size_t at) {
  if (c.valid && c.value == '\t') return {"  ", 2};
  if (!c.valid || is_hidden(c.value)) return {"\xEF\xBF\xBD", 1};
  return {std::string{line.substr(at, c.bytes)}, width_of(c.value)};
}

bool ends_word(char c) { return std::string_view{" \t,[]{}"}.find(c) != std::string_view::npos; }

// Characters of the word that starts at `at`, or of the quoted text; at least 1.
int word_length(std::string_view line, std::size_t at) {
  const char quote = at < line.size() && (line[at] == '"' || line[at] == '\'') ? line[at] : '\0';
  int count = 0;
  for (std::size_t i = at; i < line.size() && count < most_carets; i += decode(line, i).bytes, ++count) {
    const bool key_ends = line[i] == ':' && (i + 1 == line.size() || ends_word(line[i + 1]));
    if (quote == '\0' && (ends_word(line[i]) || key_ends)) break;
    if (quote != '\0' && i > at && line[i] == quote) return count + 1;
  }
  return std::max(1, count);
}

}  // namespace

SourceLines::SourceLines(std::string_view source) {
  if (source.substr(0, 3) == "\xEF\xBB\xBF") source.remove_prefix(3);
  while (true) {
    const std::size_t end = source.find_first_of("\r\n");
    lines_.push_back(source.substr(0, end));
    if (end == std::string_view::npos) return;
    source.remove_prefix(end + (source.substr(end, 2) == "\r\n" ? 2 : 1));
  }
}

std::string SourceLines::snippet(Location place, const char* colour, const char* colour_off) const {
  if (place.line < 1 || static_cast<std::size_t>(place.line) > lines_.size()) return "";
  const std::string_view line = lines_[place.line - 1];
  std::string shown, padding;
  int column = 1, carets = 1;
  bool clipped_left = false;
  for (std::size_t at = 0; at < line.size(); ++column) {
    const CodePoint c = decode(line, at);
    if (column == place.column) carets = word_length(line, at);
    if (column < place.column - columns_before) {
      clipped_left = true;
    } else if (column > place.column + columns_after) {
      shown += "...";
      break;
    } else {
      const Cell cell = cell_of(c, line, at);
      shown += cell.text;
      if (column < place.column) padding.append(cell.width, ' ');
    }
    at += c.bytes;
  }
  if (clipped_left) {
    shown = "..." + shown;
    padding = "   " + padding;
  }
  const std::string number = std::to_string(place.line), blank(std::max<std::size_t>(5, number.size()), ' ');
  return fmt::format("{}{:>5} |{} {}\n{}{} |{} {}{}\n", colour, number, colour_off, shown, colour, blank,
                     colour_off, padding, std::string(carets, '^'));
}

}  // namespace ansatz::host
