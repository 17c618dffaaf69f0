// A data file of any format as a Tree of ours, ready for write_plain.
//
//   ImportOptions options;
//   options.arrays = {"images=0:64:u8", "labels=64"};
//   options.attributes = {"licence=CC BY 4.0", "images@height=8"};
//   write_plain(import_file("digits.csv.gz", options), "digits.h5");
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/tree.hpp"
#include "data/source.hpp"

namespace ansatz::host {

struct ImportOptions {
  DataOptions data;

  // Each "NAME=WHAT[:TYPE]": the array NAME from WHAT, as element type f64 f32 i64 i32 u8 bool or text.  WHAT
  // is an item of the file; of a CSV or TSV file it is
  //   a column, by name or by number from 0       -> "n"
  //   a range of numbers FIRST:END, END not in it -> "n,d"
  //   columns and ranges separated by commas      -> "n,d"
  // "NAME=" is the one nameless array of an IDX, NPY or text file.  Without any: all items under their own
  // names; of a CSV file with a header all columns, without one `table` and the columns of text.
  std::vector<std::string> arrays;

  // Each "KEY=VALUE" of the whole file, or "ARRAY@KEY=VALUE" of an array.  VALUE is true, false, an integer,
  // a real, or else text; in double quotes it is text in any case.
  std::vector<std::string> attributes;

  // Old name to new, of items taken without `arrays`.  The nameless array's old name is "".
  std::map<std::string, std::string> rename;
};

// Throws DataError if the file or a cell is wrong, Error{Exit::usage} if an option is.  The tree's attributes
// `source` and `source_sha256` say which file it was.
[[nodiscard]] Tree import_file(const std::filesystem::path& path, const ImportOptions& options = {});

}  // namespace ansatz::host
