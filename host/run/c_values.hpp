// Values between the host and the C boundary.
#pragma once

#include <ansatz/abi.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/tree.hpp"
#include "core/value.hpp"

namespace ansatz::host {

// Copy of a value that came through the boundary; throws Error for a kind that there is not.
[[nodiscard]] Value value_from_c(const ansatz_value& value);

// Type, shape and width of an array of the boundary, which must be of a known type.
[[nodiscard]] ArrayInfo info_from_c(const ansatz_array& array);
// Its size in bytes is more than any machine has, or than 64 bits can say.
[[nodiscard]] bool is_beyond_memory(const ArrayInfo& info);

// Memory behind the ansatz_values given to a plugin; they are valid as long as this lives.
class CValues {
 public:
  const ansatz_value* add(const Value& value);

 private:
  struct Memory {
    std::vector<std::int64_t> integers;
    std::vector<double> reals;
    std::vector<std::string> texts;
    std::vector<const char*> pointers;
    ansatz_value value{};
  };
  std::deque<Memory> memory_;
};

// A list of settings, as create() and begin() take it.
class CSettings {
 public:
  explicit CSettings(const std::map<std::string, Value>& settings);
  [[nodiscard]] const ansatz_setting* const* data() const { return pointers_.data(); }
  [[nodiscard]] std::uint64_t size() const { return pointers_.size(); }

 private:
  CValues values_;
  std::deque<std::string> names_;
  std::deque<ansatz_setting> settings_;
  std::vector<const ansatz_setting*> pointers_;
};

}  // namespace ansatz::host
