// Body of tile_kernel_<isa>.cpp, which defines ANSATZ_TARGET and the vector types V64 and V32.  Target
// attributes, not compiler options, raise the instruction set: inline functions of the standard library
// compiled in these files stay runnable on any CPU.
#if defined(__clang__)
#define ANSATZ_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ANSATZ_UNROLL _Pragma("GCC unroll 32")
#endif

template <class V>
struct Product {
  ANSATZ_TARGET static void apply(typename V::Vector& sum, typename V::Vector a, typename V::Vector b) {
    sum = V::multiply_add(a, b, sum);
  }
};
template <class V>
struct Absolute {
  ANSATZ_TARGET static void apply(typename V::Vector& sum, typename V::Vector a, typename V::Vector b) {
    sum = V::add(sum, V::magnitude(V::subtract(a, b)));
  }
};
template <class V>
struct ChiSquare {
  ANSATZ_TARGET static void apply(typename V::Vector& sum, typename V::Vector a, typename V::Vector b) {
    // Where a = b = 0 the numerator is 0, and this denominator is not.
    const typename V::Vector tiny =
        V::broadcast(sizeof(typename V::T) == 8 ? typename V::T(1e-300) : typename V::T(1e-37));
    const typename V::Vector difference = V::subtract(a, b);
    sum = V::add(sum, V::divide(V::multiply(difference, difference), V::larger(tiny, V::add(a, b))));
  }
};

// One register tile.  Meanwhile depth / 8 cache lines at `ahead`, which a later tile reads, come closer.
template <class V, class Operation>
ANSATZ_TARGET void register_tile(std::size_t depth, const typename V::T* a, const typename V::T* b,
                                 typename V::T* c, std::size_t c_stride, Store store,
                                 const typename V::T* ahead) {
  typename V::Vector sum[V::rows][V::vectors];
  ANSATZ_UNROLL for (std::size_t i = 0; i < V::rows; ++i) {
    // The rows of c are far apart in memory: fetch them while the products are summed.
    ANSATZ_UNROLL for (std::size_t v = 0; v < V::vectors; ++v)
        __builtin_prefetch(c + i * c_stride + v * V::lanes, 1);
    ANSATZ_UNROLL for (std::size_t v = 0; v < V::vectors; ++v) sum[i][v] = V::zero();
  }
  for (std::size_t k = 0; k < depth; ++k, a += V::rows, b += V::vectors * V::lanes) {
    if (k % 8 == 0) __builtin_prefetch(ahead + k / 8 * (64 / sizeof(typename V::T)), 0, 2);
    typename V::Vector right[V::vectors];
    ANSATZ_UNROLL for (std::size_t v = 0; v < V::vectors; ++v) right[v] = V::load(b + v * V::lanes);
    ANSATZ_UNROLL for (std::size_t i = 0; i < V::rows; ++i) {
      const typename V::Vector left = V::broadcast(a[i]);
      ANSATZ_UNROLL for (std::size_t v = 0; v < V::vectors; ++v) {
        Operation::apply(sum[i][v], left, right[v]);
      }
    }
  }
  ANSATZ_UNROLL for (std::size_t i = 0; i < V::rows; ++i) {
    typename V::T* row = c + i * c_stride;
    ANSATZ_UNROLL for (std::size_t v = 0; v < V::vectors; ++v) {
      typename V::Vector value = sum[i][v];
      if (store == Store::add) value = V::add(V::load(row + v * V::lanes), value);
      if (store == Store::subtract) value = V::subtract(V::load(row + v * V::lanes), value);
      V::store(row + v * V::lanes, value);
    }
  }
}

template <class V, class Operation>
ANSATZ_TARGET void tile(const TileJob<typename V::T>& job) {
  using T = typename V::T;
  constexpr std::size_t columns = V::vectors * V::lanes;
  for (std::size_t j = 0; j < job.columns; j += columns) {
    const T* b = job.b + j / columns * job.b_stride;
    for (std::size_t i = 0; i < job.rows; i += V::rows) {
      const T* a = job.a + i / V::rows * job.a_stride;
      T* c = job.c + i * job.c_stride + j;
      // The next panel of b, a share for each tile of this one; past the end it is only a wrong guess.
      const T* ahead = b + job.b_stride + i / V::rows * (job.depth / 8 * (64 / sizeof(T)));
      if (job.rows - i >= V::rows && job.columns - j >= columns) {
        register_tile<V, Operation>(job.depth, a, b, c, job.c_stride, job.store, ahead);
        continue;
      }
      alignas(64) T edge[V::rows * columns];
      register_tile<V, Operation>(job.depth, a, b, edge, columns, Store::assign, ahead);
      for (std::size_t r = 0; r < V::rows && i + r < job.rows; ++r) {
        for (std::size_t s = 0; s < columns && j + s < job.columns; ++s) {
          T& target = c[r * job.c_stride + s];
          const T value = edge[r * columns + s];
          target = job.store == Store::assign ? value
                   : job.store == Store::add  ? target + value
                                              : target - value;
        }
      }
    }
  }
}

// `rows` rows of a times `vectors` vectors of b: the elements of a are broadcast from where they lie.
template <class V, std::size_t rows, std::size_t vectors>
ANSATZ_TARGET void narrow_tile(const NarrowJob<typename V::T>& job, std::size_t first, const char* ahead,
                               std::size_t ahead_step) {
  typename V::Vector sum[rows][vectors];
  ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
    ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) sum[i][v] = V::zero();
  }
  const typename V::T* a = job.a + first * job.a_row;
  const typename V::T* b = job.b;
  for (std::size_t k = 0; k < job.depth; ++k, a += job.a_depth, b += job.b_stride) {
    if (k % 4 == 0) __builtin_prefetch(ahead + k * ahead_step, 0, 2);
    typename V::Vector right[vectors];
    ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) right[v] = V::load(b + v * V::lanes);
    ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
      const typename V::Vector left = V::broadcast(a[i * job.a_row]);
      ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
        sum[i][v] = V::multiply_add(left, right[v], sum[i][v]);
      }
    }
  }
  ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
    ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
      V::store(job.c + (first + i) * job.c_stride + v * V::lanes, sum[i][v]);
    }
  }
}

template <class V, std::size_t rows, std::size_t vectors>
ANSATZ_TARGET void narrow_rows(const NarrowJob<typename V::T>& job) {
  // Without anything ahead the first element of a, which is near already.
  const auto* ahead = static_cast<const char*>(job.ahead == nullptr ? job.a : job.ahead);
  const std::size_t step = job.ahead == nullptr ? 0 : 16;
  std::size_t i = 0;
  for (; i + rows <= job.rows; i += rows, ahead += step * job.depth)
    narrow_tile<V, rows, vectors>(job, i, ahead, step);
  for (; i < job.rows; ++i) narrow_tile<V, 1, vectors>(job, i, ahead, 0);
}

template <class V>
ANSATZ_TARGET void narrow(const NarrowJob<typename V::T>& job) {
  static_assert(V::vectors <= 3);
  if (job.width == V::lanes) return narrow_rows<V, 2 * V::rows, 1>(job);
  if (job.width == 2 * V::lanes) return narrow_rows<V, V::rows, 2>(job);
  narrow_rows<V, V::rows, V::vectors>(job);
}

#include "few_vectors.inl"
#include "fixed_kernel.inl"

// e^x = 2^k e^r with k the nearest whole number to x / ln 2: a polynomial for |r| <= ln 2 / 2 (the Taylor series to
// r^7 / 7!, whose rest is below 1e-8), and k added to the exponent.
ANSATZ_TARGET inline void decay_f32(std::size_t n, float factor, float* values) {
  constexpr float rounder = 12582912.0F;  // 1.5 2^23: added to |k| < 2^22 it leaves k in the low bits
  for (std::size_t i = 0; i < n; ++i) {
    const float x = factor * values[i], bounded = x > -87.0F ? x : -87.0F;
    const float shifted = ANSATZ_FMA(bounded, 1.44269504F, rounder), k = shifted - rounder;
    const float r = ANSATZ_FMA(k, -1.42860677e-6F, ANSATZ_FMA(k, -0.693145752F, bounded));
    float p = 1.0F / 5040;
    p = ANSATZ_FMA(p, r, 1.0F / 720);
    p = ANSATZ_FMA(p, r, 1.0F / 120);
    p = ANSATZ_FMA(p, r, 1.0F / 24);
    p = ANSATZ_FMA(p, r, 1.0F / 6);
    p = ANSATZ_FMA(p, r, 0.5F);
    p = ANSATZ_FMA(p, r, 1.0F);
    p = ANSATZ_FMA(p, r, 1.0F);
    const auto bits = __builtin_bit_cast(std::uint32_t, shifted);  // k + 0x4b400000
    const float power = __builtin_bit_cast(float, (bits + (127U - 0x4b400000U)) << 23U);
    values[i] = x > -87.0F ? p * power : 0.0F;
  }
}

template <class T>
constexpr auto decay_of() -> void (*)(std::size_t, T, T*) {
  if constexpr (sizeof(T) == 4) {
    return &decay_f32;
  } else {
    return nullptr;
  }
}

template <class T>
ANSATZ_TARGET void to_fixed(std::size_t n, T scale, const T* values, std::uint16_t* fixed) {
  for (std::size_t i = 0; i < n; ++i) {
    const T steps = scale * values[i] + T{0.5};
    fixed[i] = static_cast<std::uint16_t>(static_cast<std::int32_t>(steps < T{65535} ? steps : T{65535}));
  }
}

template <class T>
ANSATZ_TARGET void widen(std::size_t n, const T* values, double* wide) {
  for (std::size_t i = 0; i < n; ++i) wide[i] = static_cast<double>(values[i]);
}

template <class T>
ANSATZ_TARGET void accumulate(std::size_t n, const T* values, double* sums) {
  for (std::size_t i = 0; i < n; ++i) sums[i] += static_cast<double>(values[i]);
}

template <class V>
ANSATZ_TARGET typename V::T dot(std::size_t n, const typename V::T* a, const typename V::T* b) {
  constexpr std::size_t chains = 4;
  typename V::Vector sum[chains];
  ANSATZ_UNROLL for (std::size_t c = 0; c < chains; ++c) sum[c] = V::zero();
  std::size_t i = 0;
  for (; i + chains * V::lanes <= n; i += chains * V::lanes) {
    ANSATZ_UNROLL for (std::size_t c = 0; c < chains; ++c) {
      sum[c] = V::multiply_add(V::load(a + i + c * V::lanes), V::load(b + i + c * V::lanes), sum[c]);
    }
  }
  alignas(64) typename V::T lanes[V::lanes];
  V::store(lanes, V::add(V::add(sum[0], sum[1]), V::add(sum[2], sum[3])));
  typename V::T total = 0;
  for (std::size_t lane = 0; lane < V::lanes; ++lane) total += lanes[lane];
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

template <class V>
ANSATZ_TARGET void subtract_multiple(std::size_t n, typename V::T factor, const typename V::T* x,
                                     typename V::T* y) {
  const typename V::Vector minus = V::broadcast(-factor);
  std::size_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) {
    V::store(y + i, V::multiply_add(minus, V::load(x + i), V::load(y + i)));
  }
  for (; i < n; ++i) y[i] -= factor * x[i];
}

template <class V>
ANSATZ_TARGET bool distances(std::size_t n, typename V::T norm, const typename V::T* norms,
                             typename V::T close, typename V::T* products) {
  using T = typename V::T;
  const typename V::Vector own = V::broadcast(norm), minus_two = V::broadcast(T{-2}),
                           limit = V::broadcast(close);
  typename V::Vector lowest = V::zero();  // smallest margin to the limit, if negative
  const auto one = [&](const T* other, T* product) ANSATZ_TARGET {
    const typename V::Vector sum = V::add(own, V::load(other));
    const typename V::Vector r2 = V::larger(V::zero(), V::multiply_add(minus_two, V::load(product), sum));
    lowest = V::smaller(lowest, V::subtract(r2, V::multiply(limit, sum)));
    V::store(product, r2);
  };
  std::size_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) one(norms + i, products + i);
  if (i < n) {
    alignas(64) T other[V::lanes], product[V::lanes];
    for (std::size_t lane = 0; lane < V::lanes; ++lane) {
      other[lane] = i + lane < n ? norms[i + lane] : T{1};
      product[lane] = i + lane < n ? products[i + lane] : T{0};
    }
    one(other, product);
    for (std::size_t lane = 0; i + lane < n; ++lane) products[i + lane] = product[lane];
  }
  alignas(64) T lanes[V::lanes];
  V::store(lanes, lowest);
  bool any = false;
  for (std::size_t lane = 0; lane < V::lanes; ++lane) any = any || lanes[lane] < 0;
  return any;
}

// Blocks of V::rows unknowns: what the earlier ones contribute is a tile product, the rest a small triangle.
template <class V>
ANSATZ_TARGET void solve(std::size_t n, const typename V::T* l, std::size_t l_stride,
                         const typename V::T* packed, typename V::T* x) {
  constexpr std::size_t width = V::vectors * V::lanes;
  for (std::size_t first = 0; first < n; first += V::rows) {
    const std::size_t count = n - first < V::rows ? n - first : V::rows;
    tile<V, Product<V>>({count, width, first, packed + first / V::rows * n * V::rows, n * V::rows, x,
                         n * width, x + first * width, width, Store::subtract});
    for (std::size_t j = first; j < first + count; ++j) {
      typename V::Vector value[V::vectors];
      ANSATZ_UNROLL for (std::size_t v = 0; v < V::vectors; ++v) value[v] =
          V::load(x + j * width + v * V::lanes);
      for (std::size_t k = first; k < j; ++k) {
        const typename V::Vector minus = V::broadcast(-l[j * l_stride + k]);
        ANSATZ_UNROLL for (std::size_t v = 0; v < V::vectors; ++v) {
          value[v] = V::multiply_add(minus, V::load(x + k * width + v * V::lanes), value[v]);
        }
      }
      const typename V::Vector pivot = V::broadcast(l[j * l_stride + j]);
      ANSATZ_UNROLL for (std::size_t v = 0; v < V::vectors; ++v) {
        V::store(x + j * width + v * V::lanes, V::divide(value[v], pivot));
      }
    }
  }
}

template <class V>
constexpr TileKernel<typename V::T> make_kernel(const char* name, bool (*supported)()) {
  return {name,
          supported,
          V::rows,
          V::vectors * V::lanes,
          &tile<V, Product<V>>,
          &tile<V, Absolute<V>>,
          &tile<V, ChiSquare<V>>,
          V::lanes,
          &narrow<V>,
          &across<typename V::T>,
          &down<typename V::T>,
          &fixed<V>,
          decay_of<typename V::T>(),
          &to_fixed<typename V::T>,
          &widen<typename V::T>,
          &accumulate<typename V::T>,
          &dot<V>,
          &subtract_multiple<V>,
          &distances<V>,
          &solve<V>};
}
