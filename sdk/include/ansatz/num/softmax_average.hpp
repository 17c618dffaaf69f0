// Averages of values, weighted by the softmax of dot products: one update of an associative memory, one head of
// attention.
//
//   SoftmaxJob<float> job{.keys = n, .depth = d, .width = d, .key = x, .key_stride = d, .value = x, .value_stride = d,
//                         .queries = q, .query = states, .query_stride = d, .beta = 0.125};
//   SoftmaxScratch<float> scratch;
//   softmax_average(job, y, d, soft_maximum, scratch);     // y_i = sum_j p_ij v_j, p_i = softmax(beta k_j . q_i)
//
// The matrix of products is never formed: blocks of keys meet tiles of queries, and a running maximum and sum carry
// over from block to block (Milakov, Gimelshein 2018, "Online normalizer calculation for softmax").  Keys and values are
// read where they lie, without a packed copy.
//
// What belongs to a query depends on that query, the keys and `key_block` alone, to the bit: not on the other
// queries, nor on how many there are.  Any thread, each with a scratch of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "ansatz/num/large_buffer.hpp"

namespace ansatz {

template <class T>
struct SoftmaxJob {
  std::size_t keys = 0, depth = 0, width = 0;  // depth of keys and queries, width of values
  const T* key = nullptr;                      // keys x depth, rows `key_stride` apart
  std::size_t key_stride = 0;
  const T* value = nullptr;  // keys x width
  std::size_t value_stride = 0;
  std::size_t queries = 0;
  const T* query = nullptr;  // queries x depth
  std::size_t query_stride = 0;
  double beta = 1;  // above 0

  // A key counts for a query if its byte is not 0; null: all do.
  const std::uint8_t* visible = nullptr;  // queries x keys
  std::size_t visible_stride = 0;
  const T* bias = nullptr;  // queries x keys, added to beta times the product
  std::size_t bias_stride = 0;
  // Query i sees the keys up to number position + i.
  bool causal = false;
  std::size_t position = 0;

  // From softmax_exponent(): products are taken of queries times 2^-exponent.
  int exponent = 0;
  // Weights are rounded to bf16 before values are averaged with them; f32 alone.
  bool round_weights = false;
  std::size_t key_block = 128;  // keys at once
};

// 0, or what keeps products of numbers up to these from overflowing.
template <class T>
[[nodiscard]] int softmax_exponent(std::size_t depth, T largest_key, T largest_query);

template <class T>
class SoftmaxScratch {
 public:
  // At least `count` elements, of any value; the same again for a smaller count.
  T* get(std::size_t which, std::size_t count);

 private:
  struct Part {
    LargeBuffer<T> memory;
    std::size_t size = 0;
  };
  std::vector<Part> parts_{8};
};

// y: queries x width.  soft_maximum (null: not wanted) gets (1/beta) log sum_j e^(beta k_j . q_i + bias) in units of
// 2^exponent, so that it cannot overflow where the exponent keeps products from that.  Where a query sees no key, y is 0 and
// soft_maximum -infinity.
template <class T>
void softmax_average(const SoftmaxJob<T>& job, T* y, std::size_t y_stride, double* soft_maximum,
                     SoftmaxScratch<T>& scratch);

// The products block by block, keys ascending for each query; those of hidden keys are -infinity.
template <class T>
struct SoftmaxScores {
  std::size_t first_query, queries, first_key, keys;
  const T* s;  // keys x stride, in units of their own
  std::size_t stride;
  double factor, unit;  // unit: of the soft maximum

  // log of the weight of a key, from its element of s and the query's soft maximum.
  [[nodiscard]] double log_weight(double element, double soft_maximum) const {
    return factor * (element - unit * soft_maximum);
  }
};
template <class T>
void softmax_scan(const SoftmaxJob<T>& job, SoftmaxScratch<T>& scratch,
                  const std::function<void(const SoftmaxScores<T>&)>& visit);

// The derivatives of a loss by queries, keys and values, given that by y; y and soft_maximum come from softmax_average().
// dquery is assigned; dkey and dvalue are added to.  Rows lie as those of the job.
template <class T>
struct SoftmaxGradient {
  const T* y;
  std::size_t y_stride;
  const T* dy;
  std::size_t dy_stride;
  const double* soft_maximum;
  T *dquery, *dkey, *dvalue;
};
template <class T>
void softmax_gradient(const SoftmaxJob<T>& job, const SoftmaxGradient<T>& gradient,
                      SoftmaxScratch<T>& scratch);

}  // namespace ansatz
