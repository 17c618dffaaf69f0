// Whether a process that left its name in a file still lives.  Derived whenever someone asks, never stored,
// so that what was killed cannot look alive.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ansatz::host {

// A process, told from every other that had or will have its number.
struct Owner {
  std::string host, boot_id;
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot, from /proc/<pid>/stat
};

enum class Liveness { alive, dead, elsewhere };  // elsewhere: on a host that cannot be asked from here

[[nodiscard]] Owner this_process();
[[nodiscard]] Liveness liveness(const Owner& owner);

[[nodiscard]] nlohmann::ordered_json to_json(const Owner& owner);
[[nodiscard]] Owner owner_from_json(const nlohmann::ordered_json& json);

}  // namespace ansatz::host
