// Attention whose weights are products of features, f(q).f(k): sums over keys are formed once, and no query meets a key.
//
//   y_i = sum_r f_r(q_i) S_r / sum_r f_r(q_i) z_r,   S_r = sum_j f_r(k_j) v_j,  z_r = sum_j f_r(k_j)
//
// `linear`: f(x) = elu(x) + 1 (Katharopoulos et al. 2020, equation 7).  `positive_features`: with a = sqrt(beta) x,
// f_r(x) = e^(w_r.a - a.a / 2), w_r standard normal, so that the mean of f_r(q) f_r(k) is e^(beta q.k) (Choromanski et al. 2021,
// lemma 1).  A causal call adds key after key to S and z, and asks query after query: a recurrence.
//
// Features are kept as logarithms until the largest is known, so that nothing over- or underflows.
#pragma once

#include "attention_heads.hpp"

namespace ansatz::modern_hopfield {

// Logarithms of the features of one row.
class FeatureMap {
 public:
  // w: features x depth, or none for `linear`.
  FeatureMap(std::size_t depth, double beta, std::vector<double> w)
      : depth_{depth}, root_{std::sqrt(beta)}, w_{std::move(w)} {}
  [[nodiscard]] std::size_t size() const { return w_.empty() ? depth_ : w_.size() / depth_; }

  template <class T>
  void logarithms(const T* x, double* f) const {
    if (w_.empty()) {  // log(1 + x), or x
      for (std::size_t r = 0; r < depth_; ++r) {
        const auto a = static_cast<double>(x[r]);
        f[r] = a > 0 ? std::log1p(a) : a;
      }
      return;
    }
    double square = 0;
    for (std::size_t k = 0; k < depth_; ++k) {
      const double a = root_ * static_cast<double>(x[k]);
      square += a * a / 2;
    }
    for (std::size_t r = 0; r < size(); ++r) {
      double product = 0;
      for (std::size_t k = 0; k < depth_; ++k) product += w_[r * depth_ + k] * static_cast<double>(x[k]);
      f[r] = root_ * product - square;
    }
  }

 private:
  std::size_t depth_;
  double root_;
  std::vector<double> w_;
};

// S and z of the keys so far, each feature in units of its own largest.
class FeatureSums {
 public:
  FeatureSums(std::size_t features, std::size_t width)
      : width_{width},
        largest_(features, -std::numeric_limits<double>::infinity()),
        total_(features),
        sums_(features * width) {}

  template <class T>
  void add(const double* f, const T* value) {
    for (std::size_t r = 0; r < largest_.size(); ++r) {
      double* row = sums_.data() + r * width_;
      if (f[r] > largest_[r]) {
        const double scale = std::exp(largest_[r] - f[r]);
        total_[r] *= scale;
        for (std::size_t c = 0; c < width_; ++c) row[c] *= scale;
        largest_[r] = f[r];
      }
      const double weight = std::exp(f[r] - largest_[r]);
      total_[r] += weight;
      for (std::size_t c = 0; c < width_; ++c) row[c] += weight * static_cast<double>(value[c]);
    }
  }
  // The average for a query; there is a key.
  template <class T>
  void average(const double* f, std::vector<double>& scratch, T* y) const {
    double most = -std::numeric_limits<double>::infinity(), total = 0;
    for (std::size_t r = 0; r < largest_.size(); ++r) most = std::max(most, f[r] + largest_[r]);
    scratch.assign(width_, 0);
    for (std::size_t r = 0; r < largest_.size(); ++r) {
      const double weight = std::exp(f[r] + largest_[r] - most);
      total += weight * total_[r];
      for (std::size_t c = 0; c < width_; ++c) scratch[c] += weight * sums_[r * width_ + c];
    }
    for (std::size_t c = 0; c < width_; ++c) y[c] = static_cast<T>(scratch[c] / total);
  }

 private:
  std::size_t width_;
  std::vector<double> largest_, total_, sums_;
};

template <class T>
void apply_features(Session& session, const Heads<T>& heads, const ApplyOptions& options) {
  if (heads.hides()) {
    throw BadArgument(
        "modern-hopfield.attention.apply: 'mask' and 'bias' are for kernel: softmax; what is hidden by "
        "lengths or "
        "causal may be hidden from features too");
  }
  if (options.attention.precision == AttentionPrecision::bf16) {
    throw BadArgument(
        "modern-hopfield.attention.apply: precision bf16 is for kernel: softmax; take f32 or f64");
  }
  const std::uint64_t l = heads.length, h = heads.heads, v = heads.v;
  const auto y = session.out_values<T>("y", heads.sizes({heads.batch, l, v}));
  const auto empty = session.out_values<bool>("empty", heads.sizes({heads.batch, l}));
  session.parallel_for(heads.batch * h, [&](std::uint64_t task, std::uint32_t) {
    const std::uint64_t head = task % h, item = task / h;
    const SoftmaxJob<T> job = heads.job(item, head, 0, l);
    std::vector<double> w;
    if (options.kernel == AttentionKernel::positive_features) {
      w.resize(static_cast<std::size_t>(options.features) * job.depth);
      session.rng("features", head).fill_normal(std::span<double>{w});
    }
    const FeatureMap map{job.depth, job.beta, std::move(w)};
    FeatureSums sums{map.size(), job.width};
    std::vector<double> f(map.size()), scratch;
    std::size_t known = 0;
    for (std::uint64_t i = 0; i < l && !session.cancelled(); ++i) {
      const std::uint64_t end = Heads<T>::seen(job, i);
      for (; known < end; ++known) {
        map.logarithms(job.key + known * job.key_stride, f.data());
        sums.add(f.data(), job.value + known * job.value_stride);
      }
      if (head == 0) empty[item * l + i] = end == 0;
      if (end == 0) continue;
      map.logarithms(job.query + i * job.query_stride, f.data());
      sums.average(f.data(), scratch, y.data() + (item * l + i) * v + head * job.width);
    }
  });
  session.check_cancelled();
}

}  // namespace ansatz::modern_hopfield
