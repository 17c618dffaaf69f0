// One stored element at a time into ours.
#include <fmt/core.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/raw_array.hpp"

namespace ansatz::host {
namespace {

template <class T>
T load(const std::byte* from, bool big_endian) {
  std::byte raw[sizeof(T)];
  for (std::size_t i = 0; i < sizeof(T); ++i) raw[i] = from[big_endian ? sizeof(T) - 1 - i : i];
  T value;
  std::memcpy(&value, raw, sizeof(T));
  return value;
}

template <class Stored, class Ours>
void convert(const RawType& type, const std::byte* from, std::uint64_t count, void* to) {
  auto* out = static_cast<Ours*>(to);
  for (std::uint64_t i = 0; i < count; ++i) {
    out[i] = static_cast<Ours>(load<Stored>(from + i * sizeof(Stored), type.big_endian));
  }
}

// IEEE 754 binary16.
float from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  float value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

void convert_half(const RawType& type, const std::byte* from, std::uint64_t count, void* to) {
  auto* out = static_cast<float*>(to);
  for (std::uint64_t i = 0; i < count; ++i)
    out[i] = from_half(load<std::uint16_t>(from + 2 * i, type.big_endian));
}

void convert_u64(const RawType& type, const std::byte* from, std::uint64_t count, void* to,
                 const std::string& where, std::uint64_t first) {
  auto* out = static_cast<std::int64_t*>(to);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto value = load<std::uint64_t>(from + 8 * i, type.big_endian);
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      throw DataError{
          fmt::format("{}, element {}: {} is beyond i64, the widest integer here (at most 2^63 - 1); "
                      "store it as i64 or f64",
                      where, first + i, value)};
    }
    out[i] = static_cast<std::int64_t>(value);
  }
}

void convert_bool(const std::byte* from, std::uint64_t count, void* to) {
  auto* out = static_cast<std::uint8_t*>(to);
  for (std::uint64_t i = 0; i < count; ++i) out[i] = from[i] == std::byte{0} ? 0 : 1;
}

void convert_utf8(const RawType& type, const std::byte* from, std::uint64_t count, void* to,
                  std::size_t width, const std::string& where, std::uint64_t first) {
  auto* out = static_cast<char*>(to);
  for (std::uint64_t i = 0; i < count; ++i) {
    const char* text = reinterpret_cast<const char*>(from + i * type.size);
    const std::size_t length = strnlen(text, type.size);
    if (!is_utf8({text, length})) {
      throw DataError{
          fmt::format("{}, element {}: its text is not UTF-8; store it as UTF-8", where, first + i)};
    }
    std::memset(out + i * width, 0, width);
    std::memcpy(out + i * width, text, length);
  }
}

std::size_t put_utf8(std::uint32_t code, char* out) {
  const auto tail = [code](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out[0] = static_cast<char>(0xc0 | (code >> 6));
    out[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    out[0] = static_cast<char>(0xe0 | (code >> 12));
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | (code >> 18));
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

void convert_utf32(const RawType& type, const std::byte* from, std::uint64_t count, void* to,
                   std::size_t width, const std::string& where, std::uint64_t first) {
  auto* out = static_cast<char*>(to);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::memset(out + i * width, 0, width);
    std::size_t used = 0;
    bool ended = false;
    for (std::size_t j = 0; j < type.size; j += 4) {
      const auto code = load<std::uint32_t>(from + i * type.size + j, type.big_endian);
      // A NUL inside would cut the text short without a word.
      if ((ended && code != 0) || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        throw DataError{
            fmt::format("{}, element {}: its text holds {}; expected Unicode text", where, first + i,
                        ended && code != 0 ? "a NUL character" : fmt::format("the code {:#x}", code))};
      }
      ended = code == 0;
      if (!ended) used += put_utf8(code, out + i * width + used);
    }
  }
}

}  // namespace

ElementType element_type_of(const RawType& type) {
  switch (type.kind) {
    case RawKind::floating: return type.size <= 4 ? ElementType::f32 : ElementType::f64;
    case RawKind::signed_integer: return type.size <= 4 ? ElementType::i32 : ElementType::i64;
    case RawKind::unsigned_integer:
      return type.size == 1 ? ElementType::u8 : type.size == 2 ? ElementType::i32 : ElementType::i64;
    case RawKind::boolean: return ElementType::boolean;
    case RawKind::utf8:
    case RawKind::utf32: break;
  }
  return ElementType::text;
}

bool is_native(const RawType& type) {
  if (type.big_endian && type.size != 1) return false;
  switch (type.kind) {
    case RawKind::floating: return type.size == 4 || type.size == 8;
    case RawKind::signed_integer: return type.size == 4 || type.size == 8;
    case RawKind::unsigned_integer: return type.size == 1;
    case RawKind::boolean:  // any byte but 0 is true
    case RawKind::utf8:     // to be checked
    case RawKind::utf32: break;
  }
  return false;
}

void decode(const RawType& type, const std::byte* from, std::uint64_t count, void* to, std::size_t width,
            const std::string& where, std::uint64_t first) {
  switch (type.kind) {
    case RawKind::floating:
      if (type.size == 2) return convert_half(type, from, count, to);
      if (type.size == 4) return convert<float, float>(type, from, count, to);
      if (type.size == 8) return convert<double, double>(type, from, count, to);
      return convert<long double, double>(type, from, count, to);
    case RawKind::signed_integer:
      if (type.size == 1) return convert<std::int8_t, std::int32_t>(type, from, count, to);
      if (type.size == 2) return convert<std::int16_t, std::int32_t>(type, from, count, to);
      if (type.size == 4) return convert<std::int32_t, std::int32_t>(type, from, count, to);
      return convert<std::int64_t, std::int64_t>(type, from, count, to);
    case RawKind::unsigned_integer:
      if (type.size == 1) return convert<std::uint8_t, std::uint8_t>(type, from, count, to);
      if (type.size == 2) return convert<std::uint16_t, std::int32_t>(type, from, count, to);
      if (type.size == 4) return convert<std::uint32_t, std::int64_t>(type, from, count, to);
      return convert_u64(type, from, count, to, where, first);
    case RawKind::boolean: return convert_bool(from, count, to);
    case RawKind::utf8: return convert_utf8(type, from, count, to, width, where, first);
    case RawKind::utf32: return convert_utf32(type, from, count, to, width, where, first);
  }
}

}  // namespace ansatz::host
