// The two halves of a single-shot memory: how alike a state and a pattern are, and how alikeness becomes weight
// (Millidge, Salvatori, Song, Lukasiewicz, Bogacz 2022, "Universal Hopfield networks", section 3).
//
//   z = P separation(similarity(M, q))
//
// A distance is taken as its negative, so that larger is more alike; log, root and power see 1 / (1 + distance).
#pragma once

#include <array>
#include <span>
#include <string>

#include "memory.hpp"

namespace ansatz::modern_hopfield {

// Distances: |a - b|, sum |a - b|; of distributions sum q log(q / p) from state q to pattern p, the reverse, and half the sum of
// both to their mean.
enum class Similarity { dot, cosine, euclidean, manhattan, kl, reverse_kl, jensen_shannon };
constexpr auto choices(Similarity) {
  return std::array{"dot", "cosine", "euclidean", "manhattan", "kl", "reverse-kl", "jensen-shannon"};
}
enum class Separation { identity, logarithm, root, power, softmax, max };
constexpr auto choices(Separation) {
  return std::array{"identity", "log", "root", "power", "softmax", "max"};
}

[[nodiscard]] constexpr bool is_distance(Similarity similarity) {
  return similarity != Similarity::dot && similarity != Similarity::cosine;
}

// Why rows cannot be compared in this way (empty: they can): the row, the value, what is needed.
[[nodiscard]] std::string unfit_for(Similarity similarity, const double* row, std::size_t columns,
                                    std::size_t number);

// s[i] = similarity of x with row i of the patterns.
void compare_with(Similarity similarity, const Matrix<double>& patterns, const double* x,
                  std::span<double> s);

struct Separator {
  Separation separation = Separation::softmax;
  std::int64_t power = 2;
  double beta = 1;

  // Similarities become weights.  Returns why they cannot, or nothing.
  [[nodiscard]] std::string apply(Similarity similarity, std::span<double> s) const;
};

}  // namespace ansatz::modern_hopfield
