// Which format a data file has: by content first, then by name.
#pragma once

#include "data/bytes.hpp"
#include "data/source.hpp"

namespace ansatz::host {

enum class Format { hdf5, csv, tsv, npy, npz, idx, text };
[[nodiscard]] std::string name_of(Format format);  // as in `format:`

struct KnownFile {
  std::filesystem::path path;
  Bytes bytes;
  Format format;
};

// Throws DataError if the file is missing, of no known format, or named like another format than its content.
[[nodiscard]] KnownFile know_file(const std::filesystem::path& path, const DataOptions& options);

}  // namespace ansatz::host
