#include "pipeline/syntax_error.hpp"

#include <fmt/core.h>
#include <yaml-cpp/exceptions.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "pipeline/codes.hpp"

namespace ansatz::host {
namespace {

namespace yaml_says = YAML::ErrorMsg;

struct Translation {
  const char *theirs, *code, *message, *hint;
};

constexpr const char* colon_hint =
    "quote a text that holds ': '; a line that starts an entry stands under the other entries";
constexpr const char* anchor_hint = "quote a text that starts with '&' or '*'";
constexpr const char* tag_hint = "quote a text that starts with '!'";

// The messages are those of yaml-cpp 0.7; one that is not here is passed on as it is.
const Translation translations[] = {
    {yaml_says::MAP_VALUE, code::syntax, "there is a ':' where no value may follow", colon_hint},
    {yaml_says::MAP_KEY, code::syntax, "there is a '?' where no key may stand",
     "quote a text that starts with '? '"},
    {yaml_says::BLOCK_ENTRY, code::syntax, "there is a '- ' where no list entry may stand",
     "start the list on a line of its own, or write [a, b]"},
    {yaml_says::END_OF_MAP, code::syntax, "this is no 'key: value' like the entries around it",
     "check the indentation of this line and the line above, and that a ':' and a space follow the key"},
    {yaml_says::END_OF_SEQ, code::syntax, "this is no '- entry' like the entries around it",
     "check the indentation of this line and the line above"},
    {yaml_says::END_OF_SEQ_FLOW, code::unclosed,
     "the list in [ ] goes wrong here: a ',' or the closing ']' is missing",
     "close the bracket, or quote the text before this place"},
    {yaml_says::END_OF_MAP_FLOW, code::unclosed,
     "the map in { } goes wrong here: a ',' or the closing '}' is missing",
     "close the brace, or quote the text before this place"},
    {yaml_says::FLOW_END, code::unclosed, "this closing bracket has no opening one",
     "remove it, or write the opening bracket"},
    {yaml_says::UNKNOWN_TOKEN, code::syntax, "a text cannot start with this character",
     "put the text into quotes"},
    {yaml_says::CHAR_IN_BLOCK, code::syntax, "a text may not go on behind '|' or '>'",
     "start the text on the next line, or put it into quotes"},
    {yaml_says::ZERO_INDENT_IN_BLOCK, code::syntax, "a block of text cannot have zero indentation", ""},
    {yaml_says::UNKNOWN_ANCHOR, code::anchor, "'*' starts an alias, which pipelines do not have",
     anchor_hint},
    {yaml_says::MULTIPLE_ANCHORS, code::anchor, "'&' starts an anchor, which pipelines do not have",
     anchor_hint},
    {yaml_says::ALIAS_NOT_FOUND, code::anchor, "'*' starts an alias, which pipelines do not have",
     anchor_hint},
    {yaml_says::ANCHOR_NOT_FOUND, code::anchor, "'&' starts an anchor, which pipelines do not have",
     anchor_hint},
    {yaml_says::CHAR_IN_ALIAS, code::anchor, "'*' starts an alias, which pipelines do not have", anchor_hint},
    {yaml_says::CHAR_IN_ANCHOR, code::anchor, "'&' starts an anchor, which pipelines do not have",
     anchor_hint},
    {yaml_says::MULTIPLE_TAGS, code::tag, "'!' starts a tag, which pipelines do not have", tag_hint},
    {yaml_says::CHAR_IN_TAG_HANDLE, code::tag, "'!' starts a tag, which pipelines do not have", tag_hint},
    {yaml_says::TAG_WITH_NO_SUFFIX, code::tag, "'!' starts a tag, which pipelines do not have", tag_hint},
    {yaml_says::END_OF_VERBATIM_TAG, code::tag, "'!' starts a tag, which pipelines do not have", tag_hint},
    {yaml_says::BAD_FILE, code::too_deep, "this is nested too deeply",
     "no pipeline needs more than a few levels"},
};

bool starts_with(const std::string& text, std::string_view start) { return text.rfind(start, 0) == 0; }

// The first quote from `from` on that opens a text and is never closed.
std::optional<std::size_t> find_unclosed_quote(const std::string& text, std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i) {
    const bool at_start = i == 0 || std::string_view{" \n\t[{,:"}.find(text[i - 1]) != std::string_view::npos;
    if (text[i] == '#' && at_start) {
      i = std::min(text.find('\n', i), text.size());
    } else if ((text[i] == '"' || text[i] == '\'') && at_start) {
      const auto end = closing_quote(text, i);
      if (!end) return i;
      i = *end;
    }
  }
  return std::nullopt;
}

// The first tab before the text of a line, from the line of `from` to that of `to`.
std::optional<std::size_t> tab_indentation(const SourceText& source, std::size_t from, std::size_t to) {
  const std::string& text = source.text();
  for (std::size_t line = source.line_start(from); line <= std::min(to, text.size());) {
    const std::size_t first = text.find_first_not_of(' ', line);
    if (first != std::string::npos && text[first] == '\t') return first;
    const std::size_t end = text.find('\n', line);
    if (end == std::string::npos) break;
    line = end + 1;
  }
  return std::nullopt;
}

// The '&', '*' or '!' at or before `at` on its line.
std::size_t start_of_property(const SourceText& source, std::size_t at) {
  const std::size_t found = source.text().find_last_of("&*!", at);
  return found == std::string::npos || found < source.line_start(at) ? at : found;
}

}  // namespace

std::optional<std::size_t> closing_quote(const std::string& text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!doubled) return i;
      ++i;
    }
  }
  return std::nullopt;
}

Diagnostic unclosed_quote(Location place) {
  return {code::unclosed, place, "this quote is never closed", "",
          "write the closing quote; a quote inside a text in single quotes is doubled: ''"};
}

Diagnostic syntax_error(const SourceText& source, const std::string& message, std::size_t at,
                        const Progress& progress) {
  const std::string& text = source.text();
  at = std::min(at, text.size());
  if (starts_with(message, yaml_says::EOF_IN_SCALAR) || starts_with(message, yaml_says::DOC_IN_SCALAR)) {
    return unclosed_quote(source.place_of(find_unclosed_quote(text, progress.last_value).value_or(at)));
  }
  if (starts_with(message, yaml_says::INVALID_ESCAPE)) {
    // The parser is past the two characters.
    return {code::syntax, source.place_of(at - std::min<std::size_t>(at, 2)),
            "an escape in a double-quoted text is unknown", "",
            "use single quotes, in which a '\\' is just that"};
  }
  const bool about_alias = starts_with(message, yaml_says::UNKNOWN_ANCHOR);
  if (const auto tab = tab_indentation(source, progress.last_value, at); tab && !about_alias) {
    return {code::tab, source.place_of(*tab), "a tab is used as indentation", "", "use spaces"};
  }
  for (const Translation& t : translations) {
    if (!starts_with(message, t.theirs)) continue;
    const bool property = t.code == code::anchor || t.code == code::tag;
    std::string shown = t.message;
    const bool missing_end = t.theirs == yaml_says::END_OF_SEQ_FLOW || t.theirs == yaml_says::END_OF_MAP_FLOW;
    if (missing_end && progress.open.line > 0) {
      shown += fmt::format("; it starts at line {}, column {}", progress.open.line, progress.open.column);
    }
    return {t.code, source.place_of(property ? start_of_property(source, at) : at), shown, "", t.hint};
  }
  return {code::syntax, source.place_of(at), "malformed YAML: " + message, "", ""};
}

}  // namespace ansatz::host
