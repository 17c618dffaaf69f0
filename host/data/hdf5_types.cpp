#include "data/hdf5_types.hpp"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr const char* bare_scale = "This is a netCDF dimension but not a netCDF variable";

H5Handle copy_of(hid_t type) { return {h5_check(H5Tcopy(type), "an HDF5 type cannot be copied"), H5Tclose}; }

std::string member_name(hid_t type, unsigned index) {
  char* raw = H5Tget_member_name(type, index);
  std::string name = raw == nullptr ? "" : raw;
  H5free_memory(raw);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

// As h5py and we write it: two names, 0 and 1, in a byte.
bool is_boolean(hid_t type) {
  if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
  for (unsigned i = 0; i < 2; ++i) {
    char value = 2;
    H5Tget_member_value(type, i, &value);
    if (member_name(type, i) != (value == 0 ? "false" : "true") || value < 0 || value > 1) return false;
  }
  return true;
}

Hdf5Type integer(hid_t type, const std::string& where) {
  const std::size_t size = H5Tget_size(type);
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  const auto kind = is_signed ? RawKind::signed_integer : RawKind::unsigned_integer;
  if (size == 1) return {copy_of(is_signed ? H5T_STD_I8LE : H5T_STD_U8LE), {kind, 1, false}, false};
  if (size == 2) return {copy_of(is_signed ? H5T_STD_I16LE : H5T_STD_U16LE), {kind, 2, false}, false};
  if (size <= 4) return {copy_of(is_signed ? H5T_STD_I32LE : H5T_STD_U32LE), {kind, 4, false}, false};
  if (size <= 8) return {copy_of(is_signed ? H5T_STD_I64LE : H5T_STD_U64LE), {kind, 8, false}, false};
  throw DataError{fmt::format("{}: its integers have {} bytes; at most 8 are supported", where, size)};
}

Hdf5Type text(hid_t type) {
  Hdf5Type result{copy_of(H5T_C_S1), {RawKind::utf8, 0, false}, H5Tis_variable_str(type) > 0};
  result.raw.size = result.variable_text ? sizeof(char*) : H5Tget_size(type);
  H5Tset_size(result.memory.id(), result.variable_text ? H5T_VARIABLE : result.raw.size);
  H5Tset_cset(result.memory.id(), H5Tget_cset(type));  // HDF5 does not convert between these
  if (!result.variable_text) H5Tset_strpad(result.memory.id(), H5T_STR_NULLPAD);
  return result;
}

std::string base_name(hid_t object) {
  const ssize_t size = H5Iget_name(object, nullptr, 0);
  if (size <= 0) return {};
  std::string path(static_cast<std::size_t>(size) + 1, '\0');
  H5Iget_name(object, path.data(), path.size());
  path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

std::string scale_name(hid_t scale) {
  std::string name(256, '\0');
  const ssize_t size = H5DSget_scale_name(scale, name.data(), name.size());
  name.resize(size <= 0 ? 0 : std::min<std::size_t>(static_cast<std::size_t>(size), name.size() - 1));
  while (!name.empty() && name.back() == '\0') name.pop_back();
  return name.empty() || name.starts_with(bare_scale) ? base_name(scale) : name;
}

std::string dim_name(hid_t dataset, unsigned dim) {
  std::string label(256, '\0');
  const ssize_t size = H5Aexists(dataset, "DIMENSION_LABELS") > 0
                           ? H5DSget_label(dataset, dim, label.data(), label.size())
                           : 0;
  if (size > 0) return label.c_str();
  if (H5DSget_num_scales(dataset, dim) <= 0) return {};
  std::string name;
  const auto first = [](hid_t, unsigned, hid_t scale, void* result) -> herr_t {
    try {
      *static_cast<std::string*>(result) = scale_name(scale);
      return 1;
    } catch (...) {
      return -1;  // nothing may be thrown through HDF5
    }
  };
  H5DSiterate_scales(dataset, dim, nullptr, first, &name);
  return name;
}

}  // namespace

Hdf5Type hdf5_type(hid_t dataset, const std::string& where) {
  const H5Handle type{h5_check(H5Dget_type(dataset), where + ": its type cannot be read"), H5Tclose};
  switch (H5Tget_class(type.id())) {
    case H5T_INTEGER: return integer(type.id(), where);
    case H5T_FLOAT:
      if (H5Tget_size(type.id()) <= 4) return {copy_of(H5T_IEEE_F32LE), {RawKind::floating, 4, false}, false};
      return {copy_of(H5T_IEEE_F64LE), {RawKind::floating, 8, false}, false};
    case H5T_STRING: return text(type.id());
    case H5T_ENUM: {
      if (is_boolean(type.id())) return {copy_of(type.id()), {RawKind::boolean, 1, false}, false};
      const H5Handle base{h5_check(H5Tget_super(type.id()), where + ": its type cannot be read"), H5Tclose};
      return integer(base.id(), where);
    }
    case H5T_COMPOUND:
      throw DataError{
          fmt::format("{}: its elements are compound (records with named fields, or complex numbers), "
                      "which is not supported; store each field as an array of its own",
                      where)};
    case H5T_REFERENCE:
      throw DataError{fmt::format("{}: its elements are references to other objects, not values", where)};
    case H5T_VLEN:
      throw DataError{
          fmt::format("{}: its elements are lists of different lengths, which is not supported; store "
                      "one long array and an array of where each list begins",
                      where)};
    default: break;
  }
  throw DataError{fmt::format("{}: its elements are neither numbers nor booleans nor text", where)};
}

std::vector<std::string> hdf5_dims(hid_t dataset, std::size_t rank, const Attributes& attributes) {
  if (rank == 0) return {};
  if (const auto ours = attributes.find("dims"); ours != attributes.end()) {
    const auto* names = std::get_if<std::vector<std::string>>(&ours->second);
    if (names != nullptr && names->size() == rank) return *names;
  }
  if (rank == 1 && H5DSis_scale(dataset) > 0) {
    const std::string own = scale_name(dataset);
    if (!own.empty()) return {own};
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rank; ++i) {
    names.push_back(dim_name(dataset, static_cast<unsigned>(i)));
    if (names.back().empty() || !is_utf8(names.back().data(), names.back().size())) return {};
  }
  return names;
}

bool is_bare_scale(hid_t dataset) {
  if (H5DSis_scale(dataset) <= 0) return false;
  char name[128]{};
  H5DSget_scale_name(dataset, name, sizeof name);
  return std::string_view{name}.starts_with(bare_scale);
}

}  // namespace ansatz::host
