#include "run/surroundings.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace ansatz::host {
namespace {

// Without changing it, as umask() itself would.
std::uint32_t file_mask_now() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Umask:")) return static_cast<std::uint32_t>(std::stoul(line.substr(6), nullptr, 8));
  }
  return 0;
}

}  // namespace

Surroundings Surroundings::now() {
  std::error_code error;
  return {FloatingPointMode::now(), std::setlocale(LC_ALL, nullptr), uselocale(nullptr),
          std::filesystem::current_path(error).string(), file_mask_now()};
}

std::string Surroundings::change() const {
  const Surroundings after = now();
  if (after.floating_point != floating_point) {
    return fmt::format(
        "the floating-point mode (rounding, flush-to-zero) is now {:#x}/{:#x} (it was {:#x}/{:#x})",
        after.floating_point.mxcsr, after.floating_point.x87, floating_point.mxcsr, floating_point.x87);
  }
  if (after.locale != locale) {
    return fmt::format("the locale is now '{}' (it was '{}')", after.locale, locale);
  }
  if (after.thread_locale != thread_locale) return "the thread has another locale now (uselocale)";
  if (after.working_directory != working_directory) {
    return fmt::format("the working directory is now {} (it was {})", after.working_directory,
                       working_directory);
  }
  if (after.file_mask != file_mask) {
    return fmt::format("the file mask is now {:03o} (it was {:03o})", after.file_mask, file_mask);
  }
  return {};
}

void Surroundings::restore() const {
  floating_point.restore();
  uselocale(thread_locale);
  std::setlocale(LC_ALL, locale.c_str());
  std::error_code error;
  std::filesystem::current_path(working_directory, error);
  umask(file_mask);
}

}  // namespace ansatz::host
