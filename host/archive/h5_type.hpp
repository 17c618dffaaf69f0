// Element types of HDF5 and ours.
#pragma once

#include <optional>
#include <vector>

#include "archive/h5.hpp"

namespace ansatz::host {

struct StoredType {
  ElementType type = ElementType::f64;
  std::size_t text_width = 0;  // of fixed text
  bool variable_text = false;  // text of variable length
  bool unsigned_64 = false;    // holds values that i64 does not
};

// Throws DataError for types that have no counterpart.
[[nodiscard]] StoredType h5_stored_type(hid_t type, const std::string& where);
// What to read elements of `stored` as; HDF5 converts no character set and no spelling of booleans.
[[nodiscard]] H5Handle h5_read_type(hid_t stored, ElementType type, std::size_t text_width);
// Fixed-width, padded with NUL.
[[nodiscard]] H5Handle h5_text_type(std::size_t width);
[[nodiscard]] bool h5_is_boolean(hid_t type);

// One attribute; nothing if there is none of the name or its kind is none of Value's.
[[nodiscard]] std::optional<Value> h5_attribute(hid_t object, const char* name);

// Texts of variable length, from a data set or an attribute: `read(memory type, pointers)`.
template <class Read>
std::vector<std::string> h5_variable_texts(hid_t stored, hid_t space, std::size_t count, const Read& read) {
  struct Pointers {
    std::vector<char*> list;
    hid_t type, space;
    ~Pointers() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, list.data()); }
  } texts{std::vector<char*>(count, nullptr), stored, space};
  if (count > 0) read(stored, texts.list.data());
  std::vector<std::string> result;
  for (const char* text : texts.list) result.emplace_back(text == nullptr ? "" : text);
  return result;
}

}  // namespace ansatz::host
