#include "plugins/words.hpp"

#include <ansatz/abi.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tree.hpp"

namespace ansatz::host {
namespace {

std::string words_of(std::uint32_t flags, const std::vector<std::pair<std::uint32_t, const char*>>& names) {
  std::vector<const char*> words;
  for (const auto& [flag, name] : names) {
    if ((flags & flag) != 0) words.push_back(name);
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::string verb_words(std::uint32_t flags) {
  return words_of(flags, {{ANSATZ_LEARNS, "learns"},
                          {ANSATZ_NEEDS_MODEL, "needs a learned model"},
                          {ANSATZ_TAKES_MODEL, "goes on from a learned model if given one"},
                          {ANSATZ_STEPS, "runs in steps"},
                          {ANSATZ_TOLERANCE, "equal to rounding only, for other thread counts"}});
}

std::string port_words(const PortInfo& port) {
  static constexpr const char* pictures[] = {"",          "line",   "scatter", "image grid", "heat map",
                                             "histogram", "raster", "bars",    "table"};
  std::string words =
      words_of(port.flags, {{ANSATZ_OPTIONAL, "optional"}, {ANSATZ_MISSING, "NaN is a missing value"}});
  if (port.picture > 0 && static_cast<std::size_t>(port.picture) < std::size(pictures)) {
    words += fmt::format("{}shown as {}", words.empty() ? "" : ", ", pictures[port.picture]);
  }
  return words;
}

std::string type_words(std::uint32_t types, const char* separator) {
  std::vector<std::string_view> names;
  for (int type = ANSATZ_F64; type <= ANSATZ_TEXT; ++type) {
    if ((types & ANSATZ_BIT(type)) != 0) names.push_back(name_of(static_cast<ElementType>(type)));
  }
  return fmt::format("{}", fmt::join(names, separator));
}

}  // namespace ansatz::host
