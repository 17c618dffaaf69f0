// Products with a few vectors, part of tile_kernel.inl.  The vectors have eight elements whatever the instruction set, and
// multiplications are rounded before their sums, so that all instruction sets give the same bits.

struct Eight {  // by reference: how functions pass vectors depends on the instruction set
  typedef double Vector __attribute__((vector_size(64)));
  template <class T>
  ANSATZ_OPERATION void load(const T* p, Vector& x) {
    typedef T Source __attribute__((vector_size(8 * sizeof(T))));
    Source source;
    __builtin_memcpy(&source, p, sizeof source);
    x = __builtin_convertvector(source, Vector);
  }
  ANSATZ_OPERATION void store(double* p, const Vector& x) { __builtin_memcpy(p, &x, sizeof x); }
};

template <class T, std::size_t rows, std::size_t count>
ANSATZ_TARGET void across_rows(const FewJob<T>& job, std::size_t first) {
  const T* k = job.k + first * job.stride;
  Eight::Vector sums[rows][count] = {};
  std::size_t j = 0;
  for (; j + 8 <= job.columns; j += 8) {
    Eight::Vector right[count];
    ANSATZ_UNROLL for (std::size_t c = 0; c < count; ++c) {
      Eight::load(job.factors + c * job.vector_stride + j, right[c]);
    }
    ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
      Eight::Vector left;
      Eight::load(k + i * job.stride + j, left);
      ANSATZ_UNROLL for (std::size_t c = 0; c < count; ++c) sums[i][c] += left * right[c];
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t c = 0; c < count; ++c) {
      double lanes[8];
      Eight::store(lanes, sums[i][c]);
      for (std::size_t tail = j; tail < job.columns; ++tail) {
        lanes[tail - j] +=
            static_cast<double>(k[i * job.stride + tail]) * job.factors[c * job.vector_stride + tail];
      }
      job.sums[(first + i) * count + c] +=
          ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
    }
  }
}

template <class T, std::size_t rows, std::size_t count>
ANSATZ_TARGET void down_rows(const FewJob<T>& job, std::size_t first) {
  const T* k = job.k + first * job.stride;
  const double* factors = job.factors + first * count;
  std::size_t j = 0;
  for (; j + 8 <= job.columns; j += 8) {
    Eight::Vector sums[count];
    ANSATZ_UNROLL for (std::size_t c = 0; c < count; ++c) {
      Eight::load(job.sums + c * job.vector_stride + j, sums[c]);
    }
    ANSATZ_UNROLL for (std::size_t i = 0; i < rows; ++i) {
      Eight::Vector left;
      Eight::load(k + i * job.stride + j, left);
      ANSATZ_UNROLL for (std::size_t c = 0; c < count; ++c) sums[c] += left * factors[i * count + c];
    }
    ANSATZ_UNROLL for (std::size_t c = 0; c < count; ++c) {
      Eight::store(job.sums + c * job.vector_stride + j, sums[c]);
    }
  }
  for (; j < job.columns; ++j) {
    for (std::size_t c = 0; c < count; ++c) {
      double& sum = job.sums[c * job.vector_stride + j];
      for (std::size_t i = 0; i < rows; ++i) {
        sum += static_cast<double>(k[i * job.stride + j]) * factors[i * count + c];
      }
    }
  }
}

template <class T, std::size_t count>
ANSATZ_TARGET void across_of(const FewJob<T>& job) {
  std::size_t i = 0;
  for (; i + 4 <= job.rows; i += 4) across_rows<T, 4, count>(job, i);
  for (; i < job.rows; ++i) across_rows<T, 1, count>(job, i);
}

template <class T, std::size_t count>
ANSATZ_TARGET void down_of(const FewJob<T>& job) {
  std::size_t i = 0;
  for (; i + 4 <= job.rows; i += 4) down_rows<T, 4, count>(job, i);
  for (; i < job.rows; ++i) down_rows<T, 1, count>(job, i);
}

template <class T>
ANSATZ_TARGET void across(const FewJob<T>& job) {
  static_assert(FewJob<T>::most == 4);
  switch (job.count) {
    case 1: return across_of<T, 1>(job);
    case 2: return across_of<T, 2>(job);
    case 3: return across_of<T, 3>(job);
    default: return across_of<T, 4>(job);
  }
}

template <class T>
ANSATZ_TARGET void down(const FewJob<T>& job) {
  switch (job.count) {
    case 1: return down_of<T, 1>(job);
    case 2: return down_of<T, 2>(job);
    case 3: return down_of<T, 3>(job);
    default: return down_of<T, 4>(job);
  }
}
