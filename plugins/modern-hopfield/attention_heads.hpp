// What the verbs of model `attention` share: the inputs of a call, checked, head by head.
#pragma once

#include <ansatz/num/bf16.hpp>
#include <ansatz/num/softmax_average.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "attention.hpp"

namespace ansatz::modern_hopfield {

// The inputs of a call as T, and the jobs of their heads.
template <class T>
class Heads {
 public:
  Heads(Session& session, const AttentionOptions& options, std::string where)
      : session_{session},
        where_{std::move(where)},
        causal_{options.causal},
        rounded_{options.precision == AttentionPrecision::bf16} {
    batched_ = session.shape("query").size() == 3;
    for (const char* port : {"query", "key", "value"}) check_port(port);
    const Shape query = session.shape("query"), value = session.shape("value");
    batch = batched_ ? query[0] : 1;
    length = query.rbegin()[1], d = query.back(), keys = value.rbegin()[1], v = value.back();
    heads = static_cast<std::uint64_t>(options.heads);
    check_divisible("query", d);
    check_divisible("value", v);
    if (options.positions == Positions::rotary && d / heads % 2 != 0) {
      throw BadArgument(where_ + ": positions: rotary turns pairs of columns, but a head has " +
                        std::to_string(d / heads) + " of them; give it an even number");
    }
    set_beta(options);
    query_ = placed("query", options, query_copy_);
    key_ = placed("key", options, key_copy_);
    value_ = rounded_ ? placed("value", options, value_copy_) : read("value");
    const auto largest = [](std::span<const T> x) {
      T most = 0;
      for (const T a : x) most = std::max(most, std::abs(a));
      return most;
    };
    exponent_ = softmax_exponent(d / heads, largest(key_), largest(query_));
    if (largest(value_) > std::numeric_limits<T>::max() / static_cast<T>(keys)) {
      throw BadArgument(where_ + ": 'value' has numbers so large that their sums overflow; scale them");
    }
    if (session.has("mask"))
      mask_ = session.values<bool>("mask"), mask_batches_ = session.shape("mask").size() == 3;
    if (session.has("bias")) bias_ = read("bias"), bias_batches_ = session.shape("bias").size() == 3;
    set_lengths();
  }

  std::uint64_t batch, length, d, keys, v, heads;

  // Sizes of an output: without the first where there is no batch.
  [[nodiscard]] Shape sizes(Shape all) const {
    if (!batched_) all.erase(all.begin());
    return all;
  }
  [[nodiscard]] std::span<const T> read(const char* port) {
    const std::span<const T> x = session_.values<T>(port);
    check_finite(port, x);
    return x;
  }
  [[nodiscard]] double beta(std::uint64_t head) const { return beta_[head]; }
  // Keys that an item of the batch has.
  [[nodiscard]] std::uint64_t keys_of(std::uint64_t b) const { return lengths_.empty() ? keys : lengths_[b]; }
  [[nodiscard]] bool hides() const { return !mask_.empty() || !bias_.empty(); }
  // Queries [first, first + count) of a head of a batch.
  [[nodiscard]] SoftmaxJob<T> job(std::uint64_t b, std::uint64_t head, std::uint64_t first,
                                  std::uint64_t count) const {
    SoftmaxJob<T> job;
    job.keys = keys_of(b);
    job.depth = d / heads;
    job.width = v / heads;
    job.key = key_.data() + b * keys * d + head * job.depth;
    job.value = value_.data() + b * keys * v + head * job.width;
    job.query = query_.data() + (b * length + first) * d + head * job.depth;
    job.key_stride = job.query_stride = d;
    job.value_stride = v;
    job.queries = count;
    job.beta = beta_[head];
    const std::uint64_t own = first * keys, whole = length * keys;
    if (!mask_.empty()) {
      job.visible =
          reinterpret_cast<const std::uint8_t*>(mask_.data()) + own + (mask_batches_ ? b * whole : 0);
    }
    if (!bias_.empty()) job.bias = bias_.data() + own + (bias_batches_ ? b * whole : 0);
    job.visible_stride = job.bias_stride = keys;
    job.causal = causal_;
    job.position = first;
    job.exponent = exponent_;
    job.round_weights = rounded_;
    return job;
  }
  // Keys that query i of a job sees.
  [[nodiscard]] static std::uint64_t seen(const SoftmaxJob<T>& job, std::uint64_t i) {
    const std::uint64_t end = job.causal ? std::min<std::uint64_t>(job.keys, job.position + i + 1) : job.keys;
    if (job.visible == nullptr) return end;
    const std::uint8_t* row = job.visible + i * job.visible_stride;
    return end - static_cast<std::uint64_t>(std::count(row, row + end, std::uint8_t{0}));
  }

 private:
  // With positions and rounding, in a copy if there is either.
  std::span<const T> placed(const char* port, const AttentionOptions& options, std::vector<T>& copy) {
    const std::span<const T> x = read(port);
    const Positions positions = port[0] == 'v' ? Positions::none : options.positions;
    if (positions == Positions::none && !rounded_) return x;
    copy.assign(x.begin(), x.end());
    place(positions, session_.shape(port).rbegin()[1], session_.shape(port).back(), heads,
          std::span<T>{copy});
    if constexpr (std::is_same_v<T, float>) {
      if (rounded_) round_to_bf16(copy);
    }
    check_finite(port, copy);
    return copy;
  }
  void check_finite(const char* port, std::span<const T> x) const {
    const auto bad = std::find_if(x.begin(), x.end(), [](T a) { return !std::isfinite(a); });
    if (bad == x.end()) return;
    throw BadArgument(
        where_ + ": element " + std::to_string(bad - x.begin()) + " of '" + port +
        "' (counted from 0) is too large for this precision; scale it, or set precision to f64");
  }
  void check_port(const char* port) const {
    const Shape shape = session_.shape(port);
    if ((shape.size() == 3) != batched_) {
      throw BadArgument(where_ + ": '" + port + "' has rank " + std::to_string(shape.size()) +
                        " and 'query' another; give both a first dimension for the batch, or neither");
    }
    if (std::find(shape.begin(), shape.end(), 0) == shape.end()) return;
    std::string sizes;
    for (const std::uint64_t size : shape) sizes += (sizes.empty() ? "" : " x ") + std::to_string(size);
    throw BadArgument(where_ + ": '" + port + "' is " + sizes + "; give every dimension at least 1");
  }
  void check_divisible(const char* port, std::uint64_t columns) const {
    if (columns % heads == 0) return;
    throw BadArgument(where_ + ": '" + port + "' has " + std::to_string(columns) + " columns, which " +
                      std::to_string(heads) + " heads cannot share equally");
  }
  void set_beta(const AttentionOptions& options) {
    const std::uint64_t columns = d / heads;
    beta_.assign(heads, 1 / std::sqrt(static_cast<double>(columns)));
    if (const double* one = std::get_if<double>(&options.beta)) beta_.assign(heads, *one);
    if (const auto* list = std::get_if<std::vector<double>>(&options.beta)) {
      if (list->size() != heads) {
        throw BadArgument(where_ + ": beta has " + std::to_string(list->size()) + " numbers for " +
                          std::to_string(heads) + " heads; give one number, or one a head");
      }
      beta_ = *list;
    }
  }
  void set_lengths() {
    if (!session_.has("lengths")) return;
    if (session_.shape("lengths")[0] != batch) {
      throw BadArgument(where_ + ": 'lengths' has " + std::to_string(session_.shape("lengths")[0]) +
                        " elements, where 'query' has no batch; give it 1");
    }
    for (const std::int64_t n : session_.values<std::int64_t>("lengths")) {
      if (n < 0 || n > static_cast<std::int64_t>(keys)) {
        throw BadArgument(where_ + ": 'lengths' has " + std::to_string(n) + " at position " +
                          std::to_string(lengths_.size()) + ", where there are from 0 to " +
                          std::to_string(keys) + " keys");
      }
      lengths_.push_back(static_cast<std::uint64_t>(n));
    }
  }

  Session& session_;
  std::string where_;
  bool causal_, rounded_, batched_ = false, mask_batches_ = false, bias_batches_ = false;
  std::vector<double> beta_;
  std::span<const T> query_, key_, value_, bias_;
  std::vector<T> query_copy_, key_copy_, value_copy_;
  std::span<const bool> mask_;
  std::vector<std::uint64_t> lengths_;
  int exponent_ = 0;
};

}  // namespace ansatz::modern_hopfield
