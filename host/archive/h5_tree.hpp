// A Tree in an HDF5 file, both ways.
#pragma once

#include "archive/h5.hpp"
#include "archive/store.hpp"

namespace ansatz::host {

// A new file at `path`, or in memory alone if `in_memory`.  Throws IoError or DataError.
[[nodiscard]] H5Handle h5_create_file(const std::string& path, bool in_memory);
void h5_write_tree(hid_t file, const Tree& tree, const WriteOptions& options);

}  // namespace ansatz::host
