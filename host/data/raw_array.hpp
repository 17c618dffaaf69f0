// Arrays that lie in a file as plain elements of some type and byte order, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "data/bytes.hpp"
#include "data/source.hpp"

namespace ansatz::host {

enum class RawKind { floating, signed_integer, unsigned_integer, boolean, utf8, utf32 };

// How one element is stored.  Sizes in bytes: floating 2, 4, 8, 16 (x87), integers 1, 2, 4, 8, boolean 1,
// utf8 any, utf32 a multiple of 4.
struct RawType {
  RawKind kind = RawKind::floating;
  std::size_t size = 8;
  bool big_endian = false;
};

// The element type it is read as: the smallest of ours that holds all its values.
[[nodiscard]] ElementType element_type_of(const RawType& type);

// Stored like our own elements, so that the bytes may be used as they are.
[[nodiscard]] bool is_native(const RawType& type);

// Convert `count` elements.  `width` is that of the text written.  Throws DataError "WHERE, element N: ...",
// counted from `first`, for a value that our type cannot hold.
void decode(const RawType& type, const std::byte* from, std::uint64_t count, void* to, std::size_t width,
            const std::string& where, std::uint64_t first);

// The width of the longest text in UTF-8, at least 1.
[[nodiscard]] std::size_t widest_text(const Bytes& elements, const RawType& type);

struct RawArray {
  RawType type;
  ArrayInfo info;
  Bytes elements;  // exactly the elements
  bool column_major = false;
};

// Checks the number of bytes, the rank and the sizes, fills in info.type and the text width.
[[nodiscard]] std::unique_ptr<ArraySource> open_raw(RawArray array);

// Throws DataError if rows [first, first + count) are not all there.
void check_rows(const ArrayInfo& info, std::uint64_t first, std::uint64_t count, const std::string& where);

// Throws DataError beyond ANSATZ_MAX_RANK.
void check_rank(std::uint64_t rank, const std::string& where);

}  // namespace ansatz::host
