// From products and distances to values of a kernel.
#pragma once

#include <cstddef>

#include "ansatz/num/kernel.hpp"

namespace ansatz::detail {

// What the inner loop of a tile sums up.
enum class Pairing { product, euclidean, absolute, chi_square };
[[nodiscard]] Pairing pairing_of(const Kernel& kernel);

// In place: `values` are products x.y (scaled to cosines for cosine), squared euclidean distances, or sums of
// absolute or chi-square differences, lengths divided out.
template <class T>
void kernel_values(const Kernel& kernel, T* values, std::size_t count);

// The same to distances: the square root of euclidean ones.
template <class T>
void distance_values(const Kernel& kernel, T* values, std::size_t count);

}  // namespace ansatz::detail
