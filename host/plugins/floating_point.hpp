// The floating-point mode of the calling thread, which plugins must leave alone.
#pragma once

#include <cstdint>

namespace ansatz::host {

// The control words of the floating-point units: rounding, flush-to-zero, traps; not the flags of what
// happened.
struct FloatingPointMode {
  std::uint32_t mxcsr = 0;
  std::uint16_t x87 = 0;

  [[nodiscard]] static FloatingPointMode now();
  void restore() const;
  bool operator==(const FloatingPointMode&) const = default;
};

}  // namespace ansatz::host
