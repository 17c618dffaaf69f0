#include "kernel_values.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "ansatz/num/vector_math.hpp"
#include "tile_kernel.hpp"

namespace ansatz::detail {
namespace {

template <class T>
T integer_power(T base, int exponent) {
  T result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if ((exponent & 1) != 0) result *= base;
  }
  return result;
}

template <class T>
void square_roots(T* values, std::size_t count) {
  for (std::size_t j = 0; j < count; ++j) values[j] = std::sqrt(values[j]);
}

// Of arguments of at most 0.
template <class T>
void exponentials(T factor, T* values, std::size_t count) {
  if (const auto decay = best_tile_kernel<T>().decay; decay != nullptr) return decay(count, factor, values);
  for (std::size_t j = 0; j < count; ++j) values[j] *= factor;
  vec::exp(std::span<const T>{values, count}, std::span<T>{values, count});
}

// From squared distances.
template <class T>
void matern(double smoothness, T* values, std::size_t count) {
  const T scale = static_cast<T>(std::sqrt(2 * smoothness));
  T rates[256];
  for (std::size_t first = 0; first < count; first += std::size(rates)) {
    const std::size_t part = std::min(std::size(rates), count - first);
    T* t = values + first;
    for (std::size_t j = 0; j < part; ++j) {
      t[j] = scale * std::sqrt(t[j]);
      rates[j] = -t[j];
    }
    vec::exp(std::span<const T>{rates, part}, std::span<T>{rates, part});
    if (smoothness == 0.5) {
      std::copy_n(rates, part, t);
    } else if (smoothness == 1.5) {
      for (std::size_t j = 0; j < part; ++j) t[j] = (1 + t[j]) * rates[j];
    } else {
      for (std::size_t j = 0; j < part; ++j) t[j] = (1 + t[j] + t[j] * t[j] / 3) * rates[j];
    }
  }
}

}  // namespace

Pairing pairing_of(const Kernel& kernel) {
  if (kernel.euclidean()) return Pairing::euclidean;
  if (kernel.function == KernelFunction::laplacian) return Pairing::absolute;
  return kernel.function == KernelFunction::chi2 ? Pairing::chi_square : Pairing::product;
}

template <class T>
void distance_values(const Kernel& kernel, T* values, std::size_t count) {
  if (kernel.euclidean()) square_roots(values, count);
}

template <class T>
void kernel_values(const Kernel& kernel, T* values, std::size_t count) {
  const std::span<const T> in{values, count};
  const std::span<T> out{values, count};
  const auto slope = static_cast<T>(kernel.slope), offset = static_cast<T>(kernel.offset);
  switch (kernel.function) {
    case KernelFunction::gaussian: exponentials(T{-0.5}, values, count); break;
    case KernelFunction::laplacian:
      distance_values(kernel, values, count);
      exponentials(T{-1}, values, count);
      break;
    case KernelFunction::chi2: exponentials(T{-1}, values, count); break;
    case KernelFunction::matern: matern(kernel.smoothness, values, count); break;
    case KernelFunction::rational_quadratic: {
      const auto share = static_cast<T>(0.5 / kernel.mixture);
      for (std::size_t j = 0; j < count; ++j) values[j] = 1 + share * values[j];
      vec::pow(in, static_cast<T>(-kernel.mixture), out);
      break;
    }
    case KernelFunction::polynomial:
      for (std::size_t j = 0; j < count; ++j) {
        values[j] = integer_power(slope * values[j] + offset, kernel.degree);
      }
      break;
    case KernelFunction::sigmoid:
      for (std::size_t j = 0; j < count; ++j) values[j] = slope * values[j] + offset;
      vec::tanh(in, out);
      break;
    case KernelFunction::linear:
    case KernelFunction::cosine: break;
  }
  const auto amplitude = static_cast<T>(kernel.amplitude);
  if (amplitude != 1) {
    for (std::size_t j = 0; j < count; ++j) values[j] *= amplitude;
  }
}

template void kernel_values(const Kernel&, double*, std::size_t);
template void kernel_values(const Kernel&, float*, std::size_t);
template void distance_values(const Kernel&, double*, std::size_t);
template void distance_values(const Kernel&, float*, std::size_t);

}  // namespace ansatz::detail
