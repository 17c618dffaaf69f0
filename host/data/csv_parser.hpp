// Records of a CSV file (RFC 4180): cells with their places, whatever the line ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ansatz::host {

struct CsvCell {
  std::string_view raw;                // between the quotes, if quoted
  std::uint64_t line = 0, column = 0;  // from 1; column in bytes, where the cell begins
  bool quoted = false;
  bool doubled = false;  // has "" in it
  // What it says; `scratch` holds it where quotes are doubled.
  [[nodiscard]] std::string_view text(std::string& scratch) const;
};

class CsvParser {
 public:
  CsvParser(std::string_view text, char separator, std::string file);
  // The next record that is no blank line; false at the end.  Throws DataError "file:line:column: ...".
  bool next(std::vector<CsvCell>& cells);
  [[nodiscard]] std::uint64_t offset() const { return at_; }

  [[noreturn]] static void fail(const std::string& file, std::uint64_t line, std::uint64_t column,
                                const std::string& what);

 private:
  CsvCell quoted_cell();
  CsvCell plain_cell();
  bool end_line();

  std::string_view text_;
  char separator_;
  std::string file_;
  std::uint64_t at_ = 0, line_ = 1, line_begin_ = 0;
};

// What a cell holds.  Missing: empty, NA or nan.
enum class CellKind { missing, boolean, integer, real, text };
struct CellValue {
  CellKind kind = CellKind::missing;
  std::int64_t integer = 0;  // of booleans too
  double real = 0;           // of integers and missing (NaN) too
};
[[nodiscard]] CellValue cell_value(std::string_view text);

}  // namespace ansatz::host
