#include "archive/h5_type.hpp"

#include <fmt/core.h>

#include <cstring>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

// h5py's spelling of booleans, so that they come back as such there.
H5Handle boolean_type() {
  H5Handle type{h5_check(H5Tenum_create(H5T_STD_I8LE), "cannot make an HDF5 type"), H5Tclose};
  const std::int8_t values[] = {0, 1};
  h5_check(H5Tenum_insert(type.id(), "FALSE", &values[0]), "cannot make an HDF5 type");
  h5_check(H5Tenum_insert(type.id(), "TRUE", &values[1]), "cannot make an HDF5 type");
  return type;
}

StoredType integer_type(hid_t type, const std::string& where) {
  const std::size_t size = H5Tget_size(type);
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  if (size == 1 && !is_signed) return {ElementType::u8};
  if (size < 4 || (size == 4 && is_signed)) return {ElementType::i32};
  if (size <= 8) return {ElementType::i64, 0, false, size == 8 && !is_signed};
  throw DataError{fmt::format("{}: integers of {} bytes are not supported", where, size)};
}

bool member_is(hid_t type, unsigned index, const char* expected, std::int8_t expected_value) {
  char* name = H5Tget_member_name(type, index);
  const bool same_name = name != nullptr && std::strcmp(name, expected) == 0;
  H5free_memory(name);
  std::int8_t value = -1;
  return same_name && H5Tget_member_value(type, index, &value) >= 0 && value == expected_value;
}

}  // namespace

bool h5_is_boolean(hid_t type) {
  return H5Tget_class(type) == H5T_ENUM && H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 &&
         member_is(type, 0, "FALSE", 0) && member_is(type, 1, "TRUE", 1);
}

StoredType h5_stored_type(hid_t type, const std::string& where) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: return integer_type(type, where);
    case H5T_FLOAT: return {H5Tget_size(type) <= 4 ? ElementType::f32 : ElementType::f64};
    case H5T_STRING:
      if (H5Tis_variable_str(type) > 0) return {ElementType::text, 0, true};
      return {ElementType::text, H5Tget_size(type)};
    case H5T_ENUM: return {h5_is_boolean(type) ? ElementType::boolean : ElementType::i64};
    case H5T_COMPOUND:
      throw DataError{fmt::format("{}: a compound type; store each field as an array of its own", where)};
    case H5T_REFERENCE:
      throw DataError{fmt::format("{}: references to other objects hold no numbers", where)};
    default: throw DataError{fmt::format("{}: an element type other than numbers, booleans and text", where)};
  }
}

H5Handle h5_text_type(std::size_t width) {
  H5Handle type = h5_copy_type(H5T_C_S1);
  const std::size_t size = std::max<std::size_t>(1, width);  // HDF5 knows no texts of no bytes
  h5_check(H5Tset_size(type.id(), size), "cannot make an HDF5 type");
  h5_check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "cannot make an HDF5 type");
  h5_check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "cannot make an HDF5 type");
  return type;
}

H5Handle h5_read_type(hid_t stored, ElementType type, std::size_t text_width) {
  if (type == ElementType::boolean) return h5_copy_type(stored);
  H5Handle memory = h5_memory_type(type, text_width);
  if (type == ElementType::text) {
    h5_check(H5Tset_cset(memory.id(), H5Tget_cset(stored)), "cannot make an HDF5 type");
  }
  return memory;
}

H5Handle h5_memory_type(ElementType type, std::size_t text_width) {
  switch (type) {
    case ElementType::f64: return h5_copy_type(H5T_IEEE_F64LE);
    case ElementType::f32: return h5_copy_type(H5T_IEEE_F32LE);
    case ElementType::i64: return h5_copy_type(H5T_STD_I64LE);
    case ElementType::i32: return h5_copy_type(H5T_STD_I32LE);
    case ElementType::u8: return h5_copy_type(H5T_STD_U8LE);
    case ElementType::boolean: return boolean_type();
    case ElementType::text: return h5_text_type(text_width);
  }
  throw DataError{"unknown element type"};
}

}  // namespace ansatz::host
