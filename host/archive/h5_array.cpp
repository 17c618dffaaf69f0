#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "archive/h5_names.hpp"
#include "archive/h5_type.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

std::vector<std::string> variable_texts(hid_t dataset, std::size_t count, const std::string& where) {
  const H5Handle type{H5Dget_type(dataset), H5Tclose}, space{H5Dget_space(dataset), H5Sclose};
  return h5_variable_texts(type.id(), space.id(), count, [&](hid_t memory, char** pointers) {
    h5_check(H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers), where + ": cannot be read");
  });
}

std::vector<std::uint64_t> shape_of(hid_t dataset, const std::string& where) {
  const H5Handle space{h5_check(H5Dget_space(dataset), where), H5Sclose};
  if (H5Sget_simple_extent_type(space.id()) == H5S_NULL) return {0};  // "no elements", of any rank
  const auto rank = static_cast<std::size_t>(h5_check(H5Sget_simple_extent_ndims(space.id()), where));
  std::vector<hsize_t> sizes(rank);
  if (rank > 0) h5_check(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), "cannot read a shape");
  return {sizes.begin(), sizes.end()};
}

// Before anything multiplies sizes that a damaged file may hold.
void check_size(const ArrayInfo& info, const std::string& where) {
  std::uint64_t bytes = std::max<std::uint64_t>(8, info.element_bytes());
  for (const std::uint64_t size : info.shape) {
    if (__builtin_mul_overflow(bytes, std::max<std::uint64_t>(size, 1), &bytes) || bytes > INT64_MAX) {
      throw DataError{where + ": the array is larger than any memory"};
    }
  }
}

std::string text_attribute(hid_t object, const char* name) {
  const auto value = h5_attribute(object, name);
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text == nullptr ? "" : *text;
}

bool is_scale(hid_t dataset) { return text_attribute(dataset, class_attribute) == scale_class; }

// The name of the dimension that a scale stands for.
std::string dimension_name(hid_t scale) {
  if (H5Aexists(scale, dim_attribute) > 0) return text_attribute(scale, dim_attribute);
  std::string path(256, '\0');
  const ssize_t length = H5Iget_name(scale, path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) >= path.size()) return "";
  path.resize(static_cast<std::size_t>(length));
  return path.substr(path.rfind('/') + 1);
}

// DIMENSION_LIST: for each dimension a list of references to scales; the first one names it.
std::vector<std::string> scale_names(hid_t dataset, std::size_t rank) {
  const H5Handle attribute{H5Aopen(dataset, list_attribute, H5P_DEFAULT), H5Aclose};
  const H5Handle space{H5Aget_space(attribute.id()), H5Sclose};
  const H5Handle type{H5Tvlen_create(H5T_STD_REF_OBJ), H5Tclose};
  if (H5Sget_simple_extent_npoints(space.id()) != static_cast<hssize_t>(rank)) return {};
  struct Lists {
    std::vector<hvl_t> of_dimension;
    hid_t type, space;
    ~Lists() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, of_dimension.data()); }
  } lists{std::vector<hvl_t>(rank, hvl_t{0, nullptr}), type.id(), space.id()};
  if (H5Aread(attribute.id(), type.id(), lists.of_dimension.data()) < 0) return {};
  std::vector<std::string> names(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    if (lists.of_dimension[i].len == 0) continue;
    const H5Handle scale{H5Rdereference2(dataset, H5P_DEFAULT, H5R_OBJECT, lists.of_dimension[i].p),
                         H5Oclose};
    if (scale.id() >= 0) names[i] = dimension_name(scale.id());
  }
  return names;
}

// Takes the names out of the attributes if they are there.
std::vector<std::string> dims_of(hid_t dataset, std::size_t rank, Attributes& attributes) {
  const auto found = attributes.find(dims_attribute);
  const auto* list =
      found == attributes.end() ? nullptr : std::get_if<std::vector<std::string>>(&found->second);
  if (list != nullptr && list->size() == rank) {
    std::vector<std::string> names = *list;
    attributes.erase(found);
    return names;
  }
  std::vector<std::string> names;
  if (H5Aexists(dataset, list_attribute) > 0) {
    names = scale_names(dataset, rank);
  } else if (rank == 1 && is_scale(dataset)) {
    names = {dimension_name(dataset)};
  }
  const bool any = std::any_of(names.begin(), names.end(), [](const std::string& n) { return !n.empty(); });
  return any && names.size() == rank ? names : std::vector<std::string>{};
}

void refuse_beyond_i64(const std::uint64_t* values, std::uint64_t count, const std::string& where) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (values[i] > INT64_MAX) {
      throw DataError{
          fmt::format("{}: element {} is {}, beyond signed 64-bit integers; store it as a real or "
                      "a text",
                      where, i, values[i])};
    }
  }
}

void read_variable_rows(hid_t dataset, const ArrayInfo& info, std::uint64_t first, std::uint64_t count,
                        char* out, const std::string& where) {
  const std::vector<std::string> texts = variable_texts(dataset, info.count(), where);
  const std::uint64_t row = info.shape.empty() ? 1 : info.row_bytes() / info.text_width;
  std::memset(out, 0, count * row * info.text_width);
  for (std::uint64_t i = 0; i < count * row; ++i) {
    const std::string& text = texts[first * row + i];
    std::memcpy(out + i * info.text_width, text.data(), std::min(text.size(), info.text_width));
  }
}

}  // namespace

bool h5_is_bare_dimension(hid_t dataset) {
  return is_scale(dataset) && text_attribute(dataset, name_attribute).starts_with(bare_dimension);
}

ArrayInfo h5_array_info(hid_t dataset, const std::string& where) {
  const H5Handle type{h5_check(H5Dget_type(dataset), where), H5Tclose};
  const StoredType stored = h5_stored_type(type.id(), where);
  ArrayInfo info;
  info.type = stored.type;
  info.text_width = stored.text_width;
  info.shape = shape_of(dataset, where);
  check_size(info, where);
  if (stored.variable_text) {
    info.text_width = 1;
    for (const std::string& text : variable_texts(dataset, info.count(), where))
      info.text_width = std::max(info.text_width, text.size());
    check_size(info, where);
  }
  if (info.type == ElementType::text) {
    const auto narrower = h5_attribute(dataset, width_attribute);
    const auto* width = narrower ? std::get_if<std::int64_t>(&*narrower) : nullptr;
    if (width != nullptr && *width >= 0) info.text_width = std::min<std::size_t>(info.text_width, *width);
  }
  info.attributes = h5_attributes(dataset, where);
  info.dims = dims_of(dataset, info.shape.size(), info.attributes);
  H5Eclear2(H5E_DEFAULT);
  return info;
}

std::uint64_t h5_plain_offset(hid_t dataset, const ArrayInfo& info) {
  const H5Handle properties{H5Dget_create_plist(dataset), H5Pclose}, stored{H5Dget_type(dataset), H5Tclose};
  const H5Handle wanted = h5_memory_type(info.type, info.text_width);
  if (info.bytes() == 0 || H5Pget_layout(properties.id()) != H5D_CONTIGUOUS) return 0;
  if (H5Pget_external_count(properties.id()) > 0 || H5Tequal(stored.id(), wanted.id()) <= 0) return 0;
  const haddr_t offset = H5Dget_offset(dataset);
  H5Eclear2(H5E_DEFAULT);
  return offset == HADDR_UNDEF ? 0 : offset;
}

void h5_read_rows(hid_t dataset, const ArrayInfo& info, std::uint64_t first, std::uint64_t count,
                  void* buffer, const std::string& where) {
  if (info.bytes() == 0 || (count == 0 && !info.shape.empty())) return;
  const std::string what = info.shape.empty()
                               ? where + ": the value cannot be read"
                               : fmt::format("{}: rows {} to {} cannot be read", where, first, first + count);
  const H5Handle type{h5_check(H5Dget_type(dataset), what), H5Tclose};
  const StoredType stored = h5_stored_type(type.id(), where);
  if (stored.variable_text) {
    read_variable_rows(dataset, info, first, count, static_cast<char*>(buffer), where);
    return;
  }
  const H5Handle memory = stored.unsigned_64 ? h5_copy_type(H5T_NATIVE_UINT64)
                                             : h5_read_type(type.id(), info.type, info.text_width);
  if (info.shape.empty()) {
    h5_check(H5Dread(dataset, memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer), what);
  } else {
    std::vector<hsize_t> start(info.shape.size(), 0), size(info.shape.begin(), info.shape.end());
    start[0] = first, size[0] = count;
    const H5Handle space{H5Dget_space(dataset), H5Sclose};
    h5_check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr),
             what);
    const H5Handle target{H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose};
    h5_check(H5Dread(dataset, memory.id(), target.id(), space.id(), H5P_DEFAULT, buffer), what);
  }
  if (stored.unsigned_64) {
    const std::uint64_t elements =
        info.shape.empty() ? 1 : count * (info.row_bytes() / sizeof(std::uint64_t));
    refuse_beyond_i64(static_cast<const std::uint64_t*>(buffer), elements, where);
  }
}

}  // namespace ansatz::host
