#include "archive/write_tree.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "archive/h5.hpp"
#include "archive/h5_driver.hpp"
#include "archive/h5_names.hpp"
#include "archive/scales.hpp"
#include "core/dims.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::uint64_t chunked_from = 64 << 10;
constexpr std::uint64_t largest_chunk = 1 << 20;
constexpr std::uint64_t page = 4096;  // arrays from here on start on a page and are not copied
constexpr unsigned compact_attributes = 64;

// No times, so that equal trees give equal bytes; order kept, so that readers see ours.
H5Handle object_properties(hid_t property_class) {
  H5Handle list = h5_properties(property_class);
  h5_check(H5Pset_obj_track_times(list.id(), false), "cannot set HDF5 properties");
  h5_check(H5Pset_attr_creation_order(list.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
           "cannot set HDF5 properties");
  h5_check(H5Pset_attr_phase_change(list.id(), compact_attributes, compact_attributes / 2),
           "cannot set HDF5 properties");
  return list;
}

H5Handle group_properties(hid_t property_class) {
  H5Handle list = object_properties(property_class);
  h5_check(H5Pset_link_creation_order(list.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
           "cannot set HDF5 properties");
  return list;
}

// Whole rows if they fit, else parts of the later dimensions; of nearly equal size, so that the last chunk is
// not mostly padding.
std::vector<hsize_t> chunk_shape(const Array& array) {
  std::vector<hsize_t> chunk(array.shape.begin(), array.shape.end());
  std::uint64_t bytes = array.bytes();
  for (hsize_t& size : chunk) {
    if (bytes <= largest_chunk) break;
    const std::uint64_t rest = bytes / size;
    const std::uint64_t fit = std::max<std::uint64_t>(1, largest_chunk / rest);
    const std::uint64_t pieces = (size + fit - 1) / fit;
    size = (size + pieces - 1) / pieces;
    bytes = rest * size;
  }
  return chunk;
}

H5Handle chunked_properties(const Array& array) {
  H5Handle list = object_properties(H5P_DATASET_CREATE);
  // The default fill time: what of a chunk lies outside of the array is zero, not memory of ours.
  const std::vector<hsize_t> chunk = chunk_shape(array);
  h5_check(H5Pset_chunk(list.id(), static_cast<int>(chunk.size()), chunk.data()),
           "cannot set HDF5 properties");
  h5_check(H5Pset_fletcher32(list.id()), "cannot set HDF5 properties");
  return list;
}

H5Handle contiguous_properties() {
  H5Handle list = object_properties(H5P_DATASET_CREATE);
  h5_check(H5Pset_fill_time(list.id(), H5D_FILL_TIME_NEVER), "cannot set HDF5 properties");
  h5_check(H5Pset_alloc_time(list.id(), H5D_ALLOC_TIME_EARLY), "cannot set HDF5 properties");
  return list;
}

void check_array(const std::string& name, const Array& array) {
  if (!array.dims.empty() && array.dims.size() != array.shape.size()) {
    throw DataError{fmt::format("array '{}' is {} but has {} dimension names", name, shape_text(array.shape),
                                array.dims.size())};
  }
  const auto dims = array.attributes.find(dims_attribute);
  if (dims != array.attributes.end() && std::holds_alternative<std::vector<std::string>>(dims->second)) {
    throw DataError{
        fmt::format("array '{}' has a list of texts as its attribute 'dims', which is where the "
                    "names of its dimensions are stored",
                    name)};
  }
  if (array.data.size() < array.bytes()) {
    throw DataError{fmt::format("array '{}' needs {} bytes, but its buffer has {}", name, array.bytes(),
                                array.data.size())};
  }
}

void write_attributes(hid_t object, const Attributes& attributes) {
  constexpr std::array reserved = {dim_attribute, width_attribute, list_attribute, users_attribute};
  for (const char* name : reserved) {
    if (attributes.contains(name)) {
      throw DataError{fmt::format("the attribute name '{}' is reserved for the file format", name)};
    }
  }
  for (const auto& [name, value] : attributes) h5_write_attribute(object, name, value);
}

// HDF5 has no texts of no bytes, and xarray takes texts of one byte for the letters of a longer one.
std::size_t stored_width(const Array& array, bool archive) {
  return array.type == ElementType::text ? std::max<std::size_t>(archive ? 2 : 1, array.text_width) : 0;
}

void write_elements(hid_t dataset, const std::string& name, const Array& array, bool in_place,
                    const TreeWriter& writer) {
  if (array.bytes() == 0) return;
  if (!in_place || array.bytes() < page) {
    const H5Handle type = h5_memory_type(array.type, array.text_width);
    h5_check(H5Dwrite(dataset, type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.data.data()),
             "cannot write array '" + name + "'");
    return;
  }
  const haddr_t offset = H5Dget_offset(dataset);
  if (offset == HADDR_UNDEF) h5_check(-1, "cannot place array '" + name + "'");
  writer.image.borrow(offset, array.data.data(), static_cast<std::size_t>(array.bytes()));
}

H5Handle write_array(hid_t group, const std::string& name, const Array& array, const TreeWriter& writer) {
  check_array(name, array);
  const bool chunked = writer.options.archive && array.bytes() >= chunked_from && !array.shape.empty();
  const std::size_t width = stored_width(array, writer.options.archive);
  const bool widened = array.type == ElementType::text && width != array.text_width;
  const H5Handle type = h5_memory_type(array.type, width);
  const std::vector<hsize_t> sizes(array.shape.begin(), array.shape.end());
  const H5Handle space{sizes.empty()
                           ? H5Screate(H5S_SCALAR)
                           : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                       H5Sclose};
  static const H5Handle contiguous = contiguous_properties();
  const H5Handle own = chunked ? chunked_properties(array) : H5Handle{};
  const hid_t list = chunked ? own.id() : contiguous.id();
  H5Handle dataset{h5_check(H5Dcreate2(group, name.c_str(), type.id(), space.id(), h5_link_properties(), list,
                                       H5P_DEFAULT),
                            "cannot make array '" + name + "'"),
                   H5Dclose};
  write_elements(dataset.id(), name, array, !chunked && !widened && writer.borrow, writer);
  write_attributes(dataset.id(), array.attributes);
  if (widened) {
    h5_write_attribute(dataset.id(), width_attribute, Value{static_cast<std::int64_t>(array.text_width)});
  }
  if (!array.dims.empty() && !writer.options.archive) {
    h5_write_attribute(dataset.id(), dims_attribute, Value{array.dims});
  }
  return dataset;
}

}  // namespace

H5Handle h5_make_group(hid_t parent, const std::string& name) {
  static const H5Handle list = group_properties(H5P_GROUP_CREATE);
  return {h5_check(H5Gcreate2(parent, name.c_str(), h5_link_properties(), list.id(), H5P_DEFAULT),
                   "cannot make group '" + name + "'"),
          H5Gclose};
}

void h5_write_group(hid_t group, const Tree& tree, const TreeWriter& writer) {
  write_attributes(group, tree.attributes);
  std::optional<Scales> scales;
  if (writer.options.archive) scales.emplace(group, tree);
  for (const auto& [name, node] : tree.children()) {
    if (const Array* array = std::get_if<Array>(node.get())) {
      H5Handle dataset = write_array(group, name, *array, writer);
      if (scales) scales->add(name, *array, std::move(dataset));
      continue;
    }
    const H5Handle child = h5_make_group(group, name);
    h5_write_group(child.id(), std::get<Tree>(*node), writer);
  }
  if (scales) scales->finish();
}

namespace {

// HDF5's cache of metadata grows to 32 MiB of the file, ten times that in memory: the groups of a large sweep would fill it.
void keep_cache_small(const H5Handle& access) {
  H5AC_cache_config_t cache{};
  cache.version = H5AC__CURR_CACHE_CONFIG_VERSION;
  h5_check(H5Pget_mdc_config(access.id(), &cache), "cannot read HDF5 properties");
  cache.min_size = cache.initial_size = cache.max_size = std::size_t{256} << 10;
  cache.set_initial_size = true;
  h5_check(H5Pset_mdc_config(access.id(), &cache), "cannot set HDF5 properties");
}

}  // namespace

ImageFile h5_make_file(FileImage& image) {
  h5_quiet();
  const H5Handle access = h5_properties(H5P_FILE_ACCESS), creation = group_properties(H5P_FILE_CREATE);
  h5_check(H5Pset_libver_bounds(access.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V18),
           "cannot set HDF5 properties");
  h5_check(H5Pset_alignment(access.id(), page, page), "cannot set HDF5 properties");
  keep_cache_small(access);
  return {image, access, creation};
}

void h5_write_tree(const Tree& tree, FileImage& image, const WriteOptions& options) {
  ImageFile file = h5_make_file(image);
  {
    const H5Handle root{h5_check(H5Gopen2(file.id(), "/", H5P_DEFAULT), "cannot open the root group"),
                        H5Gclose};
    h5_write_group(root.id(), tree, {image, options});
  }
  file.finish();
}

}  // namespace ansatz::host
