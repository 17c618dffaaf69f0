// What the tables of the boundary had in their first version: a plugin built then is loaded for good, however
// many fields have been appended since.
#pragma once

#include <ansatz/abi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ansatz::host {

// Bytes of a table in ABI 1.0: up to its last field then.
template <class Table>
inline constexpr std::uint32_t first_size = 0;
template <>
inline constexpr std::uint32_t first_size<ansatz_value> = offsetof(ansatz_value, texts) + sizeof(void*);
template <>
inline constexpr std::uint32_t first_size<ansatz_array> = offsetof(ansatz_array, dims) + sizeof(void*);
template <>
inline constexpr std::uint32_t first_size<ansatz_parameter> = offsetof(ansatz_parameter, used_if) +
                                                              sizeof(void*);
template <>
inline constexpr std::uint32_t first_size<ansatz_port> = offsetof(ansatz_port, dims) + sizeof(void*);
template <>
inline constexpr std::uint32_t first_size<ansatz_verb> = offsetof(ansatz_verb, output_count) +
                                                         sizeof(std::uint64_t);
template <>
inline constexpr std::uint32_t first_size<ansatz_model> = offsetof(ansatz_model, load) + sizeof(void*);
template <>
inline constexpr std::uint32_t first_size<ansatz_info> = offsetof(ansatz_info, model_count) +
                                                         sizeof(std::uint64_t);
template <>
inline constexpr std::uint32_t first_size<ansatz_plugin> = offsetof(ansatz_plugin, info) + sizeof(void*);

// Fill in a table that the plugin provides, which may be shorter than ours: the fields that it has.
template <class Table>
void fill_in(Table* target, const Table& value) {
  const std::uint32_t size =
      std::clamp(target->struct_size, first_size<Table>, static_cast<std::uint32_t>(sizeof value));
  std::memcpy(target, &value, size);
  target->struct_size = size;
}

}  // namespace ansatz::host
