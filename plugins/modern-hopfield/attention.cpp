#include "attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "attention_features.hpp"
#include "attention_heads.hpp"
#include "energy.hpp"
#include "weights.hpp"

namespace ansatz::modern_hopfield {
namespace {

constexpr std::uint64_t query_block = 192;

constexpr auto apply_name = "modern-hopfield.attention.apply";

// Energies of a head's queries, as those of model `continuous` among the keys seen; one beyond the largest number is that.
template <class T>
void put_energies(const SoftmaxJob<T>& job, const std::vector<double>& top, double* energies,
                  SoftmaxScratch<T>& scratch) {
  // Norms in units of 2^half, energies in units of its square, so that neither overflows before the end.
  double most = 0;
  const auto look = [&](const T* rows, std::size_t count, std::size_t stride) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < job.depth; ++k)
        most = std::max(most, std::abs(static_cast<double>(rows[i * stride + k])));
    }
  };
  look(job.key, job.keys, job.key_stride);
  look(job.query, job.queries, job.query_stride);
  const int half = most > 0x1p480 ? std::ilogb(most) - 480 : 0;
  const auto square = [&](const T* row) {
    double sum = 0;
    for (std::size_t k = 0; k < job.depth; ++k) {
      const double x = std::ldexp(static_cast<double>(row[k]), -half);
      sum += x * x;
    }
    return sum;
  };
  double largest = 0;
  for (std::size_t j = 0; j < job.keys; ++j)
    largest = std::max(largest, square(job.key + j * job.key_stride));
  const double beta = std::ldexp(job.beta, 2 * half);
  for (std::size_t i = 0; i < job.queries; ++i) {
    const std::uint64_t n = Heads<T>::seen(job, i);
    if (n == 0) continue;
    const double own = square(job.query + i * job.query_stride);
    double soft = std::ldexp(top[i], job.exponent - 2 * half) - std::log(static_cast<double>(n)) / beta;
    if (job.bias == nullptr && beta * std::sqrt(own * largest) < 1) {
      // log n / beta would swallow the rest: again from the products.
      SoftmaxJob<T> one = job;
      one.queries = 1;
      one.query += i * job.query_stride;
      if (one.visible != nullptr) one.visible += i * job.visible_stride;
      one.position += i;
      std::vector<double> s;
      softmax_scan<T>(one, scratch, [&](const SoftmaxScores<T>& tile) {
        for (std::size_t k = 0; k < tile.keys; ++k) {
          const auto x = static_cast<double>(tile.s[k * tile.stride]);
          if (x != -std::numeric_limits<double>::infinity())
            s.push_back(std::ldexp(x / tile.unit, job.exponent - 2 * half));
        }
      });
      soft = SoftmaxEnergy::soft_maximum(s, beta);
    }
    constexpr double end = std::numeric_limits<double>::max();
    energies[i] = std::clamp(std::ldexp(0.5 * (own + largest) - soft, 2 * half), -end, end);
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
  if (options.kernel != AttentionKernel::softmax) return apply_features(session, heads, options);
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
    put_energies(job, top, energies.data() + row, scratch[worker]);
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
  place_back(options.positions, l, d, heads.heads, dquery);
  place_back(options.positions, m, d, heads.heads, dkey);
  for (const auto& [port, values] : {std::pair{"query", dquery}, {"key", dkey}, {"value", dvalue}}) {
    if (std::all_of(values.begin(), values.end(), [](T x) { return std::isfinite(x); })) continue;
    throw NumericalError(std::string{"modern-hopfield.attention.gradient: the derivatives by '"} + port +
                         "' overflow; scale queries, keys, values, dy or beta");
  }
}

void tell_of_rounding(Session& session, const AttentionOptions& options) {
  if (options.precision != AttentionPrecision::bf16) return;
  session.warn(
      "modern-hopfield.attention: precision bf16 rounds inputs and weights to bf16 and computes in f32, for "
      "this "
      "program has no code for matrix units");
}

}  // namespace

void apply_attention(Session& session, const ApplyOptions& options) {
  if (options.attention.precision == AttentionPrecision::f64) return apply_in<double>(session, options);
  tell_of_rounding(session, options.attention);
  apply_in<float>(session, options);
}

void differentiate_attention(Session& session, const AttentionOptions& options) {
  if (options.precision == AttentionPrecision::f64) return differentiate_in<double>(session, options);
  tell_of_rounding(session, options);
  differentiate_in<float>(session, options);
}

}  // namespace ansatz::modern_hopfield
