// Moving rows of any element type from an input to outputs, block by block, so that the input may be larger
// than memory.
#pragma once

#include <ansatz/session.hpp>

#include <string>
#include <vector>

namespace ansatz::prepare {

// A port of any element type, text included.
template <class... Option>
constexpr auto any_in(const char* name, const char* dims, const char* text, Option... option) {
  return in<double, float, std::int64_t, std::int32_t, std::uint8_t, bool, Text>(name, dims, text, option...);
}
template <class... Option>
constexpr auto any_out(const char* name, const char* dims, const char* text, Option... option) {
  return out<double, float, std::int64_t, std::int32_t, std::uint8_t, bool, Text>(name, dims, text,
                                                                                  option...);
}

// Rows of an input that become output `to`, in this order; a row may be there more than once.
struct Selection {
  std::string to;
  std::vector<std::uint64_t> rows;
  std::vector<std::uint64_t> columns = {};  // of rank 2, in this order; empty: all
};

// Copy each selection of input `from`, reading the input once from front to back.  Attributes `height`,
// `width` and `channels`, which make pictures of whole rows, go along.  Throws Cancelled between blocks.
void copy_rows(Session& session, const std::string& from, const std::vector<Selection>& selections);

// Pass on what makes a picture of a row: height, width, channels.
void copy_picture_attributes(Session& session, const std::string& from, const std::string& to);

}  // namespace ansatz::prepare
