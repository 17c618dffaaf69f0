// The interval that goes with a share of tries.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

namespace ansatz::modern_hopfield {

// Wilson's interval at 0.95.
[[nodiscard]] inline std::pair<double, double> wilson(double share, double tries) {
  constexpr double z = 1.96;
  const double centre = (share + z * z / (2 * tries)) / (1 + z * z / tries);
  const double half =
      z / (1 + z * z / tries) * std::sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

}  // namespace ansatz::modern_hopfield
