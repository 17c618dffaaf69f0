// Part of tile_kernel.inl: products with tiles of 16-bit numbers.

// out[k] = sum over the lanes of sums[k].
template <class V, std::size_t count>
ANSATZ_TARGET inline void lane_sums(const typename V::Vector (&sums)[count], typename V::T* out) {
  if constexpr (requires { V::sums_of_lanes(sums, out); }) {
    V::sums_of_lanes(sums, out);
  } else {
    ANSATZ_UNROLL for (std::size_t k = 0; k < count; ++k) {
      alignas(64) typename V::T lanes[V::lanes];
      V::store(lanes, sums[k]);
      out[k] = 0;
      for (std::size_t lane = 0; lane < V::lanes; ++lane) out[k] += lanes[lane];
    }
  }
}

// Inner products of `rows` rows with `vectors` vectors.  Meanwhile memory at `ahead` comes closer.
template <class V, std::size_t rows, std::size_t vectors>
ANSATZ_TARGET void fixed_dots(std::size_t columns, const typename V::T* numbers, const typename V::T* over,
                              std::size_t over_stride, typename V::T* across, const char* ahead,
                              std::size_t ahead_step) {
  using Job = FixedJob<typename V::T>;
  typename V::Vector sum[rows * vectors];
  ANSATZ_UNROLL for (std::size_t k = 0; k < rows * vectors; ++k) sum[k] = V::zero();
  for (std::size_t j = 0; j < columns; j += V::lanes, ahead += ahead_step) {
    __builtin_prefetch(ahead, 0, 2);
    typename V::Vector left[rows];
    ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) left[i] =
        V::load(numbers + i * Job::most_columns + j);
    ANSATZ_UNROLL for (std::size_t c = 0; c < vectors; ++c) {
      const typename V::Vector right = V::load(over + c * over_stride + j);
      ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
        sum[i * vectors + c] = V::multiply_add(left[i], right, sum[i * vectors + c]);
      }
    }
  }
  typename V::T out[rows * vectors];
  lane_sums<V>(sum, out);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t c = 0; c < vectors; ++c) across[i * Job::width + c] = out[i * vectors + c];
  }
}

// The rows of a strip, times their numbers, onto ten vectors: `vectors` steps of lanes at once.  Meanwhile those of the
// strip at `next` come into the first cache.
template <class V, std::size_t vectors>
ANSATZ_TARGET void fixed_down(std::size_t j, const typename V::T* numbers, const typename V::T* over_rows,
                              bool first, typename V::T* down, const std::uint16_t* next,
                              std::size_t stride) {
  using Job = FixedJob<typename V::T>;
  typename V::Vector sum[Job::width][vectors];
  ANSATZ_UNROLL for (std::size_t c = 0; c < Job::width; ++c) {
    ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
      sum[c][v] = first ? V::zero() : V::load(down + c * Job::most_columns + j + v * V::lanes);
    }
  }
  for (std::size_t i = 0; i < Job::strip; ++i, numbers += Job::most_columns, over_rows += Job::width) {
    __builtin_prefetch(next + i * stride + j);
    typename V::Vector left[vectors];
    ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) left[v] = V::load(numbers + j + v * V::lanes);
    ANSATZ_UNROLL for (std::size_t c = 0; c < Job::width; ++c) {
      const typename V::Vector right = V::broadcast(over_rows[c]);
      ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
        sum[c][v] = V::multiply_add(left[v], right, sum[c][v]);
      }
    }
  }
  ANSATZ_UNROLL for (std::size_t c = 0; c < Job::width; ++c) {
    ANSATZ_UNROLL for (std::size_t v = 0; v < vectors; ++v) {
      V::store(down + c * Job::most_columns + j + v * V::lanes, sum[c][v]);
    }
  }
}

template <class T>
ANSATZ_TARGET void from_fixed(std::size_t n, const std::uint16_t* fixed, T* values) {
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<T>(static_cast<std::int32_t>(fixed[i]));
}

// Strips of a few rows become numbers in the first cache, where both products read them.
template <class V>
ANSATZ_TARGET void fixed(const FixedJob<typename V::T>& job) {
  using T = typename V::T;
  using Job = FixedJob<T>;
  constexpr std::size_t sums = V::rows == 8 ? 16 : 8, wide = V::rows == 8 ? 2 : 1;  // that registers hold
  alignas(64) T numbers[Job::strip * Job::most_columns];
  alignas(64) T own_rows[Job::strip * Job::width];
  alignas(64) T own_sums[Job::strip * Job::width];
  const std::size_t padded = (job.columns + V::lanes - 1) / V::lanes * V::lanes;
  const auto* ahead = static_cast<const char*>(job.ahead == nullptr ? job.k : job.ahead);
  // 480 bytes a row, over the steps of the first products.
  const std::size_t step = job.ahead == nullptr ? 0 : 2 * V::lanes * (sums / 8);
  for (std::size_t i0 = 0; i0 < job.rows; i0 += Job::strip, ahead += step == 0 ? 0 : 480 * Job::strip) {
    const std::size_t rows = job.rows - i0 < Job::strip ? job.rows - i0 : Job::strip;
    for (std::size_t i = 0; i < Job::strip; ++i) {
      T* row = numbers + i * Job::most_columns;
      const std::size_t given = i < rows ? job.columns : 0;
      from_fixed(given, job.k + (i0 + i) * job.stride, row);
      for (std::size_t j = given; j < padded; ++j) row[j] = 0;
    }
    for (std::size_t g = 0; g < job.groups; ++g) {
      const T* over = job.over_columns + g * Job::width * job.over_columns_stride;
      const char* near = ahead;
      const std::size_t own_step = g == 0 ? step : 0;
      for (std::size_t i = 0; i < Job::strip; i += sums / 8, near += own_step * padded / V::lanes) {
        fixed_dots<V, sums / 8, 8>(padded, numbers + i * Job::most_columns, over, job.over_columns_stride,
                                   own_sums + i * Job::width, near, own_step);
      }
      for (std::size_t i = 0; i < Job::strip; i += sums / 2) {
        fixed_dots<V, sums / 2, 2>(padded, numbers + i * Job::most_columns,
                                   over + 8 * job.over_columns_stride, job.over_columns_stride,
                                   own_sums + i * Job::width + 8, near, 0);
      }
      T* across = job.across + g * Job::most_columns * Job::width + i0 * Job::width;
      for (std::size_t e = 0; e < rows * Job::width; ++e) across[e] = own_sums[e];
      if (job.down == nullptr) continue;
      const T* given_rows = job.over_rows + g * job.over_rows_group + i0 * Job::width;
      for (std::size_t e = 0; e < Job::strip * Job::width; ++e)
        own_rows[e] = e < rows * Job::width ? given_rows[e] : T{0};
      T* down = job.down + g * Job::width * Job::most_columns;
      const std::uint16_t* next =
          job.k + (i0 + Job::strip) * job.stride;  // past the end it is only a wrong guess
      std::size_t j = 0;
      for (; j + wide * V::lanes <= padded; j += wide * V::lanes)
        fixed_down<V, wide>(j, numbers, own_rows, i0 == 0, down, next, job.stride);
      for (; j < padded; j += V::lanes)
        fixed_down<V, 1>(j, numbers, own_rows, i0 == 0, down, next, job.stride);
    }
  }
}
