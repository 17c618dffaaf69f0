#include "data/convert.hpp"

#include <fmt/core.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.hpp"

namespace ansatz::host {
namespace {

std::string number_text(const CellValue& value) {
  return value.kind == CellKind::integer ? fmt::format("{}", value.integer) : fmt::format("{}", value.real);
}

template <class T>
std::string store_integer(const CellValue& value, ElementType type, void* element) {
  std::int64_t integer = value.integer;
  if (value.kind == CellKind::missing) {
    return fmt::format("a missing value, which {} cannot hold; use f64, where it is NaN", name_of(type));
  }
  if (value.kind == CellKind::real) {
    // 2^63 is exact in f64; the largest i64 is not.
    if (value.real != std::trunc(value.real)) {
      return fmt::format("{} is no whole number, which {} needs", value.real, name_of(type));
    }
    if (std::abs(value.real) >= 9223372036854775808.0) return fmt::format("{} is beyond i64", value.real);
    integer = static_cast<std::int64_t>(value.real);
  }
  using Limits = std::numeric_limits<T>;
  if (integer < static_cast<std::int64_t>(Limits::min()) ||
      integer > static_cast<std::int64_t>(Limits::max())) {
    return fmt::format("{} is outside {} ({} to {})", integer, name_of(type),
                       static_cast<std::int64_t>(Limits::min()), static_cast<std::int64_t>(Limits::max()));
  }
  const auto stored = static_cast<T>(integer);
  std::memcpy(element, &stored, sizeof stored);
  return {};
}

std::string store_f32(const CellValue& value, void* element) {
  const auto stored = static_cast<float>(value.real);
  if (std::isinf(stored) && !std::isinf(value.real)) {
    return fmt::format("{} is beyond f32 (about 3.4e38)", value.real);
  }
  std::memcpy(element, &stored, sizeof stored);
  return {};
}

std::string store_bool(const CellValue& value, void* element) {
  if (value.kind == CellKind::missing || (value.real != 0 && value.real != 1)) {
    return value.kind == CellKind::missing
               ? std::string{"a missing value, which bool cannot hold"}
               : fmt::format("{} is no truth value: true, false, 0 or 1", number_text(value));
  }
  const std::uint8_t stored = value.real != 0 ? 1 : 0;
  std::memcpy(element, &stored, 1);
  return {};
}

CellValue element_value(const Array& array, std::uint64_t index) {
  switch (array.type) {
    case ElementType::f64:
    case ElementType::f32: return {CellKind::real, 0, array.number(index)};
    case ElementType::i64: {
      const std::int64_t integer = array.as<std::int64_t>()[index];
      return {CellKind::integer, integer, static_cast<double>(integer)};
    }
    case ElementType::text: return cell_value(array.text(index));
    default: break;
  }
  const double number = array.number(index);
  return {CellKind::integer, static_cast<std::int64_t>(number), number};
}

}  // namespace

std::string store(const CellValue& value, ElementType type, void* element) {
  if (value.kind == CellKind::text) return "no number";
  switch (type) {
    case ElementType::f64: std::memcpy(element, &value.real, sizeof value.real); return {};
    case ElementType::f32: return store_f32(value, element);
    case ElementType::i64: return store_integer<std::int64_t>(value, type, element);
    case ElementType::i32: return store_integer<std::int32_t>(value, type, element);
    case ElementType::u8: return store_integer<std::uint8_t>(value, type, element);
    case ElementType::boolean: return store_bool(value, element);
    case ElementType::text: break;
  }
  return "no text";
}

Array converted(const Array& array, ElementType type, const std::string& where) {
  if (array.type == type) return array;
  if (type == ElementType::text) {
    throw DataError{fmt::format("{}: is {}; numbers are not turned into text; leave out ':text'", where,
                                name_of(array.type))};
  }
  ArrayInfo info = array;
  info.type = type;
  info.text_width = 0;
  Array result{std::move(info)};
  for (std::uint64_t i = 0; i < array.count(); ++i) {
    const std::string why =
        store(element_value(array, i), type, result.data.data() + i * result.element_bytes());
    if (!why.empty()) {
      throw DataError{
          fmt::format("{}, element {}: {}{}", where, i,
                      array.type == ElementType::text ? fmt::format("'{}' is ", array.text(i)) : "", why)};
    }
  }
  return result;
}

}  // namespace ansatz::host
