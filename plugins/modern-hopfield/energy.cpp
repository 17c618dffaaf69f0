#include "energy.hpp"

#include <ansatz/num/parallel.hpp>
#include <ansatz/num/softmax_average.hpp>
#include <ansatz/num/vector_math.hpp>

#include <algorithm>
#include <cmath>

namespace ansatz::modern_hopfield {
namespace {

// Rows as T: where they lie, or a copy.
template <class T>
class As {
 public:
  explicit As(const Rows& rows) {
    std::visit(
        [&]<class S>(const RowsOf<S>& r) {
          if constexpr (std::is_same_v<S, T>) {
            data_ = r.data;
          } else {
            copy_.assign(r.data, r.data + r.rows * r.columns);
            data_ = copy_.data();
          }
        },
        rows);
  }
  [[nodiscard]] const T* data() const { return data_; }

 private:
  std::vector<T> copy_;
  const T* data_ = nullptr;
};

template <class T>
class EnergyIn final : public SoftmaxEnergy {
 public:
  EnergyIn(const Memory& memory, Precision precision, std::uint32_t workers)
      : SoftmaxEnergy{memory, precision},
        patterns_{memory.patterns()},
        values_{memory.values()},
        workers_(workers) {}

  [[nodiscard]] std::uint32_t workers() const override { return static_cast<std::uint32_t>(workers_.size()); }

  void read(const double* x, std::size_t count, double beta, double* y, std::uint32_t worker) override {
    SoftmaxJob<T> job = job_of(x, count, beta, workers_[worker]);
    job.value = values_.data();
    job.width = job.value_stride = memory().value_columns();
    run(job, y, nullptr, workers_[worker]);
  }

  void products(const double* x, std::size_t count, std::uint32_t worker,
                const std::function<void(std::size_t, std::span<const double>)>& visit) override {
    Worker& own = workers_[worker];
    const SoftmaxJob<T> job = job_of(x, count, 1, own);
    std::vector<double> all;
    softmax_scan<T>(job, own.scratch, [&](const SoftmaxScores<T>& tile) {
      all.resize(tile.queries * job.keys);
      for (std::size_t k = 0; k < tile.keys; ++k) {
        for (std::size_t j = 0; j < tile.queries; ++j) {
          all[j * job.keys + tile.first_key + k] = static_cast<double>(tile.s[k * tile.stride + j]);
        }
      }
      if (tile.first_key + tile.keys < job.keys) return;
      for (std::size_t j = 0; j < tile.queries; ++j) {
        visit(tile.first_query + j, std::span<const double>{all.data() + j * job.keys, job.keys});
      }
    });
  }

 protected:
  void average(const double* x, std::size_t count, double beta, double* y, double* top,
               std::uint32_t worker) override {
    run(job_of(x, count, beta, workers_[worker]), y, top, workers_[worker]);
  }
  void add_pattern(std::uint64_t i, double weight, double* y) const override {
    const T* row = patterns_.data() + i * memory().columns();
    for (std::size_t j = 0; j < memory().columns(); ++j) y[j] += weight * static_cast<double>(row[j]);
  }

 private:
  struct Worker {
    SoftmaxScratch<T> scratch;
    std::vector<T> x, y;
  };

  SoftmaxJob<T> job_of(const double* x, std::size_t count, double beta, Worker& own) const {
    const std::size_t d = memory().columns();
    own.x.assign(x, x + count * d);
    SoftmaxJob<T> job;
    job.keys = memory().size();
    job.depth = job.width = job.key_stride = job.value_stride = job.query_stride = d;
    job.key = job.value = patterns_.data();
    job.query = own.x.data();
    job.queries = count;
    job.beta = beta;
    return job;
  }
  static void run(const SoftmaxJob<T>& job, double* y, double* top, Worker& own) {
    own.y.resize(job.queries * job.width);
    softmax_average(job, own.y.data(), job.width, top, own.scratch);
    std::copy(own.y.begin(), own.y.end(), y);
  }

  As<T> patterns_, values_;
  std::vector<Worker> workers_;
};

double dot(std::size_t d, const double* a, const double* b) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) sum += a[j] * b[j];
  return sum;
}

}  // namespace

std::unique_ptr<SoftmaxEnergy> SoftmaxEnergy::make(const Memory& memory, Precision precision,
                                                   std::uint32_t workers) {
  if (memory.size() == 0) throw BadState("modern-hopfield: there are no patterns; store at least one");
  if (precision == Precision::f32) {
    if (memory.largest_norm() > 1e15) {
      throw BadArgument(
          "modern-hopfield: precision f32 is for patterns of norms below 1e15; set precision to "
          "f64, or scale the patterns");
    }
    return std::make_unique<EnergyIn<float>>(memory, precision, workers);
  }
  return std::make_unique<EnergyIn<double>>(memory, precision, workers);
}

Ranked best(std::span<const double> products, std::size_t most) {
  using Entry = std::pair<double, std::uint64_t>;
  const auto better = [](const Entry& a, const Entry& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  std::vector<Entry> heap;  // the worst of the best in front
  for (std::uint64_t i = 0; i < products.size() && most > 0; ++i) {
    const Entry entry{products[i], i};
    if (heap.size() == most) {
      if (!better(entry, heap.front())) continue;
      std::pop_heap(heap.begin(), heap.end(), better);
      heap.pop_back();
    }
    heap.push_back(entry);
    std::push_heap(heap.begin(), heap.end(), better);
  }
  std::sort(heap.begin(), heap.end(), better);
  Ranked ranked;
  for (const Entry& entry : heap) {
    ranked.dot.push_back(entry.first);
    ranked.index.push_back(entry.second);
  }
  return ranked;
}

double SoftmaxEnergy::soft_maximum(std::span<const double> s, double beta) {
  const auto [least, most] = std::minmax_element(s.begin(), s.end());
  const auto n = static_cast<double>(s.size());
  std::vector<double> terms(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) terms[i] = beta * (s[i] - *most);
  if (beta * (*most - *least) < 1) {  // the logarithm of a number near 1
    vec::expm1(terms, terms);
    return *most + std::log1p(sum(terms) / n) / beta;
  }
  vec::exp(terms, terms);
  return *most + std::log(sum(terms) / n) / beta;
}

double SoftmaxEnergy::energy(const double* x, double top) const {
  const double largest = memory_.largest_norm();
  return 0.5 * (dot(memory_.columns(), x, x) + largest * largest) - top;
}

// H(p) = log sum e^(beta s) - beta sum p s, and sum p s = x.y.
double SoftmaxEnergy::effective_patterns(const double* x, const double* y, double top, double beta) const {
  const auto n = static_cast<double>(memory_.size());
  return std::clamp(n * std::exp(beta * (top - dot(memory_.columns(), x, y))), 1.0, n);
}

double SoftmaxEnergy::slack(const double* x) const {
  const double largest = memory_.largest_norm();
  return (precision_ == Precision::f64 ? 1e-10 : 1e-4) * (dot(memory_.columns(), x, x) + largest * largest);
}

void SoftmaxEnergy::update(const double* x, std::size_t count, double beta, double* y, double* top,
                           std::uint32_t worker) {
  const std::size_t d = memory_.columns();
  average(x, count, beta, y, top, worker);
  const double logarithm = std::log(static_cast<double>(memory_.size()));
  // Where log N / beta would swallow the rest: again from the products.  Decided for each state on its own.
  for (std::size_t i = 0; i < count; ++i) {
    const double* const state = x + i * d;
    if (beta * std::sqrt(dot(d, state, state)) * memory_.largest_norm() >= 1) {
      top[i] -= logarithm / beta;
    } else {
      products(state, 1, worker,
               [&](std::size_t, std::span<const double> s) { top[i] = soft_maximum(s, beta); });
    }
  }
}

void SoftmaxEnergy::truncated_update(const double* x, std::size_t count, double beta, std::size_t terms,
                                     double* y, double* top, double* error, std::uint32_t worker) {
  const std::size_t d = memory_.columns(), n = memory_.size(), k = std::min(terms, n);
  std::fill_n(y, count * d, 0.0);
  products(x, count, worker, [&](std::size_t i, std::span<const double> all) {
    const Ranked ranked = best(all, std::min(n, k + 1));
    const std::vector<double>& s = ranked.dot;
    const double own = soft_maximum({s.data(), k}, beta);
    for (std::size_t j = 0; j < k; ++j) {
      add_pattern(ranked.index[j], std::exp(beta * (s[j] - own)) / static_cast<double>(k), y + i * d);
    }
    const auto whole = static_cast<double>(n), rest = static_cast<double>(n - k);
    top[i] = own + std::log(static_cast<double>(k) / whole) / beta;
    error[i] = k < n ? memory_.diameter() * rest * std::exp(-beta * (s[0] - s[k])) : 0;
  });
}

}  // namespace ansatz::modern_hopfield
