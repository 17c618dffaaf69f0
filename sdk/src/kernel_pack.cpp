// Points in the order in which the loops over tiles read them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <stdexcept>

#include "ansatz/num/error.hpp"
#include "ansatz/num/kernel.hpp"
#include "byte_kernel.hpp"
#include "kernel_values.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::round_up;

std::vector<double> column_means(const Rows& points) {
  return std::visit(
      [](const auto& p) {
        std::vector<double> means(p.columns);
        for (std::size_t i = 0; i < p.rows; ++i) {
          const auto* row = p.data + i * p.columns;
          for (std::size_t k = 0; k < p.columns; ++k) means[k] += static_cast<double>(row[k]);
        }
        for (double& mean : means) mean /= static_cast<double>(p.rows);
        return means;
      },
      points);
}

// `count` pieces of `bytes` bytes, one after the other, to places `step` bytes apart, the bits of `turned` in each word
// turned over.  The size of a piece is known to the compiler, so that copying one takes a few instructions.
template <std::size_t bytes>
void spread_pieces(std::size_t count, const std::byte* from, std::size_t step, std::uint64_t turned,
                   std::byte* to) {
  for (std::size_t k = 0; k < count; ++k, from += bytes, to += step) {
    std::uint64_t words[bytes / sizeof(std::uint64_t)];
    std::memcpy(words, from, bytes);
    for (std::uint64_t& word : words) word ^= turned;
    std::memcpy(to, words, bytes);
  }
}

// The same for any register tile; zeros where `source` is null.
void spread(std::size_t count, std::size_t bytes, const void* source, std::size_t step, std::uint64_t turned,
            void* target) {
  const auto* from = static_cast<const std::byte*>(source);
  auto* to = static_cast<std::byte*>(target);
  if (from == nullptr) {
    for (std::size_t k = 0; k < count; ++k) std::memset(to + k * step, 0, bytes);
    return;
  }
  switch (bytes) {
    case 8: return spread_pieces<8>(count, from, step, turned, to);
    case 16: return spread_pieces<16>(count, from, step, turned, to);
    case 32: return spread_pieces<32>(count, from, step, turned, to);
    case 64: return spread_pieces<64>(count, from, step, turned, to);
    default: throw std::logic_error("no register tile has rows of " + std::to_string(bytes) + " bytes");
  }
}

}  // namespace

template <class T>
KernelPoints<T>::KernelPoints(Kernel kernel, const Rows& points)
    : kernel_{std::move(kernel)}, size_{row_count(points)} {
  const std::size_t d = column_count(points);
  if (size_ == 0 || d == 0) throw BadArgument("a kernel needs at least one row and one column");
  if (kernel_.function == KernelFunction::matern && kernel_.smoothness != 0.5 && kernel_.smoothness != 1.5 &&
      kernel_.smoothness != 2.5) {
    throw BadArgument("smoothness of the matern kernel must be 0.5, 1.5 or 2.5");
  }
  if (!(kernel_.mixture > 0)) throw BadArgument("mixture of the rational-quadratic kernel must be above 0");
  check_rows(kernel_, points, 0, "x");
  means_.assign(d, 0.0);
  factors_.assign(d, 1.0);
  if (kernel_.uses_length()) {
    if (kernel_.length.size() != 1 && kernel_.length.size() != d) {
      throw BadArgument("there are " + std::to_string(kernel_.length.size()) + " lengths for " +
                        std::to_string(d) + " columns: give one, or one a column");
    }
    if (kernel_.stationary()) means_ = column_means(points);
    for (std::size_t k = 0; k < d; ++k) factors_[k] = 1 / kernel_.length[kernel_.length.size() == 1 ? 0 : k];
  }
  bytes_ = whole_numbers(points);
  pack(points, 0, size_, Side::left, left_);
  if (!bytes_) return;
  const auto& all = std::get<RowsOf<std::uint8_t>>(points);
  for (std::size_t i = 0; i < size_; ++i) {
    const std::uint8_t* row = all.data + i * d;
    right_terms_.push_back(right_term(left_.terms_[i], std::accumulate(row, row + d, std::int32_t{0})));
  }
}

// Bytes whose sums are exact as they are: one factor for all columns, or none.
template <class T>
bool KernelPoints<T>::whole_numbers(const Rows& points) const {
  return std::is_same_v<T, float> && std::holds_alternative<RowsOf<std::uint8_t>>(points) &&
         columns() <= detail::most_byte_columns &&
         (kernel_.euclidean() ? kernel_.length.size() == 1
                              : detail::pairing_of(kernel_) == detail::Pairing::product &&
                                    kernel_.function != KernelFunction::cosine);
}

template <class T>
std::size_t KernelPoints<T>::width(Side side) const {
  if (bytes_) {
    return side == Side::left ? detail::best_byte_kernel().rows : detail::best_byte_kernel().columns;
  }
  return side == Side::left ? detail::best_tile_kernel<T>().rows : detail::best_tile_kernel<T>().columns;
}

template <class T>
std::size_t KernelPoints<T>::depth() const {
  return bytes_ ? round_up(columns(), 4) : columns();
}

template <class T>
void KernelPoints<T>::pack(const Rows& points, std::size_t first, std::size_t count, Side side,
                           Operand& target) const {
  const std::size_t padded = round_up(count, width(side));
  target.first_ = first;
  target.count_ = count;
  if (bytes_) {
    if (target.terms_.size() < padded) {
      target.bytes_ = LargeBuffer<std::uint8_t>(padded * depth());
      target.terms_.resize(padded);
    }
    return pack_bytes(std::get<RowsOf<std::uint8_t>>(points), first, count, side, target);
  }
  if (target.norms_.size() < padded) {
    target.data_ = LargeBuffer<T>(padded * depth());
    target.norms_.resize(padded);
  }
  std::fill(target.norms_.begin(), target.norms_.end(), T{1});
  pack_numbers(points, first, count, width(side), target.data_.data(), target.norms_.data());
}

// Rows [first, first + count), centred and scaled, with their squared norms.
template <class T>
void KernelPoints<T>::pack_numbers(const Rows& points, std::size_t first, std::size_t count,
                                   std::size_t width, T* data, T* norms) const {
  const std::size_t d = columns();
  std::vector<T> rows(std::min(width, count) * d);
  std::visit(
      [&](const auto& p) {
        for (std::size_t panel = 0; panel < count; panel += width, data += width * d) {
          const std::size_t filled = std::min(width, count - panel);
          for (std::size_t i = 0; i < filled; ++i) {
            const auto* source = p.data + (first + panel + i) * d;
            T* target = rows.data() + i * d;
            double norm = 0;
            for (std::size_t k = 0; k < d; ++k) {
              target[k] = static_cast<T>((static_cast<double>(source[k]) - means_[k]) * factors_[k]);
              norm += static_cast<double>(target[k]) * static_cast<double>(target[k]);
            }
            norms[panel + i] = static_cast<T>(norm);
            if (kernel_.function != KernelFunction::cosine) continue;
            double squares = 0;
            for (std::size_t k = 0; k < d; ++k) {
              squares += static_cast<double>(source[k]) * static_cast<double>(source[k]);
            }
            const double unit = 1 / std::sqrt(squares);
            for (std::size_t k = 0; k < d; ++k) {
              target[k] = static_cast<T>(static_cast<double>(source[k]) * unit);
            }
          }
          detail::pack_rows(filled, d, rows.data(), d, width, data);
        }
      },
      points);
}

// |x - y|^2 = |x|^2 + (|y|^2 - 2 * 128 sum y) - 2 (x - 128).y, and x.y = (x - 128).y + 128 sum y.
template <class T>
std::int32_t KernelPoints<T>::right_term(std::int32_t norm, std::int32_t sum) const {
  return kernel_.euclidean() ? norm - 256 * sum : 128 * sum;
}

template <class T>
void KernelPoints<T>::pack_bytes(const RowsOf<std::uint8_t>& points, std::size_t first, std::size_t count,
                                 Side side, Operand& target) const {
  const std::size_t panel = width(side), d = columns(), whole = depth();
  const std::uint8_t sign = side == Side::left ? 0x80 : 0;
  std::fill_n(target.bytes_.data(), round_up(count, panel) * whole, sign);
  std::fill(target.terms_.begin(), target.terms_.end(), 0);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* row = points.data + (first + i) * d;
    std::uint8_t* to = target.bytes_.data() + i / panel * panel * whole + i % panel * 4;
    std::int32_t sum = 0, norm = 0;
    for (std::size_t k = 0; k < d; ++k) {
      sum += row[k];
      norm += std::int32_t{row[k]} * row[k];
      to[k / 4 * 4 * panel + k % 4] = row[k] ^ sign;
    }
    target.terms_[i] = side == Side::left ? norm : right_term(norm, sum);
  }
}

template <class T>
void KernelPoints<T>::pack_columns(std::size_t first, std::size_t count, Columns& own) const {
  // Panels of the left operand put side by side make those of the right one; the last may be short.
  const std::size_t narrow = width(Side::left), wide = width(Side::right), padded = round_up(count, wide),
                    d = depth();
  own.first_ = first;
  own.count_ = count;
  const auto regroup = [&]<class E>(const E* source, E* target, std::size_t group, std::uint64_t turned) {
    for (std::size_t j = 0; j < padded; j += narrow) {
      E* to = target + j / wide * wide * d + j % wide * group;
      spread(d / group, narrow * group * sizeof(E), j < count ? source + (first + j) * d : nullptr,
             wide * group * sizeof(E), turned, to);
    }
  };
  if (bytes_) {
    if (own.terms_.size() < padded) {
      own.bytes_ = LargeBuffer<std::uint8_t>(block_alignment * d);
      own.terms_.resize(block_alignment);
    }
    regroup(left_.bytes_.data(), own.bytes_.data(), 4, 0x8080808080808080U);
    std::copy_n(right_terms_.data() + first, count, own.terms_.data());
    return;
  }
  if (own.norms_.size() < padded) {
    own.data_ = LargeBuffer<T>(block_alignment * d);
    own.norms_.resize(block_alignment);
  }
  regroup(left_.data_.data(), own.data_.data(), 1, 0);
  std::copy_n(left_.norms_.data() + first, count, own.norms_.data());
}

template <class T>
void KernelPoints<T>::check_queries(const Rows& queries) const {
  if (column_count(queries) != columns()) {
    throw BadArgument("queries have " + std::to_string(column_count(queries)) + " columns, points " +
                      std::to_string(columns()));
  }
  check_rows(kernel_, queries, 0, "queries");
}

template <class T>
KernelPoints<T> KernelPoints<T>::with_numbers() const {
  const std::size_t d = columns(), panel = width(Side::left);
  std::vector<T> values(size_ * d);
  for (std::size_t i = 0; i < size_; ++i) {
    const std::uint8_t* from = left_.bytes_.data() + i / panel * panel * depth() + i % panel * 4;
    for (std::size_t k = 0; k < d; ++k) {
      values[i * d + k] = static_cast<T>(from[k / 4 * 4 * panel + k % 4] ^ 0x80);
    }
  }
  return {kernel_, RowsOf<T>{values.data(), size_, d}};
}

#define ANSATZ_PACK(T)                                                                                    \
  template KernelPoints<T>::KernelPoints(Kernel, const Rows&);                                            \
  template void KernelPoints<T>::pack(const Rows&, std::size_t, std::size_t, Side, Operand&) const;       \
  template void KernelPoints<T>::pack_numbers(const Rows&, std::size_t, std::size_t, std::size_t, T*, T*) \
      const;                                                                                              \
  template void KernelPoints<T>::pack_bytes(const RowsOf<std::uint8_t>&, std::size_t, std::size_t, Side,  \
                                            Operand&) const;                                              \
  template std::size_t KernelPoints<T>::width(Side) const;                                                \
  template std::int32_t KernelPoints<T>::right_term(std::int32_t, std::int32_t) const;                    \
  template std::size_t KernelPoints<T>::depth() const;                                                    \
  template bool KernelPoints<T>::whole_numbers(const Rows&) const;                                        \
  template void KernelPoints<T>::pack_columns(std::size_t, std::size_t, Columns&) const;                  \
  template void KernelPoints<T>::check_queries(const Rows&) const;                                        \
  template KernelPoints<T> KernelPoints<T>::with_numbers() const;
ANSATZ_PACK(double)
ANSATZ_PACK(float)

}  // namespace ansatz
