// Data files seen as named arrays, read whole or by blocks of rows.
//
//   auto file = open_data("digits.h5");
//   auto images = file->open("images");
//   Buffer all = images->whole();
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tree.hpp"

namespace ansatz::host {

// One array in a file.  Not thread-safe.
class ArraySource {
 public:
  virtual ~ArraySource() = default;
  [[nodiscard]] virtual const ArrayInfo& info() const = 0;
  // Rows [first, first + count) of the first dimension, into count * info().row_bytes() bytes.
  // Throws DataError with file, array and rows if the range is outside or the file is damaged.
  virtual void read_rows(std::uint64_t first, std::uint64_t count, void* buffer) = 0;
  // All elements, 64-byte aligned; a mapping of the file where its layout allows (never written through).
  [[nodiscard]] virtual Buffer whole() = 0;
};

// An open data file.  A file with one nameless array (IDX, NPY, text) lists it as "".
class DataFile {
 public:
  virtual ~DataFile() = default;
  [[nodiscard]] virtual std::vector<std::string> items() const = 0;
  // Throws DataError that lists the items and the nearest name if there is none such.
  [[nodiscard]] virtual std::unique_ptr<ArraySource> open(const std::string& item) = 0;
};

// How to read a file, where its name and content leave that open.  Pipeline keys of the same names.
struct DataOptions {
  std::string format;          // "": by content and name; hdf5, csv, tsv, npy, npz, idx, text
  std::optional<bool> header;  // of csv and tsv: whether the first line names the columns; none: by its look
};

// By content first (magic bytes, gzip looked into), then by name.  Throws DataError: missing, truncated,
// unknown.
[[nodiscard]] std::unique_ptr<DataFile> open_data(const std::filesystem::path& path,
                                                  const DataOptions& options = {});

}  // namespace ansatz::host
