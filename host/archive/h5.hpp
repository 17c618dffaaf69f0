// A thin layer over the HDF5 C API: handles that close themselves, errors that name file and object, and the
// one mapping between our element types and HDF5's.  One thread of a process uses an open file at a time.
//
//   const H5Handle file = h5_open_file("digits.h5");
//   const H5Handle images{h5_check(H5Dopen2(file.id(), "images", H5P_DEFAULT), "images"), H5Dclose};
//   const ArrayInfo info = h5_array_info(images.id(), "digits.h5:/images");
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <utility>

#include "archive/hdf5_library.hpp"
#include "core/tree.hpp"

namespace ansatz::host {

// An open HDF5 object of any kind.
class H5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  H5Handle() = default;
  H5Handle(hid_t id, Close close) : id_{id}, close_{close} {}
  ~H5Handle() { reset(); }
  H5Handle(H5Handle&& other) noexcept : id_{std::exchange(other.id_, -1)}, close_{other.close_} {}
  H5Handle& operator=(H5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  [[nodiscard]] hid_t id() const { return id_; }
  void reset() {
    if (id_ >= 0) close_(id_);
    id_ = -1;
  }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

// Throws DataError "<what>: <the innermost message of HDF5's error stack>" if `result` is negative.
hid_t h5_check(hid_t result, const std::string& what);
// A property list of the class; a type that is ours to change.
[[nodiscard]] H5Handle h5_properties(hid_t property_class);
[[nodiscard]] H5Handle h5_copy_type(hid_t type);

// --- what a reader needs ---

[[nodiscard]] H5Handle h5_open_file(const std::string& path);  // read-only
// Type, shape, dims and attributes of a data set.  Other types than ours map to the nearest that holds every
// value: small integers to i32, others and enumerations to i64, half precision to f32; compounds, references
// and opaque data are DataErrors.
[[nodiscard]] ArrayInfo h5_array_info(hid_t dataset, const std::string& where);
// Those of kinds that Value has; others are left out, since foreign files carry all sorts.
[[nodiscard]] Attributes h5_attributes(hid_t object, const std::string& where);
// Rows [first, first + count), or the one element of a scalar, converted to `info.type`.
void h5_read_rows(hid_t dataset, const ArrayInfo& info, std::uint64_t first, std::uint64_t count,
                  void* buffer, const std::string& where);
// Where the elements lie in the file as they would in memory; 0: chunked, filtered, converted or not
// allocated.
[[nodiscard]] std::uint64_t h5_plain_offset(hid_t dataset, const ArrayInfo& info);
// A dimension of the netCDF convention that has a size but no values: no array of ours.
[[nodiscard]] bool h5_is_bare_dimension(hid_t dataset);

// --- what a writer needs ---

// Property lists of links and of attributes whose names are UTF-8; made once, since an archive has many thousands.
[[nodiscard]] hid_t h5_link_properties();
[[nodiscard]] hid_t h5_attribute_properties();
[[nodiscard]] H5Handle h5_memory_type(ElementType type, std::size_t text_width);
void h5_write_attribute(hid_t object, const std::string& name, const Value& value);

}  // namespace ansatz::host
