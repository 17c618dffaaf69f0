#include "nystrom_cg.hpp"

#include <ansatz/num/cholesky.hpp>
#include <ansatz/num/cross_operator.hpp>
#include <ansatz/num/gram.hpp>
#include <ansatz/num/large_buffer.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "held_out.hpp"
#include "row_stream.hpp"

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

// Between a vector a target and a row a centre.
Vector transposed(std::size_t rows, std::size_t columns, const double* x, std::size_t stride) {
  Vector y(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) y[j * rows + i] = x[i * stride + j];
  }
  return y;
}

double norm(const double* x, std::size_t n) { return std::sqrt(std::inner_product(x, x + n, x, 0.0)); }

// Directions have no part in the rows that are held out.
class FirstPart final : public SymmetricOperator {
 public:
  FirstPart(std::size_t size, std::size_t part) : size_{size}, part_{part} {}
  [[nodiscard]] std::size_t size() const override { return size_; }
  void apply(std::size_t count, const double* x, double* y, Executor&) const override {
    for (std::size_t c = 0; c < count; ++c) {
      std::copy_n(x + c * size_, part_, y + c * size_);
      std::fill_n(y + c * size_ + part_, size_ - part_, 0.0);
    }
  }

 private:
  std::size_t size_, part_;
};

}  // namespace

// Everything but the state: factors, and kernel values if there is room for them.
template <class T>
class NystromWork {
 public:
  NystromWork(Session& session, const KernelPoints<T>& centres, const Rows& rows, double total,
              double penalty, const CgOptions& options, Executor& executor)
      : stream_{session, "x"},
        m_{centres.size()},
        stride_{matrix_stride<double>(m_)},
        penalty_{penalty},
        kernel_(m_ * stride_),
        gram_(m_ * stride_),
        k_{centres, stream_.size(),
           CrossOperator<T>::bytes(stream_.size(), m_) + factor_bytes(m_) <= options.memory} {
    factor_kernel(KernelPoints<double>{centres.kernel(), rows}, executor);
    double* a = gram_.data();
    std::fill_n(a, m_ * stride_, 0.0);
    add_triangular_gram(m_, kernel_.data(), stride_, total / static_cast<double>(m_), a, stride_, executor);
    for (std::size_t i = 0; i < m_; ++i) a[i * stride_ + i] += penalty;
    if (cholesky(m_, a, stride_, executor)) {
      throw NumericalError(
          "kernel-ridge.fit: the preconditioner of nystrom does not factor; raise the penalty, or take fewer "
          "centres");
    }
  }

  static std::uint64_t factor_bytes(std::size_t m) {
    return std::uint64_t{2} * m * matrix_stride<double>(m) * sizeof(double);
  }

  [[nodiscard]] std::size_t centres() const { return m_; }
  [[nodiscard]] double jitter() const { return jitter_; }
  [[nodiscard]] double penalty() const { return penalty_; }
  RowStream& stream() { return stream_; }
  CrossOperator<T>& k() { return k_; }

  // count vectors of length m each, one after the other.
  void solve_kernel(std::size_t count, double* x, Executor& e) const {
    solve_lower(m_, kernel_.data(), stride_, count, x, e);
  }
  void solve_kernel_transposed(std::size_t count, double* x, Executor& e) const {
    solve_lower_transposed(m_, kernel_.data(), stride_, count, x, e);
  }
  void solve_gram(std::size_t count, double* x, Executor& e) const {
    solve_lower(m_, gram_.data(), stride_, count, x, e);
  }
  void solve_gram_transposed(std::size_t count, double* x, Executor& e) const {
    solve_lower_transposed(m_, gram_.data(), stride_, count, x, e);
  }
  // |A x|: A'A x is what the norm of f takes (certificate).
  [[nodiscard]] double gram_norm(const double* x) const {
    double sum = 0;
    for (std::size_t i = 0; i < m_; ++i) {
      const double* row = gram_.data() + i * stride_;
      const double value = std::inner_product(row, row + i + 1, x, 0.0);
      sum += value * value;
    }
    return std::sqrt(sum);
  }

 private:
  // Kernel values are known to epsilon: below that, f32 directions of K_MM are noise in K_nM, whatever the
  // factor says.
  void factor_kernel(const KernelPoints<double>& exact, Executor& executor) {
    double mean = 0;
    for (std::size_t i = 0; i < m_; ++i) mean += exact.diagonal(i) / static_cast<double>(m_);
    const double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) * mean;
    jitter_ = std::is_same_v<T, float> ? unit : 0.0;
    for (int attempt = 0; attempt <= 6; ++attempt) {
      double* l = kernel_.data();
      exact.gram(l, stride_, executor);
      for (std::size_t i = 0; i < m_; ++i) l[i * stride_ + i] += jitter_;
      if (!cholesky(m_, l, stride_, executor)) return;
      jitter_ = jitter_ == 0 ? unit : 10 * jitter_;
    }
    throw NumericalError("kernel-ridge.fit: the kernel matrix of the " + std::to_string(m_) +
                         " centres does not factor even with a jitter of " + std::to_string(jitter_ / 10) +
                         "; is the kernel positive semidefinite (probe tells)?  Else take fewer centres");
  }

  RowStream stream_;
  std::size_t m_, stride_;
  double penalty_, jitter_ = 0;
  LargeBuffer<double> kernel_, gram_;  // L and A, lower triangles
  CrossOperator<T> k_;
};

namespace {

// beta -> B'(K_Mn C K_nM + penalty K_MM) B beta, and the predictions at the rows that are held out.
template <class T>
class Normal final : public SymmetricOperator {
 public:
  Normal(NystromWork<T>& work, const Vector& weights, const Vector& mean_kernel,
         const std::vector<std::uint64_t>& held)
      : work_{work}, weights_{weights}, mean_kernel_{mean_kernel}, held_{held}, place_(weights.size(), 0) {
    for (std::size_t i = 0; i < held.size(); ++i) place_[held[i]] = i + 1;
  }
  [[nodiscard]] std::size_t size() const override { return work_.centres() + held_.size(); }

  void apply(std::size_t count, const double* x, double* y, Executor& executor) const override {
    const std::size_t m = work_.centres(), all = size();
    Vector half(m * count), v, sums(m * count);
    for (std::size_t c = 0; c < count; ++c) std::copy_n(x + c * all, m, half.data() + c * m);
    work_.solve_gram_transposed(count, half.data(), executor);
    v = half;
    work_.solve_kernel_transposed(count, v.data(), executor);
    Vector mean(count);
    if (!mean_kernel_.empty()) {
      for (std::size_t c = 0; c < count; ++c)
        mean[c] = std::inner_product(mean_kernel_.begin(), mean_kernel_.end(), v.data() + c * m, 0.0);
    }
    const Vector by_centre = transposed(count, m, v.data(), m);
    CrossOperator<T>& k = work_.k();
    k.start(count, by_centre.data());
    const auto change = [&](std::size_t row, double* u) {
      for (std::size_t c = 0; c < count; ++c) {
        u[c] -= mean[c];
        if (place_[row] != 0) y[c * all + m + place_[row] - 1] = u[c];
        u[c] *= weights_[row];
      }
    };
    const double total = static_cast<double>(work_.stream().size());
    work_.stream().each([&](std::size_t first, const Rows& rows) {
      k.block(first, rows, change, sums.data(), executor);
      executor.progress(static_cast<double>(first + row_count(rows)) / total);
    });
    k.finish();
    Vector result = transposed(m, count, sums.data(), count);
    work_.solve_kernel(count, result.data(), executor);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] += work_.penalty() * half[i];
    work_.solve_gram(count, result.data(), executor);
    for (std::size_t c = 0; c < count; ++c) std::copy_n(result.data() + c * m, m, y + c * all);
  }

 private:
  NystromWork<T>& work_;
  const Vector &weights_, &mean_kernel_;
  const std::vector<std::uint64_t>& held_;
  std::vector<std::size_t> place_;  // 1 + place among the held-out rows, or 0
};

}  // namespace

NystromCg::NystromCg() = default;
NystromCg::~NystromCg() = default;
NystromCg::NystromCg(NystromCg&&) noexcept = default;
NystromCg& NystromCg::operator=(NystromCg&&) noexcept = default;

void NystromCg::start(Session& session, const Training& training, const CgOptions& options) {
  *this = NystromCg{};
  if (!(training.penalty > 0)) {
    throw BadArgument(
        "kernel-ridge.fit: the nystrom solver needs a penalty above 0; for penalty 0 choose solver: exact");
  }
  held_.assign(training.all, 0);
  for (const std::uint64_t i : draw_held_out(session, training.chosen.size(), options.held_out))
    held_rows_.push_back(training.chosen[i]);
  std::ranges::sort(held_rows_);
  for (const std::uint64_t i : held_rows_) held_[i] = 1;
}

// Of all rows, 0 for those that do not count.
Vector NystromCg::active_weights(const Training& training) const {
  Vector weights(training.all, 0.0);
  for (std::size_t i = 0; i < training.chosen.size(); ++i) {
    const std::uint64_t row = training.chosen[i];
    if (held_[row] == 0 || refitting_ != 0) weights[row] = training.weights[i];
  }
  return weights;
}

template <class T>
void NystromCg::begin(NystromWork<T>& work, const Kernel& kernel, const Training& training,
                      const CgOptions& options, Executor& executor) {
  const std::size_t m = work.centres(), targets = static_cast<std::size_t>(training.targets.values.rows()),
                    count = targets + 1;
  const Vector weights = active_weights(training);
  std::vector<std::size_t> place(training.all, 0);
  for (std::size_t i = 0; i < training.chosen.size(); ++i) place[training.chosen[i]] = i;
  const double* y = training.targets.values.data();
  const std::size_t n = training.chosen.size();
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  means_.assign(targets, 0.0);
  if (options.intercept) {
    for (std::size_t t = 0; t < targets; ++t) {
      for (std::size_t i = 0; i < n; ++i) means_[t] += weights[training.chosen[i]] / total * y[t * n + i];
    }
  }
  CrossOperator<T>& k = work.k();
  Vector sums(m * count);
  k.start(count, nullptr);
  work.stream().each([&](std::size_t first, const Rows& rows) {
    check_rows(kernel, rows, first, "kernel-ridge.fit: x");
    k.block(
        first, rows,
        [&](std::size_t row, double* u) {
          for (std::size_t t = 0; t < targets; ++t) {
            u[t] = weights[row] > 0 ? weights[row] * (y[t * n + place[row]] - means_[t]) : 0;
          }
          u[targets] = weights[row];
        },
        sums.data(), executor);
  });
  k.finish();
  mean_kernel_.clear();
  if (options.intercept) {
    for (std::size_t j = 0; j < m; ++j) mean_kernel_.push_back(sums[j * count + targets] / total);
  }
  Vector right = transposed(m, targets, sums.data(), count);
  work.solve_kernel(targets, right.data(), executor);
  work.solve_gram(targets, right.data(), executor);
  const std::size_t size = m + (refitting_ != 0 ? 0 : held_rows_.size());
  Vector b(size * targets);
  sizes_.clear();
  for (std::size_t t = 0; t < targets; ++t) {
    std::copy_n(right.data() + t * m, m, b.data() + t * size);
    for (std::size_t i = m; i < size; ++i) b[t * size + i] = y[t * n + place[held_rows_[i - m]]] - means_[t];
    sizes_.push_back(norm(right.data() + t * m, m));
  }
  cg_.start(size, targets, std::move(b));
}

template <class T>
NystromCg::Progress NystromCg::measure(const NystromWork<T>& work, double penalty) const {
  Progress progress;
  for (std::size_t t = 0; t < cg_.count(); ++t) {
    const double* r = cg_.residual().data() + t * cg_.size();
    if (sizes_[t] > 0) progress.residual = std::max(progress.residual, norm(r, work.centres()) / sizes_[t]);
    progress.certificate = std::max(progress.certificate, work.gram_norm(r) / penalty);
  }
  return progress;
}

double NystromCg::held_out_error(const Training& training) const {
  const std::size_t held = held_rows_.size(), size = cg_.size(), m = size - held, targets = cg_.count(),
                    n = training.chosen.size();
  Vector errors(targets * held), y(targets * held);
  for (std::size_t i = 0; i < held; ++i) {
    const auto row = static_cast<std::size_t>(std::ranges::lower_bound(training.chosen, held_rows_[i]) -
                                              training.chosen.begin());
    for (std::size_t t = 0; t < targets; ++t) {
      errors[t * held + i] = cg_.residual()[t * size + m + i];
      y[t * held + i] = training.targets.values.data()[t * n + row];
    }
  }
  return mean_error(!training.targets.classes.empty(), targets, held, y.data(), errors.data());
}

template <class T>
bool NystromCg::step(Session& session, const KernelPoints<T>& centres, const Rows& rows,
                     const Training& training, const CgOptions& options) {
  SessionExecutor executor{session, 0.0, 1.0, "conjugate gradients"};
  const Vector weights = active_weights(training);
  if (!work_) {
    const double total = std::accumulate(training.weights.begin(), training.weights.end(), 0.0);
    auto made =
        std::make_shared<NystromWork<T>>(session, centres, rows, total, training.penalty, options, executor);
    work_ = made;
    // Once: a resumed fit has said so before.
    if (made->jitter() > 0 && session.step() == 0) session.metric("jitter", made->jitter());
    if (cg_.size() == 0) begin(*made, centres.kernel(), training, options, executor);
  }
  auto& work = *static_cast<NystromWork<T>*>(work_.get());
  std::vector<std::uint64_t> held = refitting_ != 0 ? std::vector<std::uint64_t>{} : held_rows_;
  const Normal<T> normal{work, weights, mean_kernel_, held};
  std::vector<std::uint8_t> active;
  for (std::size_t t = 0; t < cg_.count(); ++t) {
    const double size = norm(cg_.residual().data() + t * cg_.size(), work.centres());
    active.push_back(size > options.tolerance * sizes_[t] ? 1 : 0);
  }
  const bool moved = cg_.step(normal, FirstPart{normal.size(), work.centres()}, active, executor);
  ++taken_;
  const Progress now = measure(work, training.penalty);
  session.metric("residual", now.residual);
  session.metric("certificate", now.certificate);
  converged_ = now.residual <= options.tolerance ? 1 : 0;
  bool stop = converged_ != 0 || !moved || taken_ >= options.max_steps;
  if (refitting_ != 0) {
    stop = stop || --refit_left_ == 0;
    return stop ? finish(work, options, executor) : true;
  }
  if (!held_rows_.empty()) {
    const double error = held_out_error(training);
    session.metric("held_out", error);
    if (taken_ == 1 || error < best_error_) {
      best_error_ = error;
      best_step_ = taken_;
      best_ = cg_;
    }
    stop = stop || taken_ - best_step_ >= options.patience;
  }
  if (!stop) return true;
  if (!held_rows_.empty()) {
    cg_ = std::move(best_);
    best_ = {};
    if (options.refit) {
      refitting_ = 1;
      refit_left_ = best_step_;
      taken_ = 0;
      begin(work, centres.kernel(), training, options, executor);
      return true;
    }
  }
  return finish(work, options, executor);
}

// a = B beta, b = mean of y - (mean of k)'a.
template <class T>
bool NystromCg::finish(const NystromWork<T>& work, const CgOptions& options, Executor& executor) {
  const std::size_t m = work.centres(), targets = cg_.count();
  Vector a(m * targets);
  for (std::size_t t = 0; t < targets; ++t)
    std::copy_n(cg_.solution().data() + t * cg_.size(), m, a.data() + t * m);
  work.solve_gram_transposed(targets, a.data(), executor);
  work.solve_kernel_transposed(targets, a.data(), executor);
  intercept_ = means_;
  for (std::size_t t = 0; t < targets && options.intercept; ++t)
    intercept_[t] -= std::inner_product(mean_kernel_.begin(), mean_kernel_.end(), a.data() + t * m, 0.0);
  coefficients_ = transposed(targets, m, a.data(), m);
  return false;
}

template <class T>
Vector NystromCg::fitted(Session& session) {
  auto& work = *static_cast<NystromWork<T>*>(work_.get());
  SessionExecutor executor{session, 0.0, 1.0, "fitted values"};
  const std::size_t targets = intercept_.size(), n = work.stream().size();
  Vector values(targets * n);
  CrossOperator<T>& k = work.k();
  k.start(targets, coefficients_.data());
  work.stream().each([&](std::size_t first, const Rows& rows) {
    k.block(
        first, rows,
        [&](std::size_t row, const double* u) {
          for (std::size_t t = 0; t < targets; ++t) values[t * n + row] = u[t] + intercept_[t];
        },
        nullptr, executor);
  });
  return values;
}

void NystromCg::state(Archive& archive) {
  archive("cg", cg_);
  archive("best", best_);
  archive("held", held_);
  archive("held_rows", held_rows_);
  archive("means", means_);
  archive("mean_kernel", mean_kernel_);
  archive("sizes", sizes_);
  archive("taken", taken_);
  archive("best_step", best_step_);
  archive("refit_left", refit_left_);
  archive("best_error", best_error_);
  archive("refitting", refitting_);
  archive("converged", converged_);
  if (!archive.writing()) work_.reset();
}

#define ANSATZ_NYSTROM(T)                                                                       \
  template bool NystromCg::step(Session&, const KernelPoints<T>&, const Rows&, const Training&, \
                                const CgOptions&);                                              \
  template std::vector<double> NystromCg::fitted<T>(Session&);
ANSATZ_NYSTROM(double)
ANSATZ_NYSTROM(float)

}  // namespace ansatz::kernel_ridge
