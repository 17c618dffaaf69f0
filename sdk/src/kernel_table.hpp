// Loops over arrays, and the table of them.  Included last in a vector_math_*.cpp.
#pragma once

#include "kernel_normal.hpp"
#include "kernel_trigonometric.hpp"
#include "vector_table.hpp"

namespace {

// The last few elements go through a padded buffer and the same operations, so that a result depends on its
// argument alone, not on its place.
template <class T>
inline Vec load_some(const T* x, size_t n) {
  T buffer[kLanes] = {};
  for (size_t i = 0; i < n; ++i) buffer[i] = x[i];
  return Vec::load(buffer);
}
template <class T>
inline void store_some(Vec y, T* to, size_t n) {
  T buffer[kLanes];
  y.store(buffer);
  for (size_t i = 0; i < n; ++i) to[i] = buffer[i];
}

template <class F>
inline Vec apply(Vec x, const double*) {
  return F::full(x);
}
template <class F>
inline Vec apply(Vec x, const float*) {
  return F::brief(x);
}

template <class F, class T>
void map(const T* x, T* y, size_t n) {
  size_t i = 0;
  for (; n - i >= kLanes; i += kLanes) apply<F>(Vec::load(x + i), x).store(y + i);
  if (i < n) store_some(apply<F>(load_some(x + i, n - i), x), y + i, n - i);
}

inline Vec raise(Vec x, Vec y, const double*) { return Power::full(x, y); }
inline Vec raise(Vec x, Vec y, const float*) { return Power::brief(x, y); }

template <class T>
void power(const T* x, const T* y, T* z, size_t n) {
  size_t i = 0;
  for (; n - i >= kLanes; i += kLanes) raise(Vec::load(x + i), Vec::load(y + i), x).store(z + i);
  if (i < n) store_some(raise(load_some(x + i, n - i), load_some(y + i, n - i), x), z + i, n - i);
}
template <class T>
void power_one(const T* x, T exponent, T* z, size_t n) {
  const Vec y = constant(static_cast<double>(exponent));
  size_t i = 0;
  for (; n - i >= kLanes; i += kLanes) raise(Vec::load(x + i), y, x).store(z + i);
  if (i < n) store_some(raise(load_some(x + i, n - i), y, x), z + i, n - i);
}

// From draws to numbers.
template <Vec (*number)(Ints), class T>
void convert(const uint64_t* draws, T* y, size_t n) {
  size_t i = 0;
  for (; n - i >= kLanes; i += kLanes) number(Ints::load(draws + i)).store(y + i);
  if (i == n) return;
  uint64_t buffer[kLanes] = {};
  for (size_t j = 0; j < n - i; ++j) buffer[j] = draws[i + j];
  store_some(number(Ints::load(buffer)), y + i, n - i);
}

template <class F>
constexpr ansatz::detail::UnaryPair kBoth = {&map<F, double>, &map<F, float>};

constexpr ansatz::detail::VectorTable make_table(const char* name) {
  return {name,
          kBoth<Exp>,
          kBoth<Expm1>,
          kBoth<Log>,
          kBoth<Log1p>,
          kBoth<Tanh>,
          kBoth<Sigmoid>,
          kBoth<Softplus>,
          kBoth<Sin>,
          kBoth<Cos>,
          kBoth<Erf>,
          kBoth<Erfc>,
          kBoth<NormalQuantile>,
          &power<double>,
          &power<float>,
          &power_one<double>,
          &power_one<float>,
          &philox,
          &convert<fraction_of<11>, double>,
          &convert<fraction_of<40>, float>,
          &convert<normal_of, double>,
          &convert<normal_of, float>};
}

}  // namespace
