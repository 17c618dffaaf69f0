#include "run/liveness.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace ansatz::host {
namespace {

std::string host_name() {
  utsname os{};
  uname(&os);
  return os.nodename;
}

std::string boot_id() {
  std::string id;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, id);
  return id;
}

// Field 22 of /proc/<pid>/stat; 0: there is no such process, or it is a zombie.
std::uint64_t start_time_of(std::int64_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string line;
  if (!std::getline(file, line)) return 0;
  const auto after_name = line.rfind(')');  // the name may hold anything, blanks and brackets too
  if (after_name == std::string::npos) return 0;
  std::istringstream fields{line.substr(after_name + 1)};
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return 0;
  for (int i = 4; i <= 22; ++i) fields >> field;
  return std::strtoull(field.c_str(), nullptr, 10);
}

}  // namespace

Owner this_process() { return {host_name(), boot_id(), getpid(), start_time_of(getpid())}; }

Liveness liveness(const Owner& owner) {
  if (owner.host != host_name()) return Liveness::elsewhere;
  if (owner.boot_id != boot_id()) return Liveness::dead;
  return start_time_of(owner.pid) == owner.start_time && owner.start_time != 0 ? Liveness::alive
                                                                               : Liveness::dead;
}

nlohmann::ordered_json to_json(const Owner& owner) {
  return {
      {"host", owner.host}, {"boot_id", owner.boot_id}, {"pid", owner.pid}, {"start_time", owner.start_time}};
}

Owner owner_from_json(const nlohmann::ordered_json& json) {
  return {json.at("host"), json.at("boot_id"), json.at("pid"), json.at("start_time")};
}

}  // namespace ansatz::host
