#include "pipeline/source_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "pipeline/codes.hpp"
#include "pipeline/document.hpp"

namespace ansatz::host {
namespace {

// \r\n and \r become \n, so that lines are counted as editors count them.
std::string with_plain_line_ends(const std::string& source, std::size_t from) {
  std::string text;
  text.reserve(source.size());
  for (std::size_t i = from; i < source.size(); ++i) {
    if (source[i] != '\r') {
      text += source[i];
    } else if (i + 1 == source.size() || source[i + 1] != '\n') {
      text += '\n';
    }
  }
  return text;
}

struct Problem {
  std::string message, hint;
};

// What is wrong with the character, if anything.
Problem problem_of(const CodePoint& c) {
  if (!c.valid) {
    return {fmt::format("the byte 0x{:02x} is not UTF-8", static_cast<unsigned>(c.value)),
            "save the file as UTF-8; is it a pipeline at all?"};
  }
  if (c.value == '\n' || c.value == '\t') return {};
  if (c.value == 0) return {"there is a NUL byte", "is this a pipeline at all, or is it UTF-16?"};
  if (is_hidden(c.value)) {
    return {fmt::format("there is the invisible character U+{:04X}", static_cast<unsigned>(c.value)),
            "delete it; it often comes with text copied from a page"};
  }
  return {};
}

}  // namespace

SourceText::SourceText(std::string text) : text_{std::move(text)}, starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
}

std::optional<SourceText> SourceText::read(const std::string& source, Diagnostics& diagnostics) {
  if (source.size() > most_bytes) {
    diagnostics.add({code::too_large,
                     {},
                     fmt::format("the file has more than {} bytes", most_bytes),
                     "a pipeline, which names data and does not hold it",
                     "put long lists of numbers into a data file"});
    return std::nullopt;
  }
  const std::string head = source.substr(0, 2);
  if (head == "\xFF\xFE" || head == "\xFE\xFF") {
    diagnostics.add({code::not_text, {}, "the file is UTF-16", "UTF-8", "save the file as UTF-8"});
    return std::nullopt;
  }
  if (source.starts_with("\x89HDF")) {
    diagnostics.add({code::not_text,
                     {},
                     "the file is HDF5, as archives and data sets are",
                     "a pipeline in YAML",
                     "of an archive: `ansatz replay` runs it again, `ansatz show` shows it"});
    return std::nullopt;
  }
  SourceText read{with_plain_line_ends(source, source.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0)};
  const std::string& text = read.text_;
  std::size_t marks = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    const Problem problem = problem_of(c);
    if (!problem.message.empty()) {
      diagnostics.add({code::not_text, read.place_of(at), problem.message, "UTF-8 text", problem.hint});
      return std::nullopt;
    }
    const bool mark = c.value < 0x80 && std::string_view{"[]{},"}.find(text[at]) != std::string_view::npos;
    if (mark && ++marks > most_marks) {
      diagnostics.add({code::too_many, read.place_of(at),
                       fmt::format("there are more than {} brackets and commas", most_marks), "",
                       "put long lists of numbers into a data file"});
      return std::nullopt;
    }
    at += c.bytes;
  }
  return read;
}

std::size_t SourceText::line_start(std::size_t at) const {
  return *std::prev(std::upper_bound(starts_.begin(), starts_.end(), std::min(at, text_.size())));
}

Location SourceText::place_of(std::size_t at) const {
  at = std::min(at, text_.size());
  const auto line = std::prev(std::upper_bound(starts_.begin(), starts_.end(), at));
  // Go on from the last answer if it is on the same line: lines of a megabyte would cost quadratic time else.
  const bool go_on = last_at_ >= *line && last_at_ <= at;
  std::size_t from = go_on ? last_at_ : *line;
  int column = go_on ? last_column_ : 1;
  for (; from < at; ++from) {
    const bool starts_character = (static_cast<unsigned char>(text_[from]) & 0xC0) != 0x80;
    if (starts_character) ++column;
  }
  last_at_ = at;
  last_column_ = column;
  return {static_cast<int>(line - starts_.begin()) + 1, column};
}

}  // namespace ansatz::host
