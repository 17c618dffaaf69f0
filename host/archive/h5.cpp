#include "archive/h5.hpp"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <optional>
#include <tuple>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr int max_attribute_bytes = 1 << 20;

H5Handle type_handle(hid_t id) { return {h5_check(id, "cannot make an HDF5 type"), H5Tclose}; }

// h5py's spelling of booleans, so that they come back as such there.
H5Handle boolean_type() {
  H5Handle type = type_handle(H5Tenum_create(H5T_STD_I8LE));
  std::int8_t value = 0;
  H5Tenum_insert(type.id(), "FALSE", &value);
  value = 1;
  H5Tenum_insert(type.id(), "TRUE", &value);
  return type;
}

H5Handle text_type(std::size_t width) {
  H5Handle type = type_handle(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.id(), std::max<std::size_t>(1, width));
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

bool is_boolean(hid_t type) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
  char* first = H5Tget_member_name(type, 0);
  const bool boolean =
      first != nullptr && (std::strcmp(first, "FALSE") == 0 || std::strcmp(first, "TRUE") == 0);
  H5free_memory(first);
  return boolean;
}

ElementType integer_type(hid_t type, const std::string& where) {
  const std::size_t size = H5Tget_size(type);
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  if (size == 1 && !is_signed) return ElementType::u8;
  if (size < 4 || (size == 4 && is_signed)) return ElementType::i32;
  if (size <= 8)
    return ElementType::i64;  // of unsigned 64-bit integers HDF5 clips the upper half; refused on reading
  throw DataError{fmt::format("{}: integers of {} bytes are not supported", where, size)};
}

// Our type for a stored type; width of fixed text, 0 for text of variable length.
std::pair<ElementType, std::size_t> element_type(hid_t type, const std::string& where) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: return {integer_type(type, where), 0};
    case H5T_FLOAT: return {H5Tget_size(type) <= 4 ? ElementType::f32 : ElementType::f64, 0};
    case H5T_STRING: return {ElementType::text, H5Tis_variable_str(type) > 0 ? 0 : H5Tget_size(type)};
    case H5T_ENUM:
      if (is_boolean(type)) return {ElementType::boolean, 0};
      return {ElementType::i64, 0};
    case H5T_COMPOUND:
      throw DataError{fmt::format("{}: a compound type; store each field as an array of its own", where)};
    case H5T_REFERENCE:
      throw DataError{fmt::format("{}: references to other objects hold no numbers", where)};
    default: throw DataError{fmt::format("{}: an element type other than numbers, booleans and text", where)};
  }
}

herr_t innermost(unsigned, const H5E_error2_t* error, void* data) {
  auto* text = static_cast<std::string*>(data);
  if (text->empty() && error->desc != nullptr) *text = error->desc;
  return 0;
}

struct VariableTexts {
  std::vector<char*> pointers;
  hid_t type, space;
  VariableTexts(std::size_t count, hid_t t, hid_t s) : pointers(count, nullptr), type{t}, space{s} {}
  ~VariableTexts() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data()); }
  VariableTexts(const VariableTexts&) = delete;
  VariableTexts& operator=(const VariableTexts&) = delete;
};

H5Handle variable_text_type() {
  H5Handle type = type_handle(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

std::vector<std::string> read_variable_texts(hid_t dataset, std::size_t count, const std::string& where) {
  const H5Handle type = variable_text_type(), space{H5Dget_space(dataset), H5Sclose};
  VariableTexts texts{count, type.id(), space.id()};
  h5_check(H5Dread(dataset, type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.pointers.data()),
           where + ": cannot be read");
  std::vector<std::string> result;
  for (const char* text : texts.pointers) result.emplace_back(text == nullptr ? "" : text);
  return result;
}

// Attributes of kinds that Value has; others are left out, since foreign files carry all sorts.
std::optional<Value> read_attribute(hid_t attribute) {
  const H5Handle type{H5Aget_type(attribute), H5Tclose}, space{H5Aget_space(attribute), H5Sclose};
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  const int rank = H5Sget_simple_extent_ndims(space.id());
  if (rank > 1 || count < 0 || (rank == 0 && count != 1)) return std::nullopt;
  const auto n = static_cast<std::size_t>(count);
  const auto numbers = [&]<class T>(hid_t memory, T) -> std::optional<Value> {
    std::vector<T> values(n);
    if (n > 0 && H5Aread(attribute, memory, values.data()) < 0) return std::nullopt;
    if (rank == 0) return Value{values[0]};
    return Value{values};
  };
  switch (H5Tget_class(type.id())) {
    case H5T_INTEGER: return numbers(H5T_NATIVE_INT64, std::int64_t{});
    case H5T_FLOAT: return numbers(H5T_NATIVE_DOUBLE, double{});
    case H5T_ENUM: {
      if (!is_boolean(type.id())) return std::nullopt;
      std::vector<std::int8_t> values(n);
      if (n > 0 && H5Aread(attribute, type.id(), values.data()) < 0) return std::nullopt;
      if (rank == 0) return Value{values[0] != 0};
      return Value{std::vector<bool>(values.begin(), values.end())};
    }
    case H5T_STRING: {
      std::vector<std::string> values;
      if (H5Tis_variable_str(type.id()) > 0) {
        const H5Handle memory = variable_text_type();
        VariableTexts texts{n, memory.id(), space.id()};
        if (n > 0 && H5Aread(attribute, memory.id(), texts.pointers.data()) < 0) return std::nullopt;
        for (const char* text : texts.pointers) values.emplace_back(text == nullptr ? "" : text);
      } else {
        const std::size_t width = H5Tget_size(type.id());
        if (width * n > max_attribute_bytes) return std::nullopt;
        std::vector<char> bytes(width * n);
        if (n > 0 && H5Aread(attribute, type.id(), bytes.data()) < 0) return std::nullopt;
        for (std::size_t i = 0; i < n; ++i)
          values.emplace_back(&bytes[i * width], strnlen(&bytes[i * width], width));
      }
      if (rank == 0) return Value{values[0]};
      return Value{values};
    }
    default: return std::nullopt;
  }
}

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

template <class T>
void write_attribute(hid_t object, const std::string& name, const std::vector<T>& elements, bool scalar) {
  H5Handle type;
  std::vector<char> bytes;
  if constexpr (std::is_same_v<T, std::string>) {
    std::size_t width = 1;
    for (const std::string& text : elements) width = std::max(width, text.size());
    type = text_type(width);
    bytes.assign(width * elements.size(), 0);
    for (std::size_t i = 0; i < elements.size(); ++i)
      std::memcpy(&bytes[i * width], elements[i].data(), elements[i].size());
  } else if constexpr (std::is_same_v<T, bool>) {
    type = boolean_type();
    bytes.assign(elements.begin(), elements.end());
  } else {
    type = type_handle(H5Tcopy(std::is_same_v<T, double> ? H5T_IEEE_F64LE : H5T_STD_I64LE));
    bytes.resize(elements.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
  }
  const hsize_t size = elements.size();
  const H5Handle space{scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr), H5Sclose};
  const std::string what = "cannot write attribute '" + name + "'";
  const H5Handle attribute{
      h5_check(H5Acreate2(object, name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), what),
      H5Aclose};
  if (!elements.empty()) h5_check(H5Awrite(attribute.id(), type.id(), bytes.data()), what);
}

}  // namespace

void h5_quiet() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

hid_t h5_check(hid_t result, const std::string& what) {
  if (result >= 0) return result;
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &reason);
  H5Eclear2(H5E_DEFAULT);
  throw DataError{what + (reason.empty() ? "" : ": " + reason)};
}

H5Handle h5_open_file(const std::string& path) {
  h5_quiet();
  return {h5_check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT),
                   path + " cannot be opened as an HDF5 file"),
          H5Fclose};
}

H5Handle h5_memory_type(ElementType type, std::size_t text_width) {
  switch (type) {
    case ElementType::f64: return type_handle(H5Tcopy(H5T_IEEE_F64LE));
    case ElementType::f32: return type_handle(H5Tcopy(H5T_IEEE_F32LE));
    case ElementType::i64: return type_handle(H5Tcopy(H5T_STD_I64LE));
    case ElementType::i32: return type_handle(H5Tcopy(H5T_STD_I32LE));
    case ElementType::u8: return type_handle(H5Tcopy(H5T_STD_U8LE));
    case ElementType::boolean: return boolean_type();
    case ElementType::text: return text_type(text_width);
  }
  throw DataError{"unknown element type"};
}

ArrayInfo h5_array_info(hid_t dataset, const std::string& where) {
  const H5Handle type{h5_check(H5Dget_type(dataset), where), H5Tclose};
  const H5Handle space{h5_check(H5Dget_space(dataset), where), H5Sclose};
  ArrayInfo info;
  std::tie(info.type, info.text_width) = element_type(type.id(), where);
  const int rank = static_cast<int>(h5_check(H5Sget_simple_extent_ndims(space.id()), where));
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  if (rank > 0) H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr);
  std::uint64_t bytes = 8;
  for (const hsize_t size : sizes) {
    if (__builtin_mul_overflow(bytes, std::max<hsize_t>(size, 1), &bytes)) {
      throw DataError{where + ": the array is larger than any memory"};
    }
  }
  info.shape.assign(sizes.begin(), sizes.end());
  if (H5Sget_simple_extent_type(space.id()) == H5S_NULL)
    throw DataError{where + ": the data set is empty (null)"};
  if (info.type == ElementType::text && info.text_width == 0) {
    for (const std::string& text : read_variable_texts(dataset, info.count(), where)) {
      info.text_width = std::max(info.text_width, text.size());
    }
    info.text_width = std::max<std::size_t>(1, info.text_width);
  }
  info.attributes = h5_attributes(dataset, where);
  if (const auto dims = info.attributes.find("dims"); dims != info.attributes.end()) {
    if (const auto* names = std::get_if<std::vector<std::string>>(&dims->second);
        names != nullptr && names->size() == info.shape.size()) {
      info.dims = *names;
      info.attributes.erase(dims);
    }
  }
  return info;
}

Attributes h5_attributes(hid_t object, const std::string& where) {
  Attributes attributes;
  const auto visit = [](hid_t location, const char* name, const H5A_info_t*, void* data) -> herr_t {
    // Dimension scales are structure, not attributes of ours.
    constexpr const char* structure[] = {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME",
                                         "DIMENSION_LABELS"};
    for (const char* skipped : structure) {
      if (std::strcmp(name, skipped) == 0) return 0;
    }
    const H5Handle attribute{H5Aopen(location, name, H5P_DEFAULT), H5Aclose};
    try {
      if (attribute.id() >= 0) {
        if (auto value = read_attribute(attribute.id()))
          (*static_cast<Attributes*>(data))[name] = std::move(*value);
      }
      return 0;
    } catch (...) {
      return -1;  // out of memory: nothing may be thrown through HDF5
    }
  };
  h5_check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, visit, &attributes),
           where + ": attributes cannot be read");
  return attributes;
}

std::uint64_t h5_plain_offset(hid_t dataset, const ArrayInfo& info) {
  const H5Handle properties{H5Dget_create_plist(dataset), H5Pclose}, stored{H5Dget_type(dataset), H5Tclose};
  const H5Handle wanted = h5_memory_type(info.type, info.text_width);
  if (H5Pget_layout(properties.id()) != H5D_CONTIGUOUS || H5Pget_external_count(properties.id()) > 0)
    return 0;
  if (H5Tequal(stored.id(), wanted.id()) <= 0) return 0;
  const haddr_t offset = H5Dget_offset(dataset);
  return offset == HADDR_UNDEF ? 0 : offset;
}

void h5_read_rows(hid_t dataset, const ArrayInfo& info, std::uint64_t first, std::uint64_t count,
                  void* buffer, const std::string& where) {
  const H5Handle stored{H5Dget_type(dataset), H5Tclose};
  if (info.type == ElementType::text && H5Tis_variable_str(stored.id()) > 0) {
    const std::vector<std::string> texts = read_variable_texts(dataset, info.count(), where);
    const std::uint64_t row = info.shape.empty() ? 1 : info.row_bytes() / info.text_width;
    auto* out = static_cast<char*>(buffer);
    std::memset(out, 0, count * row * info.text_width);
    for (std::uint64_t i = 0; i < count * row; ++i) {
      const std::string& text = texts[first * row + i];
      std::memcpy(out + i * info.text_width, text.data(), text.size());
    }
    return;
  }
  if (H5Tget_class(stored.id()) == H5T_INTEGER && H5Tget_size(stored.id()) == 8 &&
      H5Tget_sign(stored.id()) == H5T_SGN_NONE) {
    throw DataError{where + ": unsigned 64-bit integers; store them as signed ones, which reach 9.2e18"};
  }
  const H5Handle memory = H5Tget_class(stored.id()) == H5T_ENUM && info.type == ElementType::boolean
                              ? H5Handle{H5Tcopy(stored.id()), H5Tclose}
                              : h5_memory_type(info.type, info.text_width);
  const H5Handle space{H5Dget_space(dataset), H5Sclose};
  const std::string what = fmt::format("{}: rows {} to {} cannot be read", where, first, first + count);
  if (info.shape.empty()) {
    h5_check(H5Dread(dataset, memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer), what);
    return;
  }
  std::vector<hsize_t> start(info.shape.size(), 0), size(info.shape.begin(), info.shape.end());
  start[0] = first, size[0] = count;
  if (count == 0 || info.row_bytes() == 0) return;
  h5_check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr),
           what);
  const H5Handle target{H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose};
  h5_check(H5Dread(dataset, memory.id(), target.id(), space.id(), H5P_DEFAULT, buffer), what);
}

void h5_write_attribute(hid_t object, const std::string& name, const Value& value) {
  std::visit(
      [&]<class T>(const T& x) {
        if constexpr (is_list<T>) {
          write_attribute(object, name, x, false);
        } else {
          write_attribute(object, name, std::vector<T>{x}, true);
        }
      },
      value);
}

}  // namespace ansatz::host
