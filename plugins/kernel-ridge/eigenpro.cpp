#include "eigenpro.hpp"

#include <ansatz/num/block_lanczos.hpp>
#include <ansatz/num/kernel_operator.hpp>
#include <ansatz/num/lapack_eigen.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "held_out.hpp"
#include "kernel_product.hpp"

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

constexpr std::size_t most_dense = 800;  // rows of a subsample whose eigenvectors are all computed

struct Pairs {
  Vector values, vectors;  // descending; a vector after the other
};

Pairs leading_pairs(Session& session, const Kernel& kernel, const Rows& rows, std::size_t count,
                    Executor& executor) {
  const KernelPoints<double> points{kernel, rows};
  const std::size_t s = points.size();
  if (s <= most_dense) {
    LargeBuffer<double> k(s * s);
    points.gram(k.data(), s, executor);
    Vector values = lapack_eigen(s, k.data());
    return {std::move(values), Vector(k.data(), k.data() + count * s)};
  }
  KernelOperator<double> stored{points, KernelStorage::full};
  const KernelProduct<double> k{stored};
  BlockLanczos solver{s, {.components = count, .block = 32, .tolerance = 1e-6}};
  const auto random = [&](std::uint64_t i) { return session.rng("lanczos", i); };
  while (solver.step(k, random, executor)) session.check_cancelled();
  return {{solver.values().begin(), solver.values().end()}, solver.vectors(executor)};
}

}  // namespace

template <class T>
void EigenPro::start(Session& session, const KernelPoints<T>& points, const Points& rows,
                     const Training& training, const EigenProOptions& options) {
  SessionExecutor executor{session};
  const std::size_t n = training.chosen.size(), m = static_cast<std::size_t>(training.targets.values.rows());
  *this = {};
  for (const double w : training.weights) {
    if (w != 1) {
      throw BadArgument("kernel-ridge.fit: solver: eigenpro takes weights of 0 and 1 only, got " +
                        std::to_string(w) + "; choose exact, cg or nystrom");
    }
  }
  held_ = draw_held_out(session, n, options.held_out);
  std::ranges::sort(held_);
  for (std::uint64_t i = 0; i < n; ++i) {
    if (!std::ranges::binary_search(held_, i)) used_.push_back(i);
  }
  for (const std::uint64_t i :
       session.rng("subsample").choice(used_.size(), std::min(options.subsample, used_.size())))
    sample_.push_back(used_[i]);
  std::ranges::sort(sample_);
  const std::size_t s = sample_.size();
  std::size_t q = std::min(options.pairs, s - 1);
  const Points drawn = rows.subset(sample_);
  const Pairs pairs = leading_pairs(session, points.kernel(), drawn.rows(), q + 1, executor);
  // Directions that kernel values of type T do not resolve are not damped: nothing sensible divides by their eigenvalues.
  const double least = static_cast<double>(std::numeric_limits<T>::epsilon()) *
                       std::sqrt(static_cast<double>(s)) * pairs.values[0];
  while (q > 0 && pairs.values[q - 1] <= least) --q;
  const double last = std::max(pairs.values[q], least);
  vectors_.assign(pairs.vectors.begin(), pairs.vectors.begin() + static_cast<std::ptrdiff_t>(q * s));
  for (std::size_t i = 0; i < q; ++i) damping_.push_back((1 - last / pairs.values[i]) / pairs.values[i]);
  // k_G(x, x) = k(x, x) - sum_i s_i D_i (K_xS v_i)^2 / s_i: here at the rows of the subsample, K_SS v = s v.
  for (std::size_t j = 0; j < s; ++j) {
    double own = static_cast<double>(points.diagonal(sample_[j]));
    for (std::size_t i = 0; i < q; ++i)
      own -= damping_[i] * std::pow(pairs.values[i] * vectors_[i * s + j], 2);
    beta_ = std::max(beta_, own);
  }
  top_ = last / static_cast<double>(s);
  batch_ = options.batch > 0
               ? options.batch
               : static_cast<std::uint64_t>(std::clamp(beta_ / std::max(top_, 1e-300), 16.0, 4096.0));
  batch_ = std::min<std::uint64_t>(batch_, used_.size());
  means_.assign(m, 0.0);
  for (std::size_t t = 0; t < m && options.intercept; ++t) {
    for (const std::uint64_t i : used_)
      means_[t] += training.targets.values.data()[t * n + i] / static_cast<double>(used_.size());
  }
  coefficients_.assign(m * n, 0.0);
}

// a_S += eta V D V' products; products are sample x targets.
void EigenPro::damp(std::size_t targets, const Vector& products, double eta, std::size_t n) {
  const std::size_t s = sample_.size();
  Vector change(targets * s);
  for (std::size_t i = 0; i < damping_.size(); ++i) {
    const double* v = vectors_.data() + i * s;
    for (std::size_t t = 0; t < targets; ++t) {
      const double* own = products.data() + t * s;
      const double share = eta * damping_[i] * std::inner_product(v, v + s, own, 0.0);
      for (std::size_t j = 0; j < s; ++j) change[t * s + j] += share * v[j];
    }
  }
  for (std::size_t t = 0; t < targets; ++t) {
    for (std::size_t j = 0; j < s; ++j) coefficients_[t * n + sample_[j]] += change[t * s + j];
  }
}

template <class T>
double EigenPro::held_out_error(const KernelPoints<T>& points, const Points& rows, const Training& training,
                                Executor& executor) const {
  const std::size_t n = training.chosen.size(), m = means_.size(), held = held_.size();
  const Points queries = rows.subset(held_);
  const std::vector<T> a(coefficients_.begin(), coefficients_.end());
  std::vector<T> f(held * m);
  points.apply(queries.rows(), m, a.data(), f.data(), executor);
  Vector y, errors;
  for (std::size_t t = 0; t < m; ++t) {
    for (std::size_t i = 0; i < held; ++i) {
      y.push_back(training.targets.values.data()[t * n + held_[i]]);
      errors.push_back(y.back() - static_cast<double>(f[i * m + t]) - means_[t]);
    }
  }
  return mean_error(training.targets.labels(), m, held, y.data(), errors.data());
}

template <class T>
bool EigenPro::step(Session& session, const KernelPoints<T>& points, const Points& rows,
                    const Training& training, const EigenProOptions& options) {
  SessionExecutor executor{session};
  const std::size_t n = training.chosen.size(), m = means_.size(), s = sample_.size();
  const Points sample = rows.subset(sample_);
  const KernelPoints<T> sample_points{points.kernel(), sample.rows()};
  const std::vector<std::uint64_t> order = session.rng("order", taken_).permutation(used_.size());
  std::vector<T> a(coefficients_.begin(), coefficients_.end()), f, k;
  double squares = 0;
  for (std::size_t first = 0; first < order.size(); first += batch_) {
    session.check_cancelled();
    const std::size_t count = std::min<std::size_t>(batch_, order.size() - first);
    std::vector<std::uint64_t> batch;
    for (std::size_t i = 0; i < count; ++i) batch.push_back(used_[order[first + i]]);
    const Points queries = rows.subset(batch);
    f.resize(count * m);
    k.resize(count * s);
    points.apply(queries.rows(), m, a.data(), f.data(), executor);
    sample_points.cross(queries.rows(), k.data(), s, executor);
    const double eta = 1 / (beta_ + static_cast<double>(count - 1) * top_);
    Vector products(m * s);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t t = 0; t < m; ++t) {
        const double r =
            static_cast<double>(f[i * m + t]) + means_[t] - training.targets.values.data()[t * n + batch[i]];
        squares += r * r;
        coefficients_[t * n + batch[i]] -= eta * r;
        for (std::size_t j = 0; j < s; ++j) products[t * s + j] += r * static_cast<double>(k[i * s + j]);
      }
    }
    damp(m, products, eta, n);
    for (std::size_t t = 0; t < m; ++t) {
      for (const std::uint64_t i : batch) a[t * n + i] = static_cast<T>(coefficients_[t * n + i]);
      for (const std::uint64_t i : sample_) a[t * n + i] = static_cast<T>(coefficients_[t * n + i]);
    }
    session.progress(static_cast<double>(first + count) / static_cast<double>(order.size()));
  }
  ++taken_;
  const double mse = squares / static_cast<double>(used_.size() * m);
  session.metric("train_mse", mse);
  if (!std::isfinite(mse)) {
    throw NumericalError("kernel-ridge.fit: eigenpro diverges after " + std::to_string(taken_) +
                         " epochs; take a larger subsample or fewer rows a batch");
  }
  bool stop = taken_ >= options.max_steps || mse <= options.tolerance * options.tolerance;
  if (!held_.empty()) {
    const double error = held_out_error(points, rows, training, executor);
    session.metric("held_out", error);
    if (taken_ == 1 || error < best_error_) {
      best_error_ = error;
      best_step_ = taken_;
      best_ = coefficients_;
    }
    stop = stop || taken_ - best_step_ >= options.patience;
    if (stop) coefficients_ = best_;
  }
  return !stop;
}

void EigenPro::state(Archive& archive) {
  archive("coefficients", coefficients_);
  archive("best", best_);
  archive("means", means_);
  archive("sample", sample_);
  archive("used", used_);
  archive("held", held_);
  archive("vectors", vectors_);
  archive("damping", damping_);
  archive("beta", beta_);
  archive("top", top_);
  archive("best_error", best_error_);
  archive("batch", batch_);
  archive("taken", taken_);
  archive("best_step", best_step_);
}

#define ANSATZ_EIGENPRO(T)                                                                        \
  template void EigenPro::start(Session&, const KernelPoints<T>&, const Points&, const Training&, \
                                const EigenProOptions&);                                          \
  template bool EigenPro::step(Session&, const KernelPoints<T>&, const Points&, const Training&,  \
                               const EigenProOptions&);
ANSATZ_EIGENPRO(double)
ANSATZ_EIGENPRO(float)

}  // namespace ansatz::kernel_ridge
