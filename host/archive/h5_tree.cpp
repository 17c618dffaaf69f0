#include "archive/h5_tree.hpp"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <map>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t chunked_from = 64 << 10;
constexpr std::uint64_t largest_chunk = 1 << 20;
constexpr hsize_t page = 4096;

H5Handle properties(hid_t property_class) {
  return {h5_check(H5Pcreate(property_class), "cannot make HDF5 properties"), H5Pclose};
}

// No times, order of creation kept: equal trees give equal bytes, and readers see our order.
H5Handle group_properties(hid_t property_class) {
  H5Handle list = properties(property_class);
  H5Pset_obj_track_times(list.id(), false);
  H5Pset_link_creation_order(list.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_attr_creation_order(list.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return list;
}

// Chunks of whole rows if they fit, else of part of the last dimensions.
std::vector<hsize_t> chunk_shape(const Array& array) {
  std::vector<hsize_t> chunk(array.shape.begin(), array.shape.end());
  std::uint64_t bytes = array.bytes();
  for (std::size_t i = 0; i < chunk.size() && bytes > largest_chunk; ++i) {
    const std::uint64_t rest = bytes / chunk[i];
    chunk[i] = std::max<hsize_t>(1, largest_chunk / std::max<std::uint64_t>(1, rest));
    bytes = rest * chunk[i];
  }
  return chunk;
}

H5Handle array_properties(const Array& array, bool archive) {
  H5Handle list = properties(H5P_DATASET_CREATE);
  H5Pset_obj_track_times(list.id(), false);
  H5Pset_attr_creation_order(list.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_fill_time(list.id(), H5D_FILL_TIME_NEVER);
  if (archive && array.bytes() >= chunked_from && !array.shape.empty()) {
    const std::vector<hsize_t> chunk = chunk_shape(array);
    H5Pset_chunk(list.id(), static_cast<int>(chunk.size()), chunk.data());
    H5Pset_fletcher32(list.id());
  } else {
    H5Pset_alloc_time(list.id(), H5D_ALLOC_TIME_EARLY);
  }
  return list;
}

// Dimension scales of one group: a name has one size there, else it stays a label.
class Scales {
 public:
  Scales(hid_t group, const Tree& tree) : group_{group} {
    for (const auto& [name, node] : tree.children()) {
      taken_[name] = true;
      const Array* array = std::get_if<Array>(node.get());
      for (std::size_t i = 0; array != nullptr && i < array->dims.size(); ++i) {
        const auto [known, added] = sizes_.try_emplace(array->dims[i], array->shape[i]);
        if (!added && known->second != array->shape[i]) known->second = 0;
      }
    }
  }

  void attach(hid_t dataset, const Array& array) {
    for (std::size_t i = 0; i < array.dims.size(); ++i) {
      const std::string& name = array.dims[i];
      if (name.empty() || name.find('/') != std::string::npos || sizes_[name] == 0 || taken_.contains(name))
        continue;
      const H5Handle scale = open(name, array.shape[i]);
      h5_check(H5DSattach_scale(dataset, scale.id(), static_cast<unsigned>(i)),
               "cannot attach dimension " + name);
    }
  }

 private:
  H5Handle open(const std::string& name, hsize_t size) {
    if (std::find(made_.begin(), made_.end(), name) != made_.end()) {
      return {h5_check(H5Dopen2(group_, name.c_str(), H5P_DEFAULT), name), H5Dclose};
    }
    made_.push_back(name);
    const H5Handle space{H5Screate_simple(1, &size, nullptr), H5Sclose};
    const H5Handle list = properties(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list.id(), false);
    H5Handle scale{h5_check(H5Dcreate2(group_, name.c_str(), H5T_IEEE_F32BE, space.id(), H5P_DEFAULT,
                                       list.id(), H5P_DEFAULT),
                            "cannot make dimension " + name),
                   H5Dclose};
    // netCDF's spelling of a dimension that has no values of its own.
    const std::string title = fmt::format("This is a netCDF dimension but not a netCDF variable.{:10}", size);
    h5_check(H5DSset_scale(scale.id(), title.c_str()), "cannot make dimension " + name);
    return scale;
  }

  hid_t group_;
  std::map<std::string, std::uint64_t> sizes_;
  std::map<std::string, bool> taken_;
  std::vector<std::string> made_;
};

void write_array(hid_t group, const std::string& name, const Array& array, const WriteOptions& options,
                 Scales* scales) {
  const H5Handle type = h5_memory_type(array.type, array.text_width);
  const std::vector<hsize_t> sizes(array.shape.begin(), array.shape.end());
  const H5Handle space{sizes.empty()
                           ? H5Screate(H5S_SCALAR)
                           : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                       H5Sclose};
  const H5Handle list = array_properties(array, options.archive);
  const std::string what = "cannot write array '" + name + "'";
  const H5Handle dataset{
      h5_check(H5Dcreate2(group, name.c_str(), type.id(), space.id(), H5P_DEFAULT, list.id(), H5P_DEFAULT),
               what),
      H5Dclose};
  if (array.bytes() > 0) {
    h5_check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.data.data()), what);
  }
  for (const auto& [attribute, value] : array.attributes) h5_write_attribute(dataset.id(), attribute, value);
  if (!array.dims.empty()) h5_write_attribute(dataset.id(), "dims", array.dims);
  if (scales != nullptr) scales->attach(dataset.id(), array);
}

void write_group(hid_t group, const Tree& tree, const WriteOptions& options) {
  for (const auto& [name, value] : tree.attributes) h5_write_attribute(group, name, value);
  Scales scales{group, tree};
  for (const auto& [name, node] : tree.children()) {
    if (const Array* array = std::get_if<Array>(node.get())) {
      write_array(group, name, *array, options, options.archive ? &scales : nullptr);
      continue;
    }
    const H5Handle list = group_properties(H5P_GROUP_CREATE);
    const H5Handle child{h5_check(H5Gcreate2(group, name.c_str(), H5P_DEFAULT, list.id(), H5P_DEFAULT),
                                  "cannot make group " + name),
                         H5Gclose};
    write_group(child.id(), std::get<Tree>(*node), options);
  }
}

}  // namespace

H5Handle h5_create_file(const std::string& path, bool in_memory) {
  h5_quiet();
  const H5Handle access = properties(H5P_FILE_ACCESS), creation = group_properties(H5P_FILE_CREATE);
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V18);
  H5Pset_alignment(access.id(), page, page);
  if (in_memory) H5Pset_fapl_core(access.id(), 1 << 20, false);
  return {h5_check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), "cannot make " + path),
          H5Fclose};
}

void h5_write_tree(hid_t file, const Tree& tree, const WriteOptions& options) {
  const H5Handle root{h5_check(H5Gopen2(file, "/", H5P_DEFAULT), "cannot open the root group"), H5Gclose};
  write_group(root.id(), tree, options);
}

}  // namespace ansatz::host
