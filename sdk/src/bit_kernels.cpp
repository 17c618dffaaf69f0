#include "ansatz/num/bit_kernels.hpp"

#include <bit>
#include <initializer_list>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ansatz {
namespace {

std::uint64_t differing_plain(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  std::uint64_t count = 0;
  for (std::size_t w = 0; w < words; ++w) count += static_cast<std::uint64_t>(std::popcount(a[w] ^ b[w]));
  return count;
}

std::int64_t masked_sum_plain(const std::uint64_t* bits, const std::int32_t* values, std::size_t words) {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < 64 * words; ++j) {
    sum += (bits[j / 64] >> j % 64 & 1) != 0 ? std::int64_t{values[j]} : 0;
  }
  return sum;
}

constexpr std::size_t chains =
    32;  // of additions in a sum of reals: additions wait for each other within one alone

template <std::size_t size>
double total(const double (&parts)[size]) {
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

double masked_real_sum_plain(const std::uint64_t* bits, const double* values, std::size_t words) {
  double parts[chains] = {};
  for (std::size_t j = 0; j < 64 * words; ++j) {
    parts[j % chains] += (bits[j / 64] >> j % 64 & 1) != 0 ? values[j] : 0;
  }
  return total(parts);
}

void add_signed_plain(const std::uint64_t* bits, std::int32_t step, std::int32_t* values, std::size_t words) {
  for (std::size_t j = 0; j < 64 * words; ++j) values[j] += (bits[j / 64] >> j % 64 & 1) != 0 ? step : -step;
}

constexpr BitKernels plain{"plain", &differing_plain, &masked_sum_plain, &masked_real_sum_plain,
                           &add_signed_plain};

#if defined(__x86_64__)

// Population count by a table of 16 in a shuffle (Mula, Kurz, Lemire 2018, "Faster population counts using AVX2
// instructions").
__attribute__((target("avx2"))) std::uint64_t differing_avx2(const std::uint64_t* a, const std::uint64_t* b,
                                                             std::size_t words) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15);
  __m256i sum = _mm256_setzero_si256();
  for (std::size_t w = 0; w < words; w += 4) {
    const __m256i x = _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + w)),
                                       _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + w)));
    const __m256i few = _mm256_shuffle_epi8(table, _mm256_and_si256(x, low));
    const __m256i more = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low));
    sum = _mm256_add_epi64(sum, _mm256_sad_epu8(_mm256_add_epi8(few, more), _mm256_setzero_si256()));
  }
  alignas(32) std::uint64_t parts[4];
  _mm256_store_si256(reinterpret_cast<__m256i*>(parts), sum);
  return parts[0] + parts[1] + parts[2] + parts[3];
}

// Eight bits as eight masks of 32 bits.
__attribute__((target("avx2"))) inline __m256i masks(unsigned bits) {
  const __m256i places = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(bits)), places), places);
}

__attribute__((target("avx2"))) std::int64_t masked_sum_avx2(const std::uint64_t* bits,
                                                             const std::int32_t* values, std::size_t words) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(bits);
  __m256i even = _mm256_setzero_si256(), odd = even;
  for (std::size_t k = 0; k < 8 * words; k += 2) {
    const auto* v = reinterpret_cast<const __m256i*>(values + 8 * k);
    even = _mm256_add_epi32(even, _mm256_and_si256(masks(bytes[k]), _mm256_loadu_si256(v)));
    odd = _mm256_add_epi32(odd, _mm256_and_si256(masks(bytes[k + 1]), _mm256_loadu_si256(v + 1)));
  }
  alignas(32) std::int32_t parts[16];
  _mm256_store_si256(reinterpret_cast<__m256i*>(parts), even);
  _mm256_store_si256(reinterpret_cast<__m256i*>(parts + 8), odd);
  std::int64_t sum = 0;
  for (const std::int32_t part : parts) sum += part;
  return sum;
}

// Half of eight bits as masks of 64 bits.
__attribute__((target("avx2"))) inline __m256i wide_masks(unsigned bits) {
  const __m256i places = _mm256_setr_epi64x(1, 2, 4, 8);
  return _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(static_cast<long long>(bits)), places),
                            places);
}

__attribute__((target("avx2"))) double masked_real_sum_avx2(const std::uint64_t* bits, const double* values,
                                                            std::size_t words) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(bits);
  __m256d sums[chains / 4];
  for (__m256d& sum : sums) sum = _mm256_setzero_pd();
  for (std::size_t k = 0; k < 8 * words; k += chains / 8) {
    for (std::size_t part = 0; part < chains / 8; ++part) {
      const double* v = values + 8 * (k + part);
      const __m256d first = _mm256_castsi256_pd(wide_masks(bytes[k + part])),
                    second = _mm256_castsi256_pd(wide_masks(bytes[k + part] >> 4U));
      sums[2 * part] = _mm256_add_pd(sums[2 * part], _mm256_and_pd(first, _mm256_loadu_pd(v)));
      sums[2 * part + 1] = _mm256_add_pd(sums[2 * part + 1], _mm256_and_pd(second, _mm256_loadu_pd(v + 4)));
    }
  }
  alignas(32) double parts[chains];
  for (std::size_t part = 0; part < chains / 4; ++part) _mm256_store_pd(parts + 4 * part, sums[part]);
  return total(parts);
}

__attribute__((target("avx2"))) void add_signed_avx2(const std::uint64_t* bits, std::int32_t step,
                                                     std::int32_t* values, std::size_t words) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(bits);
  const __m256i up = _mm256_set1_epi32(step), down = _mm256_set1_epi32(-step);
  for (std::size_t k = 0; k < 8 * words; ++k) {
    auto* v = reinterpret_cast<__m256i*>(values + 8 * k);
    _mm256_storeu_si256(
        v, _mm256_add_epi32(_mm256_loadu_si256(v), _mm256_blendv_epi8(down, up, masks(bytes[k]))));
  }
}

constexpr BitKernels avx2{"avx2", &differing_avx2, &masked_sum_avx2, &masked_real_sum_avx2, &add_signed_avx2};

// As differing_avx2; for processors of before VPOPCNTDQ.
__attribute__((target("avx512f,avx512bw"))) std::uint64_t differing_avx512bw(const std::uint64_t* a,
                                                                             const std::uint64_t* b,
                                                                             std::size_t words) {
  const __m512i table = _mm512_set4_epi32(0x04030302, 0x03020201, 0x03020201, 0x02010100);
  const __m512i low = _mm512_set1_epi8(15);
  __m512i sum = _mm512_setzero_si512();
  for (std::size_t w = 0; w < words; w += 8) {
    const __m512i x = _mm512_xor_si512(_mm512_loadu_si512(a + w), _mm512_loadu_si512(b + w));
    const __m512i few = _mm512_shuffle_epi8(table, _mm512_and_si512(x, low));
    const __m512i more = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(x, 4), low));
    sum = _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_add_epi8(few, more), _mm512_setzero_si512()));
  }
  alignas(64) std::uint64_t parts[8];
  _mm512_store_si512(parts, sum);
  std::uint64_t count = 0;
  for (const std::uint64_t part : parts) count += part;
  return count;
}

__attribute__((target("avx512f,avx512vpopcntdq"))) std::uint64_t differing_avx512(const std::uint64_t* a,
                                                                                  const std::uint64_t* b,
                                                                                  std::size_t words) {
  __m512i sum = _mm512_setzero_si512();
  for (std::size_t w = 0; w < words; w += 8) {
    const __m512i x = _mm512_xor_si512(_mm512_loadu_si512(a + w), _mm512_loadu_si512(b + w));
    sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(x));
  }
  alignas(64) std::uint64_t parts[8];
  _mm512_store_si512(parts, sum);
  std::uint64_t count = 0;
  for (const std::uint64_t part : parts) count += part;
  return count;
}

__attribute__((target("avx512f"))) std::int64_t masked_sum_avx512(const std::uint64_t* bits,
                                                                  const std::int32_t* values,
                                                                  std::size_t words) {
  const auto* masks = reinterpret_cast<const unsigned char*>(bits);
  const auto mask = [masks](std::size_t k) __attribute__((target("avx512f"))) {
    return static_cast<__mmask16>(masks[2 * k] | masks[2 * k + 1] << 8);
  };
  __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                     _mm512_setzero_si512()};
  for (std::size_t k = 0; k < 4 * words; k += 4) {
    for (std::size_t part = 0; part < 4; ++part) {  // four chains of additions
      sums[part] = _mm512_mask_add_epi32(sums[part], mask(k + part), sums[part],
                                         _mm512_loadu_si512(values + 16 * (k + part)));
    }
  }
  alignas(64) std::int32_t parts[64];
  for (std::size_t part = 0; part < 4; ++part) _mm512_store_si512(parts + 16 * part, sums[part]);
  std::int64_t sum = 0;
  for (const std::int32_t part : parts) sum += part;
  return sum;
}

__attribute__((target("avx512f"))) double masked_real_sum_avx512(const std::uint64_t* bits,
                                                                 const double* values, std::size_t words) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(bits);
  __m512d sums[chains / 8];
  for (__m512d& sum : sums) sum = _mm512_setzero_pd();
  for (std::size_t k = 0; k < 8 * words; k += chains / 8) {
    for (std::size_t part = 0; part < chains / 8; ++part) {
      sums[part] = _mm512_mask_add_pd(sums[part], bytes[k + part], sums[part],
                                      _mm512_loadu_pd(values + 8 * (k + part)));
    }
  }
  alignas(64) double parts[chains];
  for (std::size_t part = 0; part < chains / 8; ++part) _mm512_store_pd(parts + 8 * part, sums[part]);
  return total(parts);
}

__attribute__((target("avx512f"))) void add_signed_avx512(const std::uint64_t* bits, std::int32_t step,
                                                          std::int32_t* values, std::size_t words) {
  const auto* masks = reinterpret_cast<const unsigned char*>(bits);
  const __m512i up = _mm512_set1_epi32(step), down = _mm512_set1_epi32(-step);
  for (std::size_t k = 0; k < 4 * words; ++k) {
    const auto mask = static_cast<__mmask16>(masks[2 * k] | masks[2 * k + 1] << 8);
    std::int32_t* v = values + 16 * k;
    _mm512_storeu_si512(v, _mm512_add_epi32(_mm512_loadu_si512(v), _mm512_mask_blend_epi32(mask, down, up)));
  }
}

constexpr BitKernels avx512{"avx512", &differing_avx512, &masked_sum_avx512, &masked_real_sum_avx512,
                            &add_signed_avx512};
constexpr BitKernels avx512bw{"avx512bw", &differing_avx512bw, &masked_sum_avx512, &masked_real_sum_avx512,
                              &add_signed_avx512};

#endif

}  // namespace

const BitKernels* bit_kernels(Instructions set) {
  if (set == Instructions::plain) return &plain;
#if defined(__x86_64__)
  if (set == Instructions::avx2 && __builtin_cpu_supports("avx2")) return &avx2;
  if (set == Instructions::avx512 && __builtin_cpu_supports("avx512f")) {
    if (__builtin_cpu_supports("avx512vpopcntdq")) return &avx512;
    if (__builtin_cpu_supports("avx512bw")) return &avx512bw;
  }
#endif
  return nullptr;
}

const BitKernels& bit_kernels() {
  static const BitKernels& fastest = []() -> const BitKernels& {
    for (const Instructions set : {Instructions::avx512, Instructions::avx2}) {
      if (const BitKernels* found = bit_kernels(set)) return *found;
    }
    return plain;
  }();
  return fastest;
}

}  // namespace ansatz
