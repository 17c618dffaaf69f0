#include <algorithm>
#include <cstring>
#include <optional>

#include "archive/h5_names.hpp"
#include "archive/h5_type.hpp"
#include "core/error.hpp"

namespace ansatz::host {
namespace {

constexpr std::size_t largest_attribute = std::size_t{16} << 20;  // a damaged size must not eat the memory

struct OpenAttribute {
  H5Handle attribute, type, space;
  std::size_t count;
  bool scalar;
};

template <class T>
std::optional<Value> as_value(const std::vector<T>& values, bool scalar) {
  if (scalar) return Value{T{values[0]}};
  return Value{values};
}

template <class T>
std::optional<Value> read_numbers(const OpenAttribute& a, hid_t memory) {
  std::vector<T> values(a.count);
  if (a.count > 0 && H5Aread(a.attribute.id(), memory, values.data()) < 0) return std::nullopt;
  return as_value(values, a.scalar);
}

std::optional<Value> read_integers(const OpenAttribute& a) {
  if (H5Tget_size(a.type.id()) == 8 && H5Tget_sign(a.type.id()) == H5T_SGN_NONE) {
    std::vector<std::uint64_t> values(a.count);
    if (a.count > 0 && H5Aread(a.attribute.id(), H5T_NATIVE_UINT64, values.data()) < 0) return std::nullopt;
    for (const std::uint64_t value : values) {
      if (value > INT64_MAX) return std::nullopt;
    }
  }
  return read_numbers<std::int64_t>(a, H5T_NATIVE_INT64);
}

std::optional<Value> read_booleans(const OpenAttribute& a) {
  std::vector<std::int8_t> values(a.count);
  if (a.count > 0 && H5Aread(a.attribute.id(), a.type.id(), values.data()) < 0) return std::nullopt;
  return as_value(std::vector<bool>(values.begin(), values.end()), a.scalar);
}

std::optional<Value> read_texts(const OpenAttribute& a) {
  std::vector<std::string> values;
  if (H5Tis_variable_str(a.type.id()) > 0) {
    bool failed = false;
    values = h5_variable_texts(a.type.id(), a.space.id(), a.count, [&](hid_t memory, char** pointers) {
      failed = H5Aread(a.attribute.id(), memory, pointers) < 0;
    });
    if (failed) return std::nullopt;
    return as_value(values, a.scalar);
  }
  const std::size_t width = H5Tget_size(a.type.id());
  const H5Handle memory = h5_read_type(a.type.id(), ElementType::text, width);
  std::vector<char> bytes(width * a.count);
  if (a.count > 0 && H5Aread(a.attribute.id(), memory.id(), bytes.data()) < 0) return std::nullopt;
  for (std::size_t i = 0; i < a.count; ++i) {
    // Padding goes; a NUL inside the text stays.
    std::size_t length = width;
    while (length > 0 && bytes[i * width + length - 1] == '\0') --length;
    values.emplace_back(&bytes[i * width], length);
  }
  return as_value(values, a.scalar);
}

std::optional<Value> read_attribute(H5Handle attribute) {
  OpenAttribute a{std::move(attribute), {}, {}, 0, false};
  a.type = {H5Aget_type(a.attribute.id()), H5Tclose};
  a.space = {H5Aget_space(a.attribute.id()), H5Sclose};
  const hssize_t count = H5Sget_simple_extent_npoints(a.space.id());
  const int rank = H5Sget_simple_extent_ndims(a.space.id());
  const bool null = H5Sget_simple_extent_type(a.space.id()) == H5S_NULL;
  if (rank > 1 || count < 0 || null) return std::nullopt;
  a.count = static_cast<std::size_t>(count);
  a.scalar = rank == 0;
  if (a.count > largest_attribute / std::max<std::size_t>(1, H5Tget_size(a.type.id()))) return std::nullopt;
  switch (H5Tget_class(a.type.id())) {
    case H5T_INTEGER: return read_integers(a);
    case H5T_FLOAT: return read_numbers<double>(a, H5T_NATIVE_DOUBLE);
    case H5T_STRING: return read_texts(a);
    case H5T_ENUM: return h5_is_boolean(a.type.id()) ? read_booleans(a) : std::nullopt;
    default: return std::nullopt;
  }
}

bool is_structure(const std::string& name) {
  static const char* const names[] = {dim_attribute, width_attribute, list_attribute, users_attribute};
  return std::any_of(std::begin(names), std::end(names), [&](const char* n) { return name == n; });
}

herr_t collect(hid_t, const char* name, const H5A_info_t*, void* data) {
  try {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  } catch (...) {
    return -1;  // out of memory: nothing may be thrown through HDF5
  }
}

// A file type, the elements in that type's memory layout, and how many.
struct Encoded {
  H5Handle type;
  std::vector<char> bytes;
  std::size_t count;
};

template <class T>
Encoded encode(const std::vector<T>& elements) {
  if constexpr (std::is_same_v<T, std::string>) {
    std::size_t width = 1;
    for (const std::string& text : elements) width = std::max(width, text.size());
    std::vector<char> bytes(width * elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i)
      std::memcpy(&bytes[i * width], elements[i].data(), elements[i].size());
    return {h5_text_type(width), std::move(bytes), elements.size()};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {h5_memory_type(ElementType::boolean, 0), {elements.begin(), elements.end()}, elements.size()};
  } else {
    std::vector<char> bytes(elements.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
    const ElementType type = std::is_same_v<T, double> ? ElementType::f64 : ElementType::i64;
    return {h5_memory_type(type, 0), std::move(bytes), elements.size()};
  }
}

template <class T>
Encoded encode(const T& element) {
  return encode(std::vector<T>{element});
}

}  // namespace

std::optional<Value> h5_attribute(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return std::nullopt;
  return read_attribute({H5Aopen(object, name, H5P_DEFAULT), H5Aclose});
}

Attributes h5_attributes(hid_t object, const std::string& where) {
  std::vector<std::string> names;
  h5_check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names),
           where + ": attributes cannot be read");
  Attributes attributes;
  for (const std::string& name : names) {
    if (is_structure(name)) continue;
    H5Handle attribute{h5_check(H5Aopen(object, name.c_str(), H5P_DEFAULT),
                                where + ": attribute '" + name + "' cannot be read"),
                       H5Aclose};
    if (auto value = read_attribute(std::move(attribute))) attributes[name] = std::move(*value);
  }
  H5Eclear2(H5E_DEFAULT);
  const auto found = attributes.find(class_attribute);
  if (found != attributes.end() && found->second == Value{std::string{scale_class}}) {
    attributes.erase(class_attribute);
    attributes.erase(name_attribute);
  }
  return attributes;
}

void h5_write_attribute(hid_t object, const std::string& name, const Value& value) {
  const Encoded encoded = std::visit([](const auto& x) { return encode(x); }, value);
  const bool scalar = value.index() < 4;  // the first four kinds
  const hsize_t size = encoded.count;
  const H5Handle space{scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr), H5Sclose};
  const std::string what = "cannot write attribute '" + name + "'";
  const H5Handle attribute{h5_check(H5Acreate2(object, name.c_str(), encoded.type.id(), space.id(),
                                               h5_attribute_properties(), H5P_DEFAULT),
                                    what),
                           H5Aclose};
  if (encoded.count > 0) h5_check(H5Awrite(attribute.id(), encoded.type.id(), encoded.bytes.data()), what);
}

}  // namespace ansatz::host
