#include "ansatz/num/softmax_average.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "ansatz/num/bf16.hpp"
#include "softmax_kernel.hpp"
#include "tile_kernel.hpp"

namespace ansatz {
namespace {

using detail::SoftmaxKernel;
using detail::TileKernel;

constexpr std::size_t most_columns = 64;  // more than any register tile has
constexpr std::size_t group = 4;  // tiles of queries that meet a block of keys while it is in the cache

template <class T>
constexpr T hidden = -std::numeric_limits<T>::infinity();

// A number for each query of a tile.
template <class T>
struct alignas(64) Row : std::array<T, most_columns> {};

enum Slot : std::size_t {
  queries_slot,
  y_slot,
  s_slot,
  added_slot,
  weights_slot,
  dy_slot,
  rows_slot,
  chunk_slot
};

template <class T>
class Tiles {
 public:
  explicit Tiles(const SoftmaxJob<T>& job)
      : job_{job}, kernel_{detail::best_tile_kernel<T>()}, loops_{detail::softmax_kernel<T>(kernel_.name)} {
    constexpr auto largest = static_cast<double>(std::numeric_limits<T>::max());
    const double factor = std::min(largest, std::ldexp(job.beta, job.exponent));
    // The larger of the two is divided out, so that neither overflows.
    const bool outside = job.bias == nullptr || factor >= 1;
    factor_ = outside ? static_cast<T>(std::max<double>(std::numeric_limits<T>::min(), factor)) : T{1};
    product_scale_ = outside ? T{1} : static_cast<T>(factor);
    bias_scale_ = outside ? T{1} / factor_ : T{1};
    if (!outside) unit_ = factor;
  }

  [[nodiscard]] std::size_t columns() const { return kernel_.columns; }
  [[nodiscard]] const SoftmaxKernel<T>& loops() const { return loops_; }
  [[nodiscard]] T factor() const { return factor_; }
  // A score in units of 2^exponent k . q from one of a tile, and back.
  [[nodiscard]] double unscaled(double s) const { return s / unit_; }
  [[nodiscard]] double scaled(double s) const { return s * unit_; }

  // Columns of a tile of so many queries.
  [[nodiscard]] std::size_t width(std::size_t count) const {
    if (count <= kernel_.lanes) return kernel_.lanes;
    return count <= 2 * kernel_.lanes ? 2 * kernel_.lanes : kernel_.columns;
  }
  // Rows [first, first + count) of a matrix become columns of `target`, elements x width(count).
  void turn(const T* rows, std::size_t stride, std::size_t first, std::size_t count, std::size_t elements,
            T scale, T* target) const {
    const std::size_t w = width(count);
    for (std::size_t k = 0; k < elements; ++k) std::fill_n(target + k * w + count, w - count, T{0});
    for (std::size_t i = 0; i < count; ++i) {
      const T* row = rows + (first + i) * stride;
      for (std::size_t k = 0; k < elements; ++k) target[k * w + i] = scale * row[k];
    }
  }
  void load(std::size_t first, std::size_t count, T* target) const {
    turn(job_.query, job_.query_stride, first, count, job_.depth,
         static_cast<T>(std::ldexp(1.0, -job_.exponent)), target);
  }
  // c (rows x w) = a b, element (i, k) of a at a + i a_row + k a_depth, b depth x w.
  void product(std::size_t rows, std::size_t w, std::size_t depth, const T* a, std::size_t a_row,
               std::size_t a_depth, const T* b, T* c) const {
    kernel_.narrow({rows, w, depth, a, a_row, a_depth, b, w, c, w});
  }

  // Keys that a tile of queries may see; behind them all are hidden.
  [[nodiscard]] std::size_t seen(std::size_t first, std::size_t count) const {
    return job_.causal ? std::min(job_.keys, job_.position + first + count) : job_.keys;
  }
  // The scores of a block of keys, without factor().
  void score(std::size_t first, std::size_t count, std::size_t key, std::size_t keys, const T* queries,
             T* s) const {
    const std::size_t w = width(count);
    product(keys, w, job_.depth, job_.key + key * job_.key_stride, job_.key_stride, 1, queries, s);
    if (job_.bias != nullptr) {
      for (std::size_t j = 0; j < count; ++j) {
        const T* bias = job_.bias + (first + j) * job_.bias_stride + key;
        for (std::size_t k = 0; k < keys; ++k) {
          s[k * w + j] = product_scale_ * s[k * w + j] + bias_scale_ * bias[k];
        }
      }
    }
    if (job_.visible != nullptr) {
      for (std::size_t j = 0; j < count; ++j) {
        const std::uint8_t* visible = job_.visible + (first + j) * job_.visible_stride + key;
        for (std::size_t k = 0; k < keys; ++k) {
          if (visible[k] == 0) s[k * w + j] = hidden<T>;
        }
      }
    }
    if (!job_.causal) return;
    for (std::size_t j = 0; j < count; ++j) {
      const std::size_t end = job_.position + first + j + 1;  // keys before it are seen
      for (std::size_t k = end > key ? end - key : 0; k < keys; ++k) s[k * w + j] = hidden<T>;
    }
  }

 private:
  const SoftmaxJob<T>& job_;
  const TileKernel<T>& kernel_;
  const SoftmaxKernel<T>& loops_;
  T factor_, product_scale_, bias_scale_;
  double unit_ = 1;
};

// What a tile of queries has gathered so far.
template <class T>
struct Running {
  std::size_t first, count, width;
  T *queries, *y;
  Row<T> most;
  Row<double> total;
};

template <class T>
void meet(const Tiles<T>& tiles, const SoftmaxJob<T>& job, Running<T>& tile, std::size_t key, T* s,
          T* added) {
  const std::size_t end = tiles.seen(tile.first, tile.count);
  if (key >= end) return;
  const std::size_t keys = std::min(job.key_block, end - key);
  tiles.score(tile.first, tile.count, key, keys, tile.queries, s);
  Row<T> most = tile.most, shift, scale = tile.most, sum;
  tiles.loops().largest(keys, tile.width, s, most.data());
  for (std::size_t j = 0; j < tile.width; ++j) shift[j] = most[j] == hidden<T> ? T{0} : most[j];
  tiles.loops().exponentials(1, tile.width, tiles.factor(), shift.data(), scale.data(), sum.data());
  tiles.loops().exponentials(keys, tile.width, tiles.factor(), shift.data(), s, sum.data());
  if constexpr (std::is_same_v<T, float>) {
    if (job.round_weights) round_to_bf16({s, keys * tile.width});
  }
  tiles.product(job.width, tile.width, keys, job.value + key * job.value_stride, 1, job.value_stride, s,
                added);
  tiles.loops().accumulate(job.width, tile.width, scale.data(), added, tile.y);
  for (std::size_t j = 0; j < tile.width; ++j) {
    tile.total[j] = static_cast<double>(scale[j]) * tile.total[j] + static_cast<double>(sum[j]);
  }
  tile.most = most;
}

}  // namespace

template <class T>
int softmax_exponent(std::size_t depth, T largest_key, T largest_query) {
  if (!(largest_key > 0) || !(largest_query > 0)) return 0;
  const int bits = std::ilogb(largest_key) + std::ilogb(largest_query) + 3 +
                   std::ilogb(static_cast<double>(std::max<std::size_t>(1, depth)));
  return std::max(0, bits - std::numeric_limits<T>::max_exponent + 2);
}

template <class T>
T* SoftmaxScratch<T>::get(std::size_t which, std::size_t count) {
  Part& part = parts_.at(which);
  if (part.size < count) part = {LargeBuffer<T>{count}, count};
  return part.memory.data();
}

template <class T>
void softmax_average(const SoftmaxJob<T>& job, T* y, std::size_t y_stride, double* soft_maximum,
                     SoftmaxScratch<T>& scratch) {
  const Tiles<T> tiles{job};
  const std::size_t columns = tiles.columns();
  T* const queries = scratch.get(queries_slot, group * job.depth * columns);
  T* const sums = scratch.get(y_slot, group * job.width * columns);
  T* const s = scratch.get(s_slot, job.key_block * columns);
  T* const added = scratch.get(added_slot, job.width * columns);
  std::array<Running<T>, group> running;
  for (std::size_t first = 0; first < job.queries;) {
    std::size_t count = 0;
    for (; count < group && first < job.queries; ++count) {
      Running<T>& tile = running[count];
      const std::size_t size = std::min(columns, job.queries - first);
      tile = {first,
              size,
              tiles.width(size),
              queries + count * job.depth * columns,
              sums + count * job.width * columns,
              {},
              {}};
      tile.most.fill(hidden<T>);
      tile.total.fill(0);
      std::fill_n(tile.y, job.width * tile.width, T{0});
      tiles.load(first, size, tile.queries);
      first += size;
    }
    for (std::size_t key = 0; key < job.keys; key += job.key_block) {
      for (std::size_t t = 0; t < count; ++t) meet(tiles, job, running[t], key, s, added);
    }
    for (std::size_t t = 0; t < count; ++t) {
      const Running<T>& tile = running[t];
      for (std::size_t j = 0; j < tile.count; ++j) {
        const double total = tile.total[j];
        T* row = y + (tile.first + j) * y_stride;
        for (std::size_t i = 0; i < job.width; ++i) {
          row[i] = total > 0 ? static_cast<T>(static_cast<double>(tile.y[i * tile.width + j]) / total) : T{0};
        }
        if (soft_maximum == nullptr) continue;
        soft_maximum[tile.first + j] =
            total > 0 ? tiles.unscaled(static_cast<double>(tile.most[j]) +
                                       std::log(total) / static_cast<double>(tiles.factor()))
                      : hidden<double>;
      }
    }
  }
}

template <class T>
void softmax_scan(const SoftmaxJob<T>& job, SoftmaxScratch<T>& scratch,
                  const std::function<void(const SoftmaxScores<T>&)>& visit) {
  const Tiles<T> tiles{job};
  T* const queries = scratch.get(queries_slot, group * job.depth * tiles.columns());
  T* const s = scratch.get(s_slot, job.key_block * tiles.columns());
  for (std::size_t first = 0; first < job.queries; first += tiles.columns()) {
    const std::size_t count = std::min(tiles.columns(), job.queries - first);
    tiles.load(first, count, queries);
    for (std::size_t key = 0; key < job.keys; key += job.key_block) {
      const std::size_t keys = std::min(job.key_block, job.keys - key);
      tiles.score(first, count, key, keys, queries, s);
      visit({first, count, key, keys, s, tiles.width(count), static_cast<double>(tiles.factor()),
             tiles.scaled(1)});
    }
  }
}

namespace {

// target(i, j) += sum over queries of a(i, query) rows(query, j), for i < keys and j < columns of `rows`.
template <class T>
void add_outer(const Tiles<T>& tiles, std::size_t keys, std::size_t queries, const T* a, std::size_t a_stride,
               const T* rows, std::size_t row_stride, std::size_t columns, T* target,
               std::size_t target_stride, SoftmaxScratch<T>& scratch) {
  T* const packed = scratch.get(rows_slot, tiles.columns() * tiles.columns());
  T* const product = scratch.get(chunk_slot, keys * tiles.columns());
  for (std::size_t first = 0; first < columns; first += tiles.columns()) {
    const std::size_t count = std::min(tiles.columns(), columns - first), w = tiles.width(count);
    for (std::size_t q = 0; q < queries; ++q) {
      std::fill_n(std::copy_n(rows + q * row_stride + first, count, packed + q * w), w - count, T{0});
    }
    tiles.product(keys, w, queries, a, a_stride, 1, packed, product);
    for (std::size_t i = 0; i < keys; ++i) {
      T* row = target + i * target_stride + first;
      for (std::size_t j = 0; j < count; ++j) row[j] += product[i * w + j];
    }
  }
}

}  // namespace

template <class T>
void softmax_gradient(const SoftmaxJob<T>& job, const SoftmaxGradient<T>& gradient,
                      SoftmaxScratch<T>& scratch) {
  const Tiles<T> tiles{job};
  const std::size_t columns = tiles.columns();
  T* const queries = scratch.get(queries_slot, group * job.depth * columns);
  T* const dqueries = scratch.get(y_slot, group * std::max(job.depth, job.width) * columns);
  T* const p = scratch.get(weights_slot, job.key_block * columns);
  T* const s = scratch.get(s_slot, job.key_block * columns);
  T* const added = scratch.get(added_slot, std::max(job.depth, job.width) * columns);
  T* const dy = scratch.get(dy_slot, job.width * columns);
  Row<T> one, shift, offset, sum;
  one.fill(1);
  for (std::size_t first = 0; first < job.queries; first += columns) {
    const std::size_t count = std::min(columns, job.queries - first), w = tiles.width(count);
    tiles.load(first, count, queries);
    tiles.turn(gradient.dy, gradient.dy_stride, first, count, job.width, 1, dy);
    shift.fill(0);
    offset.fill(0);
    for (std::size_t j = 0; j < count; ++j) {
      const double top = gradient.soft_maximum[first + j];
      if (top != hidden<double>) shift[j] = static_cast<T>(tiles.scaled(top));
      double total = 0;
      for (std::size_t i = 0; i < job.width; ++i) {
        total += static_cast<double>(gradient.dy[(first + j) * gradient.dy_stride + i]) *
                 static_cast<double>(gradient.y[(first + j) * gradient.y_stride + i]);
      }
      offset[j] = static_cast<T>(total);
    }
    std::fill_n(dqueries, job.depth * w, T{0});
    const std::size_t end = tiles.seen(first, count);
    for (std::size_t key = 0; key < end; key += job.key_block) {
      const std::size_t keys = std::min(job.key_block, end - key);
      const T *own_keys = job.key + key * job.key_stride, *own_values = job.value + key * job.value_stride;
      tiles.score(first, count, key, keys, queries, p);
      tiles.loops().exponentials(keys, w, tiles.factor(), shift.data(), p, sum.data());
      add_outer(tiles, keys, count, p, w, gradient.dy + first * gradient.dy_stride, gradient.dy_stride,
                job.width, gradient.dvalue + key * job.value_stride, job.value_stride, scratch);
      tiles.product(keys, w, job.width, own_values, job.value_stride, 1, dy, s);
      tiles.loops().derivatives(keys, w, static_cast<T>(job.beta), p, offset.data(), s);
      tiles.product(job.depth, w, keys, own_keys, 1, job.key_stride, s, added);
      tiles.loops().accumulate(job.depth, w, one.data(), added, dqueries);
      add_outer(tiles, keys, count, s, w, job.query + first * job.query_stride, job.query_stride, job.depth,
                gradient.dkey + key * job.key_stride, job.key_stride, scratch);
    }
    for (std::size_t j = 0; j < count; ++j) {
      T* row = gradient.dquery + (first + j) * job.query_stride;
      for (std::size_t k = 0; k < job.depth; ++k) row[k] = dqueries[k * w + j];
    }
  }
}

#define ANSATZ_SOFTMAX(T)                                                                               \
  template int softmax_exponent<T>(std::size_t, T, T);                                                  \
  template class SoftmaxScratch<T>;                                                                     \
  template void softmax_average<T>(const SoftmaxJob<T>&, T*, std::size_t, double*, SoftmaxScratch<T>&); \
  template void softmax_scan<T>(const SoftmaxJob<T>&, SoftmaxScratch<T>&,                               \
                                const std::function<void(const SoftmaxScores<T>&)>&);                   \
  template void softmax_gradient<T>(const SoftmaxJob<T>&, const SoftmaxGradient<T>&, SoftmaxScratch<T>&);
ANSATZ_SOFTMAX(double)
ANSATZ_SOFTMAX(float)

}  // namespace ansatz
