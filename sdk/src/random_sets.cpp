#include <numeric>
#include <string>
#include <unordered_map>

#include "ansatz/num/error.hpp"
#include "ansatz/num/random.hpp"

namespace ansatz {

std::vector<std::uint64_t> Rng::permutation(std::uint64_t n) {
  std::vector<std::uint64_t> order(n);
  std::iota(order.begin(), order.end(), std::uint64_t{0});
  shuffle(std::span{order});
  return order;
}

// The first k steps of Fisher and Yates on 0 ... n-1.  For small k only the places that were touched are
// kept; the choice is the same either way.
std::vector<std::uint64_t> Rng::choice(std::uint64_t n, std::uint64_t k) {
  if (k > n) {
    throw BadArgument("Rng::choice: k must be at most n = " + std::to_string(n) + ", got " +
                      std::to_string(k));
  }
  std::vector<std::uint64_t> chosen(k);
  if (n / 8 <= k) {
    std::vector<std::uint64_t> place(n);
    std::iota(place.begin(), place.end(), std::uint64_t{0});
    for (std::uint64_t i = 0; i < k; ++i) {
      std::swap(place[i], place[i + integer(n - i)]);
      chosen[i] = place[i];
    }
    return chosen;
  }
  std::unordered_map<std::uint64_t, std::uint64_t> moved;
  const auto at = [&moved](std::uint64_t i) {
    const auto found = moved.find(i);
    return found == moved.end() ? i : found->second;
  };
  for (std::uint64_t i = 0; i < k; ++i) {
    const std::uint64_t j = i + integer(n - i);
    chosen[i] = at(j);
    moved[j] = at(i);
  }
  return chosen;
}

}  // namespace ansatz
