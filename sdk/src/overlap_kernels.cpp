#include "ansatz/num/overlap_kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ansatz {
namespace {

constexpr std::size_t rows_at_once = 16, line_words = 8, low_planes = 4;
// Of counts below 2^31; an odd number, so that the counters of the lines do not share cache sets.
constexpr std::size_t planes = 31;

// 512 bits; the compiler makes of it what the instructions of the function around it allow.
using Line = std::uint64_t __attribute__((vector_size(64), aligned(8), may_alias));

__attribute__((always_inline)) inline void full_add(const Line& a, const Line& b, const Line& c, Line& sum,
                                                    Line& carry) {
  const Line partial = a ^ b;
  carry = (a & b) | (partial & c);
  sum = partial ^ c;
}

// Counts of set bits, column by column, as planes of binary digits: adds sixteen rows of one line.  `sign` has all bits
// set where a row counts reversed.
__attribute__((always_inline)) inline void add_rows(const std::uint64_t* rows, std::size_t stride,
                                                    const std::uint64_t* sign, Line* plane) {
  Line ones = plane[0], twos = plane[1], fours = plane[2], eights = plane[3];
  Line two[2], four[2], eight[2], sixteen;
  for (std::size_t half = 0; half < 2; ++half) {
    for (std::size_t quarter = 0; quarter < 2; ++quarter) {
      for (std::size_t pair = 0; pair < 2; ++pair) {
        const std::size_t r = 8 * half + 4 * quarter + 2 * pair;
        const Line a = *reinterpret_cast<const Line*>(rows + r * stride) ^ sign[r];
        const Line b = *reinterpret_cast<const Line*>(rows + (r + 1) * stride) ^ sign[r + 1];
        const Line old = ones;
        full_add(old, a, b, ones, two[pair]);
      }
      const Line old = twos;
      full_add(old, two[0], two[1], twos, four[quarter]);
    }
    const Line old = fours;
    full_add(old, four[0], four[1], fours, eight[half]);
  }
  const Line old = eights;
  full_add(old, eight[0], eight[1], eights, sixteen);
  plane[0] = ones, plane[1] = twos, plane[2] = fours, plane[3] = eights;
  for (std::size_t k = low_planes; k < planes; ++k) {
    const Line digit = plane[k];
    plane[k] = digit ^ sixteen;
    sixteen &= digit;
    std::uint64_t left = 0;
    for (std::size_t w = 0; w < line_words; ++w) left |= sixteen[w];
    if (left == 0) break;
  }
}

__attribute__((always_inline)) inline void overlaps_of(const std::uint64_t* rows, std::size_t words,
                                                       std::size_t count, const std::int8_t* s,
                                                       std::int32_t* result) {
  const std::size_t lines = words / line_words;
  std::vector<std::uint64_t> counters(lines * planes * line_words);
  std::array<std::uint64_t, rows_at_once> sign{};
  const auto negative = [s](std::size_t i) { return s[i] < 0 ? ~std::uint64_t{0} : std::uint64_t{0}; };
  std::size_t first = 0;
  for (; first + rows_at_once <= count; first += rows_at_once) {
    for (std::size_t r = 0; r < rows_at_once; ++r) sign[r] = negative(first + r);
    for (std::size_t line = 0; line < lines; ++line) {
      add_rows(rows + first * words + line * line_words, words, sign.data(),
               reinterpret_cast<Line*>(counters.data() + line * planes * line_words));
    }
  }
  const auto used = std::min(planes, static_cast<std::size_t>(std::bit_width(count)));
  // Half a word of columns at a time, which are lanes.
  for (std::size_t half = 0; half < 2 * words; ++half) {
    const std::uint64_t* digits = counters.data() + half / 16 * planes * line_words + half / 2 % line_words;
    std::uint32_t set[32] = {};
    const auto add = [&](std::uint64_t word, std::size_t digit) {
      const auto bits = static_cast<std::uint32_t>(word >> 32 * (half % 2));
      for (unsigned j = 0; j < 32; ++j) set[j] += (bits >> j & 1) << digit;
    };
    for (std::size_t k = 0; k < used; ++k) add(digits[k * line_words], k);
    for (std::size_t i = first; i < count; ++i) add(rows[i * words + half / 2] ^ negative(i), 0);
    for (unsigned j = 0; j < 32; ++j)
      result[32 * half + j] = static_cast<std::int32_t>(2 * set[j] - static_cast<std::uint32_t>(count));
  }
}

void overlaps_plain(const std::uint64_t* rows, std::size_t words, std::size_t count, const std::int8_t* s,
                    std::int32_t* result) {
  overlaps_of(rows, words, count, s, result);
}

std::int64_t masked_sum_plain(const std::uint64_t* bits, const std::int16_t* values, std::size_t words) {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < 64 * words; ++j) sum += (bits[j / 64] >> j % 64 & 1) != 0 ? values[j] : 0;
  return sum;
}

using MaskedSum = std::int64_t (*)(const std::uint64_t*, const std::int16_t*, std::size_t);

template <MaskedSum masked_sum>
void one_by_one(const std::uint64_t* rows, std::size_t stride, std::size_t count, const std::int16_t* values,
                std::size_t words, std::int32_t* sums) {
  for (std::size_t i = 0; i < count; ++i)
    sums[i] = static_cast<std::int32_t>(masked_sum(rows + i * stride, values, words));
}

void add_signed_plain(const std::uint64_t* bits, std::int16_t step, std::int16_t* values, std::size_t words) {
  for (std::size_t j = 0; j < 64 * words; ++j) {
    values[j] = static_cast<std::int16_t>(values[j] + ((bits[j / 64] >> j % 64 & 1) != 0 ? step : -step));
  }
}

constexpr OverlapKernels plain{"plain", &masked_sum_plain, &one_by_one<masked_sum_plain>, &add_signed_plain,
                               &overlaps_plain};

#if defined(__x86_64__)

__attribute__((target("avx2"))) void overlaps_avx2(const std::uint64_t* rows, std::size_t words,
                                                   std::size_t count, const std::int8_t* s,
                                                   std::int32_t* result) {
  overlaps_of(rows, words, count, s, result);
}

// Sixteen bits, from bit 16 k of a row on, as sixteen masks of 16 bits.
__attribute__((target("avx2"))) inline __m256i masks(const std::uint64_t* bits, std::size_t k) {
  const __m256i places = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192,
                                           16384, static_cast<short>(32768));
  const auto word = static_cast<short>(bits[k / 4] >> 16 * (k % 4) & 0xFFFF);
  return _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16(word), places), places);
}

__attribute__((target("avx2"))) std::int64_t masked_sum_avx2(const std::uint64_t* bits,
                                                             const std::int16_t* values, std::size_t words) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sum = _mm256_setzero_si256();
  for (std::size_t k = 0; k < 4 * words; k += 16) {
    __m256i even = _mm256_setzero_si256(), odd = even;
    for (std::size_t j = k; j < k + 16; j += 2) {
      const auto* v = reinterpret_cast<const __m256i*>(values + 16 * j);
      even = _mm256_add_epi16(even, _mm256_and_si256(masks(bits, j), _mm256_loadu_si256(v)));
      odd = _mm256_add_epi16(odd, _mm256_and_si256(masks(bits, j + 1), _mm256_loadu_si256(v + 1)));
    }
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_add_epi16(even, odd), ones));
  }
  alignas(32) std::int32_t parts[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(parts), sum);
  std::int64_t total = 0;
  for (const std::int32_t part : parts) total += part;
  return total;
}

__attribute__((target("avx2"))) void add_signed_avx2(const std::uint64_t* bits, std::int16_t step,
                                                     std::int16_t* values, std::size_t words) {
  const __m256i up = _mm256_set1_epi16(step), down = _mm256_set1_epi16(static_cast<std::int16_t>(-step));
  for (std::size_t k = 0; k < 4 * words; ++k) {
    auto* v = reinterpret_cast<__m256i*>(values + 16 * k);
    _mm256_storeu_si256(
        v, _mm256_add_epi16(_mm256_loadu_si256(v), _mm256_blendv_epi8(down, up, masks(bits, k))));
  }
}

constexpr OverlapKernels avx2{"avx2", &masked_sum_avx2, &one_by_one<masked_sum_avx2>, &add_signed_avx2,
                              &overlaps_avx2};

__attribute__((target("avx512f,avx512bw"))) void overlaps_avx512(const std::uint64_t* rows, std::size_t words,
                                                                 std::size_t count, const std::int8_t* s,
                                                                 std::int32_t* result) {
  overlaps_of(rows, words, count, s, result);
}

__attribute__((target("avx512f,avx512bw"))) inline __mmask32 mask(const std::uint64_t* bits, std::size_t k) {
  std::uint32_t half = 0;
  std::memcpy(&half, reinterpret_cast<const unsigned char*>(bits) + 4 * k, sizeof half);
  return half;
}

// Four chains of additions, each widened after sixteen.
__attribute__((target("avx512f,avx512bw"))) std::int64_t masked_sum_avx512(const std::uint64_t* bits,
                                                                           const std::int16_t* values,
                                                                           std::size_t words) {
  const __m512i ones = _mm512_set1_epi16(1);
  __m512i sum = _mm512_setzero_si512();
  for (std::size_t first = 0; first < 2 * words; first += 64) {
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    const std::size_t end = std::min(first + 64, 2 * words);
    for (std::size_t k = first; k < end; k += 4) {
      const std::int16_t* v = values + 32 * k;
      a = _mm512_mask_add_epi16(a, mask(bits, k), a, _mm512_loadu_si512(v));
      b = _mm512_mask_add_epi16(b, mask(bits, k + 1), b, _mm512_loadu_si512(v + 32));
      c = _mm512_mask_add_epi16(c, mask(bits, k + 2), c, _mm512_loadu_si512(v + 64));
      d = _mm512_mask_add_epi16(d, mask(bits, k + 3), d, _mm512_loadu_si512(v + 96));
    }
    const __m512i ab = _mm512_add_epi32(_mm512_madd_epi16(a, ones), _mm512_madd_epi16(b, ones));
    const __m512i cd = _mm512_add_epi32(_mm512_madd_epi16(c, ones), _mm512_madd_epi16(d, ones));
    sum = _mm512_add_epi32(sum, _mm512_add_epi32(ab, cd));
  }
  alignas(64) __m256i half[2];
  _mm512_store_si512(half, sum);
  const __m256i eight = _mm256_add_epi32(half[0], half[1]);
  const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xB1)));
}

// Rows so short that all values stay in registers; four rows are added up together.
template <std::size_t vectors>
__attribute__((target("avx512f,avx512bw"))) void short_sums(const std::uint64_t* rows, std::size_t stride,
                                                            std::size_t count, const std::int16_t* values,
                                                            std::int32_t* sums) {
  const __m512i ones = _mm512_set1_epi16(1);
  __m512i v[vectors];
  for (std::size_t k = 0; k < vectors; ++k) v[k] = _mm512_loadu_si512(values + 32 * k);
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    __m512i row[4];
    for (std::size_t r = 0; r < 4; ++r) {
      const std::uint64_t* bits = rows + (i + r) * stride;
      __m512i even = _mm512_maskz_mov_epi16(mask(bits, 0), v[0]),
              odd = _mm512_maskz_mov_epi16(mask(bits, 1), v[1]);
      for (std::size_t k = 2; k < vectors; k += 2) {
        even = _mm512_mask_add_epi16(even, mask(bits, k), even, v[k]);
        odd = _mm512_mask_add_epi16(odd, mask(bits, k + 1), odd, v[k + 1]);
      }
      row[r] = _mm512_madd_epi16(_mm512_add_epi16(even, odd), ones);
    }
    // The forms with a full mask, since GCC 12 takes the undefined operand inside the plain ones for ours.
    const __m512i front = _mm512_add_epi32(_mm512_maskz_unpacklo_epi32(0xFFFF, row[0], row[1]),
                                           _mm512_maskz_unpackhi_epi32(0xFFFF, row[0], row[1]));
    const __m512i back = _mm512_add_epi32(_mm512_maskz_unpacklo_epi32(0xFFFF, row[2], row[3]),
                                          _mm512_maskz_unpackhi_epi32(0xFFFF, row[2], row[3]));
    alignas(64) __m128i lane[4];
    _mm512_store_si512(lane, _mm512_add_epi32(_mm512_maskz_unpacklo_epi64(0xFF, front, back),
                                              _mm512_maskz_unpackhi_epi64(0xFF, front, back)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + i),
                     _mm_add_epi32(_mm_add_epi32(lane[0], lane[1]), _mm_add_epi32(lane[2], lane[3])));
  }
  for (; i < count; ++i)
    sums[i] = static_cast<std::int32_t>(masked_sum_avx512(rows + i * stride, values, vectors / 2));
}

void masked_sums_avx512(const std::uint64_t* rows, std::size_t stride, std::size_t count,
                        const std::int16_t* values, std::size_t words, std::int32_t* sums) {
  if (words == 4) return short_sums<8>(rows, stride, count, values, sums);
  if (words == 8) return short_sums<16>(rows, stride, count, values, sums);
  one_by_one<masked_sum_avx512>(rows, stride, count, values, words, sums);
}

__attribute__((target("avx512f,avx512bw"))) void add_signed_avx512(const std::uint64_t* bits,
                                                                   std::int16_t step, std::int16_t* values,
                                                                   std::size_t words) {
  const __m512i up = _mm512_set1_epi16(step), down = _mm512_set1_epi16(static_cast<std::int16_t>(-step));
  for (std::size_t k = 0; k < 2 * words; ++k) {
    std::int16_t* v = values + 32 * k;
    _mm512_storeu_si512(
        v, _mm512_add_epi16(_mm512_loadu_si512(v), _mm512_mask_blend_epi16(mask(bits, k), down, up)));
  }
}

constexpr OverlapKernels avx512{"avx512", &masked_sum_avx512, &masked_sums_avx512, &add_signed_avx512,
                                &overlaps_avx512};

#endif

}  // namespace

const OverlapKernels* overlap_kernels(Instructions set) {
  if (set == Instructions::plain) return &plain;
#if defined(__x86_64__)
  if (set == Instructions::avx2 && __builtin_cpu_supports("avx2")) return &avx2;
  if (set == Instructions::avx512 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw")) {
    return &avx512;
  }
#endif
  return nullptr;
}

const OverlapKernels& overlap_kernels() {
  static const OverlapKernels& fastest = []() -> const OverlapKernels& {
    for (const Instructions set : {Instructions::avx512, Instructions::avx2}) {
      if (const OverlapKernels* found = overlap_kernels(set)) return *found;
    }
    return plain;
  }();
  return fastest;
}

}  // namespace ansatz
