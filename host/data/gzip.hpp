// gzip (RFC 1952) and raw deflate (RFC 1951), with bounds on what untrusted input may expand to.
#pragma once

#include <cstdint>
#include <optional>

#include "data/bytes.hpp"

namespace ansatz::host {

// A gzip file that holds more than this is refused: it is to be decompressed once, and then mapped.
inline constexpr std::uint64_t gzip_limit = std::uint64_t{8} << 30;

[[nodiscard]] bool is_gzip(const Bytes& bytes);

// The first bytes of the content, at most `count`.  Throws DataError if the gzip data is damaged before.
[[nodiscard]] Buffer gunzip_start(const Bytes& bytes, std::uint64_t count);

// The whole content, all members; CRC and length checked.  Throws DataError beyond `limit`, if truncated or
// damaged.
[[nodiscard]] Bytes gunzip(const Bytes& bytes, std::uint64_t limit = gzip_limit);

// Raw deflate data that must expand to exactly `size` bytes with this CRC-32.
[[nodiscard]] Buffer inflate_raw(const Bytes& bytes, std::uint64_t size, std::uint32_t crc);

// CRC-32 of all bytes, as in gzip and zip.
[[nodiscard]] std::uint32_t crc32_of(const Bytes& bytes);

}  // namespace ansatz::host
