// Body of softmax_kernel.cpp for one instruction set: ANSATZ_TARGET, ANSATZ_FMA and vector_bytes are defined.  The inner
// loops over one vector's lanes become one instruction each.

template <class T>
inline constexpr std::size_t lanes_of = vector_bytes / sizeof(T);

template <class T>
ANSATZ_TARGET void largest(std::size_t keys, std::size_t width, const T* s, T* most) {
  constexpr std::size_t lanes = lanes_of<T>;
  for (std::size_t j = 0; j < width; j += lanes) {
    T top[lanes];
    for (std::size_t l = 0; l < lanes; ++l) top[l] = most[j + l];
    for (std::size_t k = 0; k < keys; ++k) {
      const T* row = s + k * width + j;
      for (std::size_t l = 0; l < lanes; ++l) top[l] = row[l] > top[l] ? row[l] : top[l];
    }
    for (std::size_t l = 0; l < lanes; ++l) most[j + l] = top[l];
  }
}

// As decay_f32 of tile_kernel.inl: e^x = 2^k e^r, |r| <= ln 2 / 2, with the Taylor series to r^7 / 7!.
ANSATZ_TARGET inline void exponentials_f32(std::size_t keys, std::size_t width, float factor,
                                           const float* shift, float* s, float* sum) {
  constexpr std::size_t lanes = lanes_of<float>;
  constexpr float rounder = 12582912.0F;  // 1.5 2^23: added to |k| < 2^22 it leaves k in the low bits
  for (std::size_t j = 0; j < width; j += lanes) {
    float total[lanes] = {}, own[lanes];
    for (std::size_t l = 0; l < lanes; ++l) own[l] = shift[j + l];
    for (std::size_t n = 0; n < keys; ++n) {
      float* row = s + n * width + j;
      for (std::size_t l = 0; l < lanes; ++l) {
        const float x = factor * (row[l] - own[l]), bounded = x > -87.0F ? x : -87.0F;
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
        const float e = x > -87.0F ? p * power : 0.0F;
        row[l] = e;
        total[l] += e;
      }
    }
    for (std::size_t l = 0; l < lanes; ++l) sum[j + l] = total[l];
  }
}

ANSATZ_TARGET inline void exponentials_f64(std::size_t keys, std::size_t width, double factor,
                                           const double* shift, double* s, double* sum) {
  for (std::size_t k = 0; k < keys; ++k) {
    double* row = s + k * width;
    for (std::size_t j = 0; j < width; ++j) row[j] = factor * (row[j] - shift[j]);
  }
  vec::exp({s, keys * width}, {s, keys * width});
  for (std::size_t j = 0; j < width; ++j) sum[j] = 0;
  for (std::size_t k = 0; k < keys; ++k) {
    for (std::size_t j = 0; j < width; ++j) sum[j] += s[k * width + j];
  }
}

template <class T>
ANSATZ_TARGET void accumulate(std::size_t rows, std::size_t width, const T* scale, const T* added, T* y) {
  constexpr std::size_t lanes = lanes_of<T>;
  for (std::size_t j = 0; j < width; j += lanes) {
    T own[lanes];
    for (std::size_t l = 0; l < lanes; ++l) own[l] = scale[j + l];
    for (std::size_t i = 0; i < rows; ++i) {
      const T* more = added + i * width + j;
      T* row = y + i * width + j;
      for (std::size_t l = 0; l < lanes; ++l) row[l] = own[l] * row[l] + more[l];
    }
  }
}

template <class T>
ANSATZ_TARGET void derivatives(std::size_t keys, std::size_t width, T factor, const T* p, const T* offset,
                               T* s) {
  constexpr std::size_t lanes = lanes_of<T>;
  for (std::size_t k = 0; k < keys; ++k) {
    for (std::size_t j = 0; j < width; j += lanes) {
      const T* weight = p + k * width + j;
      T* row = s + k * width + j;
      for (std::size_t l = 0; l < lanes; ++l) {
        const T derivative = factor * weight[l] * (row[l] - offset[j + l]);
        row[l] = weight[l] == T{0} ? T{0} : derivative;  // what is hidden may be infinite
      }
    }
  }
}

constexpr SoftmaxKernel<float> f32{lanes_of<float>, &largest<float>, &exponentials_f32, &accumulate<float>,
                                   &derivatives<float>};
constexpr SoftmaxKernel<double> f64{lanes_of<double>, &largest<double>, &exponentials_f64,
                                    &accumulate<double>, &derivatives<double>};
