// Plain HDF5 calls, sharing nothing with the code under test: an independent reader, and a writer of files as
// other programs make them.
#pragma once

#include <hdf5.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace ansatz::test {

// Closed at the end of its scope; a failed call fails the test.
class Raw {
 public:
  Raw(hid_t id, herr_t (*close)(hid_t)) : id_{id}, close_{close} { REQUIRE(id >= 0); }
  ~Raw() { close_(id_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

struct RawFile {
  explicit RawFile(const std::filesystem::path& path)
      : file{H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose} {}

  template <class T>
  [[nodiscard]] std::vector<T> read(const std::string& name, hid_t memory_type) const {
    const Raw dataset{H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose},
        space{H5Dget_space(dataset), H5Sclose};
    const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
    std::vector<T> values(count * H5Tget_size(memory_type) / sizeof(T));
    REQUIRE(H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    return values;
  }

  [[nodiscard]] std::vector<hsize_t> shape(const std::string& name) const {
    const Raw dataset{H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose},
        space{H5Dget_space(dataset), H5Sclose};
    std::vector<hsize_t> sizes(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
    return sizes;
  }

  Raw file;
};

// A new file, written to with plain calls.
struct RawWriter {
  explicit RawWriter(const std::filesystem::path& path)
      : file{H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose} {}

  void dataset(const std::string& name, hid_t type, hid_t memory_type, const std::vector<hsize_t>& shape,
               const void* data, hid_t properties = H5P_DEFAULT) const {
    const Raw space{H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose};
    const Raw made{H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT),
                   H5Dclose};
    REQUIRE(H5Dwrite(made, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  }

  void attribute(const std::string& object, const std::string& name, hid_t type, hid_t memory_type,
                 const std::vector<hsize_t>& shape, const void* data) const {
    const Raw on{H5Oopen(file, object.c_str(), H5P_DEFAULT), H5Oclose};
    const Raw space{shape.empty() ? H5Screate(H5S_SCALAR)
                                  : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                    H5Sclose};
    const Raw made{H5Acreate2(on, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
    REQUIRE(H5Awrite(made, memory_type, data) >= 0);
  }

  void group(const std::string& name) const {
    const Raw made{H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
  }

  Raw file;
};

}  // namespace ansatz::test
