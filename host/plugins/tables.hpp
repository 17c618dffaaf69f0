// A plugin's tables as values, checked on the way: what the author layer guarantees, a plugin written in
// plain C may miss.
#pragma once

#include <ansatz/abi.h>
#include <fmt/core.h>

#include <set>
#include <string>
#include <vector>

#include "core/abi_sizes.hpp"
#include "core/catalogue.hpp"

namespace ansatz::host {

// `header` gives id, versions and path.  Throws Error (plugin_refused) naming the table that is wrong.
[[nodiscard]] PluginInfo plugin_from_tables(const PluginInfo& header, const ansatz_info* info);

namespace tables {

// Where in the tables: "model 'm' verb 'fit' port 'x'", for messages.
using Place = std::string;

constexpr std::uint64_t longest_list = 10'000;

[[noreturn]] void refuse(const Place& place, const std::string& why);

// Texts end in NUL within 64 KiB and are UTF-8; names are words that a pipeline can spell.
[[nodiscard]] std::string text(const char* value, const Place& place, const char* what);
[[nodiscard]] std::string name(const char* value, const Place& place);

[[nodiscard]] ParameterInfo parameter(const ansatz_parameter& table, const Place& outer);
// Conditions that name another parameter of the list or a choice that it does not have.
void check_conditions(const std::vector<ParameterInfo>& own, const std::vector<ParameterInfo>& model,
                      const Place& place);

// Fields beyond struct_size are not there; fields of later minor versions, beyond ours, are not looked at.
template <class Table>
const Table& checked(const Table* table, const Place& place) {
  if (table == nullptr) refuse(place, "the table is missing (null)");
  if (table->struct_size < first_size<Table>) {
    refuse(place, fmt::format("the table has {} bytes, at least {} were expected", table->struct_size,
                              first_size<Table>));
  }
  return *table;
}

template <class Item, class Table, class Convert>
std::vector<Item> list(const Table* const* all, std::uint64_t count, const Place& place,
                       const Convert& convert) {
  if (count > longest_list) refuse(place, fmt::format("a list of {} entries", count));
  if (count > 0 && all == nullptr) refuse(place, "a list is missing (null)");
  std::vector<Item> items;
  std::set<std::string> names;
  for (std::uint64_t i = 0; i < count; ++i) {
    items.push_back(convert(checked(all[i], fmt::format("{} entry {}", place, i)), place));
    if (!names.insert(items.back().name).second) {
      refuse(place, fmt::format("the name '{}' occurs twice", items.back().name));
    }
  }
  return items;
}

}  // namespace tables
}  // namespace ansatz::host
