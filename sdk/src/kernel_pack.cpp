// Points in the order in which the loops over tiles read them.
#include <algorithm>
#include <cmath>

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
    target.terms_[i] = side == Side::left ? norm : kernel_.euclidean() ? norm - 256 * sum : 128 * sum;
  }
}

template <class T>
void KernelPoints<T>::pack_columns(std::size_t first, std::size_t count, Columns& own) const {
  // Panels of the left operand put side by side make those of the right one; the last may be short.
  const std::size_t narrow = width(Side::left), wide = width(Side::right), padded = round_up(count, wide),
                    d = depth();
  own.first_ = first;
  own.count_ = count;
  const auto regroup = [&]<class E>(const E* source, E* target, std::size_t group, auto flip) {
    for (std::size_t j = 0; j < padded; j += narrow) {
      E* to = target + j / wide * wide * d + j % wide * group;
      const E* from = source + (first + j) * d;
      for (std::size_t k = 0; k < d; k += group, to += wide * group, from += narrow * group) {
        for (std::size_t e = 0; e < narrow * group; ++e) to[e] = j < count ? flip(from[e]) : E{0};
      }
    }
  };
  if (bytes_) {
    if (own.terms_.size() < padded) {
      own.bytes_ = LargeBuffer<std::uint8_t>(block_alignment * d);
      own.terms_.resize(block_alignment);
    }
    regroup(left_.bytes_.data(), own.bytes_.data(), 4,
            [](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ 0x80); });
    for (std::size_t j = 0; j < count; ++j) {
      std::int32_t sum = 0;
      const std::uint8_t* from = own.bytes_.data() + j / wide * wide * d + j % wide * 4;
      for (std::size_t k = 0; k < columns(); ++k) sum += from[k / 4 * 4 * wide + k % 4];
      own.terms_[j] = kernel_.euclidean() ? left_.terms_[first + j] - 256 * sum : 128 * sum;
    }
    return;
  }
  if (own.norms_.size() < padded) {
    own.data_ = LargeBuffer<T>(block_alignment * d);
    own.norms_.resize(block_alignment);
  }
  regroup(left_.data_.data(), own.data_.data(), 1, [](T value) { return value; });
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
  template std::size_t KernelPoints<T>::depth() const;                                                    \
  template bool KernelPoints<T>::whole_numbers(const Rows&) const;                                        \
  template void KernelPoints<T>::pack_columns(std::size_t, std::size_t, Columns&) const;                  \
  template void KernelPoints<T>::check_queries(const Rows&) const;                                        \
  template KernelPoints<T> KernelPoints<T>::with_numbers() const;
ANSATZ_PACK(double)
ANSATZ_PACK(float)

}  // namespace ansatz
