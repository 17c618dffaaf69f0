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

// A number for each query of a tile, and of a group of them.
template <class T>
struct alignas(64) Row : std::array<T, most_columns> {};
template <class T>
struct alignas(64) WideRow : std::array<T, group * most_columns> {};

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
  // c (rows x w) = a b, element (i, k) of a at a + i a_row + k a_depth, b depth x w; rows of b and c a stride apart.
  void product(std::size_t rows, std::size_t w, std::size_t depth, const T* a, std::size_t a_row,
               std::size_t a_depth, const T* b, std::size_t b_stride, T* c, std::size_t c_stride) const {
    kernel_.narrow({rows, w, depth, a, a_row, a_depth, b, b_stride, c, c_stride});
  }

  // Keys that a tile of queries may see; behind them all are hidden.
  [[nodiscard]] std::size_t seen(std::size_t first, std::size_t count) const {
    return job_.causal ? std::min(job_.keys, job_.position + first + count) : job_.keys;
  }
  // The scores of a block of keys, without factor(), in rows a stride apart.
  void score(std::size_t first, std::size_t count, std::size_t key, std::size_t keys, const T* queries, T* s,
             std::size_t stride) const {
    const std::size_t w = width(count);
    product(keys, w, job_.depth, job_.key + key * job_.key_stride, job_.key_stride, 1, queries, w, s, stride);
    if (job_.bias != nullptr) {
      for (std::size_t j = 0; j < count; ++j) {
        const T* bias = job_.bias + (first + j) * job_.bias_stride + key;
        for (std::size_t k = 0; k < keys; ++k) {
          s[k * stride + j] = product_scale_ * s[k * stride + j] + bias_scale_ * bias[k];
        }
      }
    }
    if (job_.visible != nullptr) {
      for (std::size_t j = 0; j < count; ++j) {
        const std::uint8_t* visible = job_.visible + (first + j) * job_.visible_stride + key;
        for (std::size_t k = 0; k < keys; ++k) {
          if (visible[k] == 0) s[k * stride + j] = hidden<T>;
        }
      }
    }
    if (!job_.causal) return;
    for (std::size_t j = 0; j < count; ++j) {
      const std::size_t end = job_.position + first + j + 1;  // keys before it are seen
      for (std::size_t k = end > key ? end - key : 0; k < keys; ++k) s[k * stride + j] = hidden<T>;
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
  tiles.score(tile.first, tile.count, key, keys, tile.queries, s, tile.width);
  Row<T> most = tile.most, shift, scale = tile.most, sum;
  tiles.loops().largest(keys, tile.width, s, most.data());
  for (std::size_t j = 0; j < tile.width; ++j) shift[j] = most[j] == hidden<T> ? T{0} : most[j];
  tiles.loops().exponentials(1, tile.width, tiles.factor(), shift.data(), scale.data(), sum.data());
  tiles.loops().exponentials(keys, tile.width, tiles.factor(), shift.data(), s, sum.data());
  if constexpr (std::is_same_v<T, float>) {
    if (job.round_weights) round_to_bf16({s, keys * tile.width});
  }
  tiles.product(job.width, tile.width, keys, job.value + key * job.value_stride, 1, job.value_stride, s,
                tile.width, added, tile.width);
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
      tiles.score(first, count, key, keys, queries, s, tiles.width(count));
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
  T* const packed = scratch.get(rows_slot, queries * tiles.columns());
  T* const product = scratch.get(chunk_slot, keys * tiles.columns());
  for (std::size_t first = 0; first < columns; first += tiles.columns()) {
    const std::size_t count = std::min(tiles.columns(), columns - first), w = tiles.width(count);
    for (std::size_t q = 0; q < queries; ++q) {
      std::fill_n(std::copy_n(rows + q * row_stride + first, count, packed + q * w), w - count, T{0});
    }
    tiles.product(keys, w, queries, a, a_stride, 1, packed, w, product, w);
    for (std::size_t i = 0; i < keys; ++i) {
      T* row = target + i * target_stride + first;
      for (std::size_t j = 0; j < count; ++j) row[j] += product[i * w + j];
    }
  }
}

// A group of tiles of queries, side by side in rows of weights: that the products over them are long.
template <class T>
class Backward {
 public:
  Backward(const SoftmaxJob<T>& job, const SoftmaxGradient<T>& gradient, SoftmaxScratch<T>& scratch)
      : job_{job},
        gradient_{gradient},
        scratch_{scratch},
        tiles_{job},
        columns_{tiles_.columns()},
        queries_{scratch.get(queries_slot, group * job.depth * columns_)},
        dqueries_{scratch.get(y_slot, group * std::max(job.depth, job.width) * columns_)},
        p_{scratch.get(weights_slot, job.key_block * group * columns_)},
        s_{scratch.get(s_slot, job.key_block * group * columns_)},
        added_{scratch.get(added_slot, std::max(job.depth, job.width) * columns_)},
        dy_{scratch.get(dy_slot, group * job.width * columns_)} {}

  void run() {
    for (std::size_t first = 0; first < job_.queries; first += group * columns_) {
      load(first, std::min(group * columns_, job_.queries - first));
      const std::size_t end = tiles_.seen(first_, count_);
      for (std::size_t key = 0; key < end; key += job_.key_block)
        meet(key, std::min(job_.key_block, end - key));
      store();
    }
  }

 private:
  struct Tile {
    std::size_t begin, count, width;  // from the group's first query on
    T *queries, *dqueries, *dy;
  };

  template <class Use>
  void each_tile(const Use& use) const {
    for (std::size_t begin = 0; begin < count_; begin += columns_) {
      const std::size_t count = std::min(columns_, count_ - begin);
      use(Tile{begin, count, tiles_.width(count), queries_ + begin * job_.depth,
               dqueries_ + begin * job_.depth, dy_ + begin * job_.width});
    }
  }

  void load(std::size_t first, std::size_t count) {
    first_ = first, count_ = count;
    shift_.fill(0), offset_.fill(0);
    each_tile([&](const Tile& tile) {
      tiles_.load(first + tile.begin, tile.count, tile.queries);
      tiles_.turn(gradient_.dy, gradient_.dy_stride, first + tile.begin, tile.count, job_.width, 1, tile.dy);
      std::fill_n(tile.dqueries, job_.depth * tile.width, T{0});
      width_ = tile.begin + tile.width;
    });
    for (std::size_t j = 0; j < count; ++j) {
      const double top = gradient_.soft_maximum[first + j];
      if (top != hidden<double>) shift_[j] = static_cast<T>(tiles_.scaled(top));
      double total = 0;
      for (std::size_t i = 0; i < job_.width; ++i) {
        total += static_cast<double>(gradient_.dy[(first + j) * gradient_.dy_stride + i]) *
                 static_cast<double>(gradient_.y[(first + j) * gradient_.y_stride + i]);
      }
      offset_[j] = static_cast<T>(total);
    }
  }

  void meet(std::size_t key, std::size_t keys) {
    const T *own_keys = job_.key + key * job_.key_stride, *own_values = job_.value + key * job_.value_stride;
    const SoftmaxKernel<T>& loops = tiles_.loops();
    each_tile([&](const Tile& tile) {
      tiles_.score(first_ + tile.begin, tile.count, key, keys, tile.queries, p_ + tile.begin, width_);
    });
    loops.exponentials(keys, width_, tiles_.factor(), shift_.data(), p_, sum_.data());
    add_outer(tiles_, keys, count_, p_, width_, gradient_.dy + first_ * gradient_.dy_stride,
              gradient_.dy_stride, job_.width, gradient_.dvalue + key * job_.value_stride, job_.value_stride,
              scratch_);
    each_tile([&](const Tile& tile) {
      tiles_.product(keys, tile.width, job_.width, own_values, job_.value_stride, 1, tile.dy, tile.width,
                     s_ + tile.begin, width_);
    });
    loops.derivatives(keys, width_, static_cast<T>(job_.beta), p_, offset_.data(), s_);
    Row<T> one;
    one.fill(1);
    each_tile([&](const Tile& tile) {
      tiles_.product(job_.depth, tile.width, keys, own_keys, 1, job_.key_stride, s_ + tile.begin, width_,
                     added_, tile.width);
      loops.accumulate(job_.depth, tile.width, one.data(), added_, tile.dqueries);
    });
    add_outer(tiles_, keys, count_, s_, width_, job_.query + first_ * job_.query_stride, job_.query_stride,
              job_.depth, gradient_.dkey + key * job_.key_stride, job_.key_stride, scratch_);
  }

  void store() const {
    each_tile([&](const Tile& tile) {
      for (std::size_t j = 0; j < tile.count; ++j) {
        T* row = gradient_.dquery + (first_ + tile.begin + j) * job_.query_stride;
        for (std::size_t k = 0; k < job_.depth; ++k) row[k] = tile.dqueries[k * tile.width + j];
      }
    });
  }

  const SoftmaxJob<T>& job_;
  const SoftmaxGradient<T>& gradient_;
  SoftmaxScratch<T>& scratch_;
  Tiles<T> tiles_;
  std::size_t columns_;
  T *queries_, *dqueries_, *p_, *s_, *added_, *dy_;
  std::size_t first_ = 0, count_ = 0, width_ = 0;  // of the group
  WideRow<T> shift_, offset_, sum_;
};

}  // namespace

template <class T>
void softmax_gradient(const SoftmaxJob<T>& job, const SoftmaxGradient<T>& gradient,
                      SoftmaxScratch<T>& scratch) {
  Backward<T>{job, gradient, scratch}.run();
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
