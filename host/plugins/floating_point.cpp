#include "plugins/floating_point.hpp"

namespace ansatz::host {

FloatingPointMode FloatingPointMode::now() {
  FloatingPointMode mode;
  __asm__ volatile("stmxcsr %0" : "=m"(mode.mxcsr));
  __asm__ volatile("fnstcw %0" : "=m"(mode.x87));
  mode.mxcsr &= 0xffc0;
  return mode;
}

void FloatingPointMode::restore() const {
  __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
  __asm__ volatile("fldcw %0" : : "m"(x87));
}

}  // namespace ansatz::host
