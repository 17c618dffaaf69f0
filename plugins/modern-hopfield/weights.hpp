// What is said about a row of weights that sum to 1.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ansatz::modern_hopfield {

// The fewest weights that sum to `share`.
template <class T>
[[nodiscard]] std::int64_t count_to_share(std::span<const T> weights, double share) {
  std::vector<T> p(weights.begin(), weights.end());
  std::sort(p.begin(), p.end(), std::greater<>{});
  double total = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    total += static_cast<double>(p[k]);
    if (total >= share) return static_cast<std::int64_t>(k) + 1;
  }
  return static_cast<std::int64_t>(p.size());
}

}  // namespace ansatz::modern_hopfield
