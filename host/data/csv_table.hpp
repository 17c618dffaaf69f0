// A CSV or TSV file as typed columns.
//
// The first line is a header if none of its cells is a number, a truth value or NA.  Columns without a name
// are "c0", "c1", ...  A column is bool, i64, f64 or text, whichever first holds all its cells; a missing
// value makes bool and i64 f64.  Missing: empty, NA or nan; in f64 they are NaN.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tree.hpp"
#include "data/bytes.hpp"
#include "data/csv_parser.hpp"
#include "data/source.hpp"

namespace ansatz::host {

struct CsvColumn {
  std::string name;
  ElementType type = ElementType::f64;
  std::size_t text_width = 1;
  std::uint64_t missing = 0, booleans = 0, integers = 0, reals = 0, texts = 0;  // cells of each kind
  std::uint64_t text_line = 0, text_column = 0;  // of the first cell that is text
  std::string first_text;
  [[nodiscard]] std::uint64_t numbers() const { return integers + reals; }
  // Holds numbers and nothing that is not one.
  [[nodiscard]] bool numeric() const { return texts + booleans == 0 && numbers() != 0; }
};

// Columns to read as one array: a matrix "n,d", or a single column as "n".
struct CsvSelection {
  std::vector<std::size_t> columns;
  ElementType type = ElementType::f64;
  bool matrix = false;
};

class CsvTable {
 public:
  // `separator` 0: comma, semicolon or tab, whichever the first line has most of.
  CsvTable(const Bytes& file, char separator, std::optional<bool> header);

  [[nodiscard]] const std::vector<CsvColumn>& columns() const { return columns_; }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] bool has_header() const { return header_; }
  [[nodiscard]] const std::string& file() const { return name_; }

  [[nodiscard]] ArrayInfo info(const CsvSelection& selection) const;
  // All selections in one pass.  Throws DataError with line and column for a cell that does not fit its type.
  [[nodiscard]] std::vector<Array> read(const std::vector<CsvSelection>& selections) const;
  // All numeric columns.  Throws DataError if a column of numbers has some text in it: a slip of the pen must
  // not drop a column.
  [[nodiscard]] CsvSelection numeric_columns() const;

 private:
  void scan();
  bool looks_like_header(const std::vector<CsvCell>& cells) const;
  void name_columns(const std::vector<CsvCell>& cells);
  void count(CsvColumn& column, const CsvCell& cell);
  void check_length(const std::vector<CsvCell>& cells) const;

  std::string name_;
  Buffer data_;
  char separator_;
  std::optional<bool> wanted_header_;
  bool header_ = false;
  std::uint64_t rows_ = 0;
  std::vector<CsvColumn> columns_;
};

// Items: one a column, by name, and "table", all numeric columns as f64 "n,d" (unless a column has that
// name). With a header, "table" has their names as its attribute `columns`.
[[nodiscard]] std::unique_ptr<DataFile> open_csv(std::shared_ptr<const CsvTable> table);

}  // namespace ansatz::host
