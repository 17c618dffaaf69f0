// Body of byte_kernel_<isa>.cpp, which defines ANSATZ_TARGET and a type V with `lanes`, `rows`, `vectors`,
// and
//   register_tile(groups, a, b, c, stride): integer sums of V::rows rows by V::vectors * V::lanes columns.

// As in C: the bits of an integer kept in the place of a float.
ANSATZ_TARGET inline std::int32_t integer_at(const float* p) {
  std::int32_t value;
  __builtin_memcpy(&value, p, sizeof value);
  return value;
}

ANSATZ_TARGET void byte_product(const ByteJob& job) {
  constexpr std::size_t columns = V::vectors * V::lanes;
  for (std::size_t j = 0; j < job.columns; j += columns) {
    const std::uint8_t* b = job.b + j / columns * job.b_stride;
    for (std::size_t i = 0; i < job.rows; i += V::rows) {
      const std::uint8_t* a = job.a + i / V::rows * job.a_stride;
      float* c = job.c + i * job.c_stride + j;
      if (job.rows - i >= V::rows && job.columns - j >= columns) {
        V::register_tile(job.groups, a, b, c, job.c_stride);
        continue;
      }
      alignas(64) float edge[V::rows * columns];
      V::register_tile(job.groups, a, b, edge, columns);
      for (std::size_t r = 0; r < V::rows && i + r < job.rows; ++r) {
        const std::size_t count = job.columns - j < columns ? job.columns - j : columns;
        __builtin_memcpy(c + r * job.c_stride, edge + r * columns, count * sizeof(float));
      }
    }
  }
}

ANSATZ_TARGET void byte_euclidean(std::size_t n, std::int32_t own, const std::int32_t* others, float scale,
                                  float* values) {
  for (std::size_t j = 0; j < n; ++j) {
    values[j] = scale * static_cast<float>(own + others[j] - 2 * integer_at(values + j));
  }
}

ANSATZ_TARGET void byte_inner(std::size_t n, const std::int32_t* others, float* values) {
  for (std::size_t j = 0; j < n; ++j) values[j] = static_cast<float>(integer_at(values + j) + others[j]);
}

constexpr ByteKernel make_byte_kernel(const char* name, bool (*supported)()) {
  return {name, supported, V::rows, V::vectors * V::lanes, &byte_product, &byte_euclidean, &byte_inner};
}
