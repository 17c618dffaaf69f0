#include "data/csv_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "data/convert.hpp"
#include "data/gzip.hpp"
#include "data/raw_array.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t widest_cell = std::size_t{1} << 16;

std::string_view view_of(const Buffer& data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

char most_frequent_separator(std::string_view text) {
  constexpr std::array separators{',', ';', '\t'};
  std::array<std::size_t, separators.size()> counts{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    for (std::size_t i = 0; i < separators.size(); ++i) counts[i] += c == separators[i] ? 1U : 0U;
  }
  return separators[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) -
                                             counts.begin())];
}

// For messages: short, and without characters that would break the line.
std::string excerpt(std::string_view text) {
  std::string result{text.substr(0, 40)};
  std::replace_if(
      result.begin(), result.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
  while (!is_utf8(result)) result.pop_back();
  return result + (text.size() > result.size() ? "..." : "");
}

ElementType type_of(const CsvColumn& column) {
  if (column.texts != 0 || (column.booleans != 0 && column.numbers() != 0)) return ElementType::text;
  if (column.reals != 0 || column.missing != 0) return ElementType::f64;
  return column.booleans != 0 ? ElementType::boolean : ElementType::i64;
}

}  // namespace

CsvTable::CsvTable(const Bytes& file, char separator, std::optional<bool> header)
    : name_{file.name()}, separator_{separator}, wanted_header_{header} {
  const Bytes plain = is_gzip(file) ? gunzip(file) : file;
  data_ = plain.map(0, plain.size());
  if (separator_ == 0) separator_ = most_frequent_separator(view_of(data_));
  scan();
}

bool CsvTable::looks_like_header(const std::vector<CsvCell>& cells) const {
  std::string scratch;
  bool any = false;
  for (const CsvCell& cell : cells) {
    const std::string_view text = cell.text(scratch);
    const CellKind kind = cell_value(text).kind;
    if (kind != CellKind::text && text.find_first_not_of(" \t") != std::string_view::npos) return false;
    any = any || kind == CellKind::text;
  }
  return any;
}

void CsvTable::name_columns(const std::vector<CsvCell>& cells) {
  std::string scratch;
  std::map<std::string, std::size_t> seen;
  columns_.resize(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string& name = columns_[i].name;
    if (header_) name = cells[i].text(scratch);
    name.erase(0, name.find_first_not_of(" \t"));
    name.erase(name.find_last_not_of(" \t") + 1);
    if (name.empty()) name = fmt::format("c{}", i);
    if (!is_utf8(name) || name.find('\0') != std::string::npos) {
      CsvParser::fail(name_, cells[i].line, cells[i].column,
                      "this column's name is not UTF-8; expected text: convert the file with iconv");
    }
    if (const auto [first, fresh] = seen.emplace(name, i); !fresh) {
      CsvParser::fail(
          name_, cells[i].line, cells[i].column,
          fmt::format("the column name '{}' stands here and in column {}; rename one, or say `header: "
                      "false` (import: --header false) if the first line holds data",
                      excerpt(name), first->second + 1));
    }
  }
}

void CsvTable::count(CsvColumn& column, const CsvCell& cell) {
  std::string scratch;
  const std::string_view text = cell.text(scratch);
  column.text_width = std::max(column.text_width, text.size());
  switch (cell_value(text).kind) {
    case CellKind::missing: ++column.missing; return;
    case CellKind::boolean: ++column.booleans; return;
    case CellKind::integer: ++column.integers; return;
    case CellKind::real: ++column.reals; return;
    case CellKind::text: break;
  }
  if (column.texts++ == 0) {
    column.text_line = cell.line;
    column.text_column = cell.column;
    column.first_text = excerpt(text);
  }
  if (text.size() > widest_cell) {
    CsvParser::fail(
        name_, cell.line, cell.column,
        fmt::format("this cell has {} bytes; at most {} are supported; is a quote unclosed or the "
                    "separator wrong?",
                    text.size(), widest_cell));
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    CsvParser::fail(name_, cell.line, cell.column,
                    "this cell is not UTF-8 text; convert the file with iconv, or is it binary?");
  }
}

void CsvTable::check_length(const std::vector<CsvCell>& cells) const {
  if (cells.size() == columns_.size()) return;
  const bool longer = cells.size() > columns_.size();
  const CsvCell& where = longer ? cells[columns_.size()] : cells.back();
  CsvParser::fail(name_, where.line, where.column,
                  fmt::format("the line has {} cells, but the first has {}; every line needs as many; is a "
                              "separator or quote {}?",
                              cells.size(), columns_.size(), longer ? "too many" : "missing"));
}

void CsvTable::scan() {
  CsvParser parser{view_of(data_), separator_, name_};
  std::vector<CsvCell> cells;
  if (!parser.next(cells))
    throw DataError{fmt::format("{}: holds only blank lines; expected a table", name_)};
  header_ = wanted_header_ ? *wanted_header_ : looks_like_header(cells);
  name_columns(cells);
  bool more = header_ ? parser.next(cells) : true;
  for (; more; more = parser.next(cells)) {
    check_length(cells);
    for (std::size_t i = 0; i < cells.size(); ++i) count(columns_[i], cells[i]);
    ++rows_;
  }
  if (rows_ == 0) {
    throw DataError{fmt::format(
        "{}: has a header but no line of data; say `header: false` (import: --header false) if the "
        "first line is data",
        name_)};
  }
  for (CsvColumn& column : columns_) column.type = type_of(column);
}

ArrayInfo CsvTable::info(const CsvSelection& selection) const {
  ArrayInfo info;
  info.type = selection.type;
  info.shape = {rows_};
  info.dims = {"n"};
  if (selection.matrix) {
    info.shape.push_back(selection.columns.size());
    info.dims.emplace_back("d");
    std::vector<std::string> names;
    for (const std::size_t column : selection.columns) names.push_back(columns_[column].name);
    if (header_) info.attributes["columns"] = std::move(names);
  }
  if (info.type == ElementType::text) {
    info.text_width = 1;
    for (const std::size_t column : selection.columns) {
      info.text_width = std::max(info.text_width, columns_[column].text_width);
    }
  }
  return info;
}

std::vector<Array> CsvTable::read(const std::vector<CsvSelection>& selections) const {
  std::vector<Array> arrays(selections.size());
  for (std::size_t i = 0; i < selections.size(); ++i) {
    ArrayInfo& target = arrays[i];
    target = info(selections[i]);
    arrays[i].data = checked_buffer(checked_bytes(target.shape, target.element_bytes(), name_), name_);
  }
  CsvParser parser{view_of(data_), separator_, name_};
  std::vector<CsvCell> cells;
  if (header_) parser.next(cells);
  std::string scratch;
  for (std::uint64_t row = 0; parser.next(cells); ++row) {
    for (std::size_t i = 0; i < selections.size(); ++i) {
      std::byte* to = arrays[i].data.data() + row * arrays[i].row_bytes();
      for (const std::size_t column : selections[i].columns) {
        const std::string_view text = cells[column].text(scratch);
        if (selections[i].type == ElementType::text) {
          std::memcpy(to, text.data(), text.size());
        } else if (const std::string why = store(cell_value(text), selections[i].type, to); !why.empty()) {
          CsvParser::fail(
              name_, cells[column].line, cells[column].column,
              fmt::format("column '{}' as {}: {}{}", columns_[column].name, name_of(selections[i].type),
                          why == "no number" ? fmt::format("'{}' is ", excerpt(text)) : "", why));
        }
        to += arrays[i].element_bytes();
      }
    }
  }
  return arrays;
}

CsvSelection CsvTable::numeric_columns() const {
  CsvSelection selection{{}, ElementType::f64, true};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const CsvColumn& column = columns_[i];
    if (column.numeric()) selection.columns.push_back(i);
    if (column.texts != 0 && column.numbers() > column.texts) {
      CsvParser::fail(
          name_, column.text_line, column.text_column,
          fmt::format("'{}' is no number, but {} other cells of column '{}' are; a missing value is an "
                      "empty cell, NA or nan; or name the columns that you want",
                      column.first_text, column.numbers(), column.name));
    }
  }
  if (selection.columns.empty()) {
    throw DataError{
        fmt::format("{}: no column holds numbers, so there is no 'table'; is the separator right? The "
                    "first column, '{}', holds '{}'",
                    name_, columns_[0].name, columns_[0].first_text)};
  }
  return selection;
}

}  // namespace ansatz::host
