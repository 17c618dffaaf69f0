#include "data/csv_parser.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t most_columns = std::size_t{1} << 20;
constexpr std::size_t longest_number = 400;  // digits of any f64 written in full, and some

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
         });
}

}  // namespace

std::string_view CsvCell::text(std::string& scratch) const {
  if (!doubled) return raw;
  scratch.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    scratch += raw[i];
    if (raw[i] == '"') ++i;
  }
  return scratch;
}

CsvParser::CsvParser(std::string_view text, char separator, std::string file)
    : text_{text}, separator_{separator}, file_{std::move(file)} {
  if (text_.starts_with("\xef\xbb\xbf")) at_ = line_begin_ = 3;  // UTF-8 signature of Windows programs
}

void CsvParser::fail(const std::string& file, std::uint64_t line, std::uint64_t column,
                     const std::string& what) {
  throw DataError{fmt::format("{}:{}:{}: {}", file, line, column, what)};
}

bool CsvParser::end_line() {
  if (at_ == text_.size()) return true;
  if (text_[at_] != '\n' && text_[at_] != '\r') return false;
  at_ += text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2U : 1U;
  ++line_;
  line_begin_ = at_;
  return true;
}

CsvCell CsvParser::quoted_cell() {
  CsvCell cell{{}, line_, at_ - line_begin_ + 1, true, false};
  const std::uint64_t begin = ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == '\n' || (c == '\r' && (at_ == text_.size() || text_[at_] != '\n'))) {
      ++line_;
      line_begin_ = at_;
    }
    if (c != '"') continue;
    if (at_ < text_.size() && text_[at_] == '"') {
      cell.doubled = true;
      ++at_;
      continue;
    }
    cell.raw = text_.substr(begin, at_ - 1 - begin);
    if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') {
      fail(file_, line_, at_ - line_begin_ + 1,
           fmt::format(
               "'{}' follows a closing quote; expected a separator or the end of the line; a quote inside "
               "quotes is written twice",
               text_[at_]));
    }
    return cell;
  }
  fail(file_, cell.line, cell.column, "the quote that opens here is never closed");
}

CsvCell CsvParser::plain_cell() {
  const std::uint64_t begin = at_;
  while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') {
    if (text_[at_] == '"') {
      fail(file_, line_, at_ - line_begin_ + 1,
           "a quote inside a cell that is not quoted; put the whole cell in quotes and write this one twice");
    }
    if (text_[at_] == '\0') {
      fail(file_, line_, at_ - line_begin_ + 1, "a NUL byte; expected text: is this file binary, or UTF-16?");
    }
    ++at_;
  }
  return {text_.substr(begin, at_ - begin), line_, begin - line_begin_ + 1, false, false};
}

bool CsvParser::next(std::vector<CsvCell>& cells) {
  cells.clear();
  while (at_ < text_.size() && end_line()) {
  }
  if (at_ == text_.size()) return false;
  while (true) {
    cells.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted_cell() : plain_cell());
    if (cells.size() > most_columns) {
      fail(file_, cells.back().line, cells.back().column,
           fmt::format("the line has more than {} cells; is the separator right?", most_columns));
    }
    if (end_line()) return true;
    ++at_;  // the separator
  }
}

CellValue cell_value(std::string_view text) {
  text = trimmed(text);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (text.empty() || text == "NA" || equal_ignoring_case(text, "nan")) return {CellKind::missing, 0, nan};
  if (equal_ignoring_case(text, "true")) return {CellKind::boolean, 1, 1};
  if (equal_ignoring_case(text, "false")) return {CellKind::boolean, 0, 0};
  if (text.size() > longest_number) return {CellKind::text, 0, nan};
  if (text.front() == '+' && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  const char* end = text.data() + text.size();
  CellValue value;
  if (const auto [at, error] = std::from_chars(text.data(), end, value.integer);
      error == std::errc{} && at == end) {
    return {CellKind::integer, value.integer, static_cast<double>(value.integer)};
  }
  const auto [at, error] = std::from_chars(text.data(), end, value.real);
  if (at != end || (error != std::errc{} && error != std::errc::result_out_of_range)) {
    return {CellKind::text, 0, nan};
  }
  if (error == std::errc::result_out_of_range) {
    // Too small becomes 0; too large is no f64.  (strtod would ask the locale what a decimal point is.)
    long double wide = HUGE_VALL;
    std::from_chars(text.data(), end, wide);
    value.real = static_cast<double>(wide);
    if (std::isinf(value.real)) return {CellKind::text, 0, nan};
  }
  return {CellKind::real, 0, std::isnan(value.real) ? nan : value.real};
}

}  // namespace ansatz::host
