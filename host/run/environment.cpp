#include "run/environment.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <boost/version.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "archive/hdf5_library.hpp"
#include "plugins/cpu.hpp"

namespace ansatz::host {
namespace {

std::string cpu_model() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

Attributes environment_attributes() {
  utsname os{};
  uname(&os);
  return {{"os", fmt::format("{} {}", os.sysname, os.release)},
          {"machine", std::string{os.machine}},
          {"cpu", cpu_model()},
          {"instruction_sets", instruction_set_text(cpu_instruction_sets())},
          {"libc", std::string{"glibc "} + gnu_get_libc_version()},
          {"compiler", std::string{__VERSION__}},
          {"ansatz", std::string{version}},
          {"hdf5", hdf5_version()},
          {"boost",
           fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)}};
}

Attributes place_attributes() {
  utsname os{};
  uname(&os);
  return {{"host", std::string{os.nodename}},
          {"folder", std::filesystem::current_path().string()},
          {"user_id", static_cast<std::int64_t>(getuid())}};
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

}  // namespace ansatz::host
