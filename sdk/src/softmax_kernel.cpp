#include "softmax_kernel.hpp"

#include <cstdint>

#include "ansatz/num/vector_math.hpp"

namespace ansatz::detail {
namespace {

// Target attributes, not compiler options, raise the instruction set, as in tile_kernel.inl.
namespace baseline {
#define ANSATZ_TARGET
#define ANSATZ_FMA(a, b, c) ((a) * (b) + (c))
constexpr std::size_t vector_bytes = 16;
#include "softmax_kernel.inl"
#undef ANSATZ_TARGET
#undef ANSATZ_FMA
}  // namespace baseline

#if defined(__x86_64__)
#define ANSATZ_FMA(a, b, c) __builtin_fmaf(a, b, c)
namespace avx2 {
#define ANSATZ_TARGET __attribute__((target("avx2,fma")))
constexpr std::size_t vector_bytes = 32;
#include "softmax_kernel.inl"
#undef ANSATZ_TARGET
}  // namespace avx2
namespace avx512 {
// GCC would halve the vectors, by what it knows of the first processors that had them.
#if defined(__clang__)
#define ANSATZ_TARGET __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw")))
#else
#define ANSATZ_TARGET \
  __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512")))
#endif
constexpr std::size_t vector_bytes = 64;
#include "softmax_kernel.inl"
#undef ANSATZ_TARGET
}  // namespace avx512
#undef ANSATZ_FMA
#endif

template <class T>
const SoftmaxKernel<T>& of([[maybe_unused]] const SoftmaxKernel<float>& single,
                           [[maybe_unused]] const SoftmaxKernel<double>& real) {
  if constexpr (sizeof(T) == 4) {
    return single;
  } else {
    return real;
  }
}

}  // namespace

template <class T>
const SoftmaxKernel<T>& softmax_kernel([[maybe_unused]] std::string_view name) {
#if defined(__x86_64__)
  if (name == "avx512") return of<T>(avx512::f32, avx512::f64);
  if (name == "avx2") return of<T>(avx2::f32, avx2::f64);
#endif
  return of<T>(baseline::f32, baseline::f64);
}
template const SoftmaxKernel<float>& softmax_kernel<float>(std::string_view);
template const SoftmaxKernel<double>& softmax_kernel<double>(std::string_view);

}  // namespace ansatz::detail
