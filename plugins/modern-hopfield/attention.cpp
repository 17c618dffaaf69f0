#include "attention.hpp"

#include <ansatz/num/softmax_average.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "weights.hpp"

namespace ansatz::modern_hopfield {
namespace {

constexpr std::uint64_t query_block = 192;

// The inputs of a call as T, and the jobs of their heads.
template <class T>
class Heads {
 public:
  Heads(Session& session, const AttentionOptions& options, std::string where)
      : session_{session}, where_{std::move(where)}, causal_{options.causal} {
    batched_ = session.shape("query").size() == 3;
    for (const char* port : {"query", "key", "value"}) check_port(port);
    const Shape query = session.shape("query"), value = session.shape("value");
    batch = batched_ ? query[0] : 1;
    length = query.rbegin()[1], d = query.back(), keys = value.rbegin()[1], v = value.back();
    heads = static_cast<std::uint64_t>(options.heads);
    check_divisible("query", d);
    check_divisible("value", v);
    set_beta(options);
    query_ = read("query");
    key_ = read("key");
    value_ = read("value");
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
    const auto bad = std::find_if(x.begin(), x.end(), [](T a) { return !std::isfinite(a); });
    if (bad != x.end()) {
      throw BadArgument(where_ + ": element " + std::to_string(bad - x.begin()) + " of '" + port +
                        "' (counted from 0) is too large for f32; scale it, or set precision to f64");
    }
    return x;
  }
  // Queries [first, first + count) of a head of a batch.
  [[nodiscard]] SoftmaxJob<T> job(std::uint64_t b, std::uint64_t head, std::uint64_t first,
                                  std::uint64_t count) const {
    SoftmaxJob<T> job;
    job.keys = lengths_.empty() ? keys : lengths_[b];
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
  bool causal_, batched_ = false, mask_batches_ = false, bias_batches_ = false;
  std::vector<double> beta_;
  std::span<const T> query_, key_, value_, bias_;
  std::span<const bool> mask_;
  std::vector<std::uint64_t> lengths_;
  int exponent_ = 0;
};

constexpr auto apply_name = "modern-hopfield.attention.apply";

// Energies of a head's queries, as those of model `continuous` among the keys seen.
template <class T>
void put_energies(const SoftmaxJob<T>& job, const std::vector<double>& top, double* energies) {
  double largest = 0;
  const auto square = [&](const T* row) {
    double sum = 0;
    for (std::size_t k = 0; k < job.depth; ++k)
      sum += static_cast<double>(row[k]) * static_cast<double>(row[k]);
    return sum;
  };
  for (std::size_t j = 0; j < job.keys; ++j)
    largest = std::max(largest, square(job.key + j * job.key_stride));
  for (std::size_t i = 0; i < job.queries; ++i) {
    const std::uint64_t n = Heads<T>::seen(job, i);
    if (n == 0) continue;
    energies[i] = 0.5 * (square(job.query + i * job.query_stride) + largest) - top[i] +
                  std::log(static_cast<double>(n)) / job.beta;
    if (std::isfinite(energies[i])) continue;
    throw NumericalError(std::string{apply_name} + ": the energy of query " +
                         std::to_string(job.position + i) +
                         " (counted from 0) overflows; scale queries and keys");
  }
}

// Weights of a job's queries, rows `stride` apart; the sum of the counts of those that see a key is added to `count`.
template <class T>
void put_weights(const SoftmaxJob<T>& job, const std::vector<double>& top, std::size_t stride, T* weights,
                 double& count, SoftmaxScratch<T>& scratch) {
  softmax_scan<T>(job, scratch, [&](const SoftmaxScores<T>& tile) {
    for (std::size_t j = 0; j < tile.queries; ++j) {
      const std::size_t i = tile.first_query + j;
      if (std::isinf(top[i])) continue;
      T* row = weights + i * stride + tile.first_key;
      for (std::size_t k = 0; k < tile.keys; ++k) {
        const double log_weight = tile.log_weight(static_cast<double>(tile.s[k * tile.stride + j]), top[i]);
        row[k] = static_cast<T>(std::exp(log_weight));
      }
    }
  });
  for (std::size_t i = 0; i < job.queries; ++i) {
    if (std::isinf(top[i])) continue;
    const T* row = weights + i * stride;
    count += static_cast<double>(count_to_share(std::span{row, job.keys}, 0.9));
  }
}

void check_memory(const ApplyOptions& options, std::uint64_t elements, std::size_t size) {
  const double bytes = static_cast<double>(elements) * static_cast<double>(size);
  if (bytes <= static_cast<double>(options.memory) * 0x1p20) return;
  std::ostringstream text;
  text.precision(17);
  text << apply_name << ": the weights take " << bytes << " bytes, more than memory allows ("
       << options.memory << " MiB): raise memory, leave weights out, or store the keys in model continuous, "
       << "whose retrieve names the top weights";
  throw BadArgument(text.str());
}

template <class T>
void apply_in(Session& session, const ApplyOptions& options) {
  Heads<T> heads{session, options.attention, apply_name};
  const std::uint64_t b = heads.batch, h = heads.heads, l = heads.length, m = heads.keys, v = heads.v;
  if (options.weights) check_memory(options, b * h * l * m, sizeof(T));
  const auto y = session.out_values<T>("y", heads.sizes({b, l, v}));
  const auto empty = session.out_values<bool>("empty", heads.sizes({b, l}));
  const auto energies = session.out_values<double>("energy", heads.sizes({b, h, l}));
  const auto weights =
      options.weights ? session.out_values<T>("weight", heads.sizes({b, h, l, m})) : std::span<T>{};
  const std::uint64_t blocks = (l + query_block - 1) / query_block;
  std::vector<SoftmaxScratch<T>> scratch(session.threads());
  std::vector<double> counts(b * h * blocks);
  session.parallel_for(b * h * blocks, [&](std::uint64_t task, std::uint32_t worker) {
    if (session.cancelled()) return;
    const std::uint64_t head = task / blocks % h, item = task / blocks / h,
                        first = task % blocks * query_block;
    const SoftmaxJob<T> job = heads.job(item, head, first, std::min(query_block, l - first));
    std::vector<double> top(job.queries);
    softmax_average(job, y.data() + (item * l + first) * v + head * job.width, v, top.data(),
                    scratch[worker]);
    const std::uint64_t row = (item * h + head) * l + first;
    put_energies(job, top, energies.data() + row);
    if (head == 0) {
      for (std::uint64_t i = 0; i < job.queries; ++i)
        empty[item * l + first + i] = Heads<T>::seen(job, i) == 0;
    }
    if (options.weights) put_weights(job, top, m, weights.data() + row * m, counts[task], scratch[worker]);
  });
  session.check_cancelled();
  if (!options.weights) return;
  const auto effective = session.out_values<double>("effective_count", heads.sizes({b, h}));
  for (std::uint64_t k = 0; k < b * h; ++k) {
    const auto seeing = std::count(empty.begin() + static_cast<std::ptrdiff_t>(k / h * l),
                                   empty.begin() + static_cast<std::ptrdiff_t>((k / h + 1) * l), false);
    double sum = 0;
    for (std::uint64_t block = 0; block < blocks; ++block) sum += counts[k * blocks + block];
    effective[k] = seeing > 0 ? sum / static_cast<double>(seeing) : 0;
  }
}

template <class T>
void differentiate_in(Session& session, const AttentionOptions& options) {
  Heads<T> heads{session, options, "modern-hopfield.attention.gradient"};
  const std::span<const T> dy = heads.read("dy");
  const std::uint64_t b = heads.batch, l = heads.length, m = heads.keys, d = heads.d, v = heads.v;
  const auto dquery = session.out_values<T>("dquery", heads.sizes({b, l, d}));
  const auto dkey = session.out_values<T>("dkey", heads.sizes({b, m, d}));
  const auto dvalue = session.out_values<T>("dvalue", heads.sizes({b, m, v}));
  std::vector<SoftmaxScratch<T>> scratch(session.threads());
  session.parallel_for(b * heads.heads, [&](std::uint64_t task, std::uint32_t worker) {
    const std::uint64_t head = task % heads.heads, item = task / heads.heads;
    std::vector<T> y(std::min(query_block, l) * v);
    std::vector<double> top(query_block);
    for (std::uint64_t first = 0; first < l && !session.cancelled(); first += query_block) {
      const SoftmaxJob<T> job = heads.job(item, head, first, std::min(query_block, l - first));
      softmax_average(job, y.data(), v, top.data(), scratch[worker]);
      softmax_gradient<T>(
          job,
          {y.data(), v, dy.data() + (item * l + first) * v + head * job.width, v, top.data(),
           dquery.data() + (item * l + first) * d + head * job.depth,
           dkey.data() + item * m * d + head * job.depth, dvalue.data() + item * m * v + head * job.width},
          scratch[worker]);
    }
  });
  session.check_cancelled();
}

}  // namespace

void apply_attention(Session& session, const ApplyOptions& options) {
  if (options.attention.precision == Precision::f32) return apply_in<float>(session, options);
  apply_in<double>(session, options);
}

void differentiate_attention(Session& session, const AttentionOptions& options) {
  if (options.precision == Precision::f32) return differentiate_in<float>(session, options);
  differentiate_in<double>(session, options);
}

}  // namespace ansatz::modern_hopfield
