// A Tree as HDF5, laid out in a FileImage.
#pragma once

#include "archive/file_image.hpp"
#include "archive/store.hpp"

namespace ansatz::host {

// The image points into the arrays of `tree`, which must stay as they are until it was streamed.
void h5_write_tree(const Tree& tree, FileImage& image, const WriteOptions& options);

}  // namespace ansatz::host
