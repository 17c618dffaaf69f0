// What a plugin shares with its process and must leave as it found it: a step that changes it may change what
// comes after.
//
//   const Surroundings before = Surroundings::now();
//   ... the plugin runs ...
//   if (const std::string change = before.change(); !change.empty()) before.restore();
#pragma once

#include <locale.h>

#include <cstdint>
#include <string>

#include "plugins/floating_point.hpp"

namespace ansatz::host {

struct Surroundings {
  FloatingPointMode floating_point;
  std::string locale;
  locale_t thread_locale = nullptr;  // of the calling thread: uselocale()
  std::string working_directory;
  std::uint32_t file_mask = 0;

  [[nodiscard]] static Surroundings now();
  // "" or what is different now: "the locale is now 'de_DE' (it was 'C')".
  [[nodiscard]] std::string change() const;
  void restore() const;
};

}  // namespace ansatz::host
