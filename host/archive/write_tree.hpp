// A Tree as HDF5, laid out in a FileImage.
#pragma once

#include "archive/file_image.hpp"
#include "archive/h5_driver.hpp"
#include "archive/store.hpp"

namespace ansatz::host {

// The image points into the arrays of `tree`, which must stay as they are until it was streamed.
void h5_write_tree(const Tree& tree, FileImage& image, const WriteOptions& options);

// The parts of it, for archives that are written group by group.
struct TreeWriter {
  FileImage& image;
  const WriteOptions& options;
  bool borrow = true;  // arrays stay as they are until the image was streamed; else they are copied
};
void h5_write_group(hid_t group, const Tree& tree, const TreeWriter& writer);
// Makes the group `name` in `parent`.
[[nodiscard]] H5Handle h5_make_group(hid_t parent, const std::string& name);
[[nodiscard]] ImageFile h5_make_file(FileImage& image);

}  // namespace ansatz::host
