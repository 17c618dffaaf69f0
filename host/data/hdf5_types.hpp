// What HDF5 calls types and dimension scales, in our terms.
#pragma once

#include "archive/h5.hpp"
#include "data/raw_array.hpp"

namespace ansatz::host {

// How a data set is read: HDF5 converts to `memory`, a little-endian type that `raw` describes.
struct Hdf5Type {
  H5Handle memory;
  RawType raw;
  bool variable_text = false;  // `memory` is char*
};

// Throws DataError that begins with `where` for types that are no numbers, booleans or text.
[[nodiscard]] Hdf5Type hdf5_type(hid_t dataset, const std::string& where);

// One name a dimension, from the attribute `dims`, dimension labels or dimension scales; empty unless all
// have one.
[[nodiscard]] std::vector<std::string> hdf5_dims(hid_t dataset, std::size_t rank,
                                                 const Attributes& attributes);

// A dimension scale without values of its own, as netCDF writes.
[[nodiscard]] bool is_bare_scale(hid_t dataset);

}  // namespace ansatz::host
