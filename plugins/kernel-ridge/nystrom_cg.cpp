#include "nystrom_cg.hpp"

#include <ansatz/num/error.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "held_out.hpp"
#include "nystrom_work.hpp"

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

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
    if (held_[row] == 0 || stopping_.refitting()) weights[row] = training.weights[i];
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
  work.kernel().solve(targets, right.data(), executor);
  work.solve_gram(targets, right.data(), executor);
  const std::size_t size = m + (stopping_.refitting() ? 0 : held_rows_.size());
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
  return mean_error(training.targets.labels(), targets, held, y.data(), errors.data());
}

template <class T>
bool NystromCg::step(Session& session, const KernelPoints<T>& centres, const Rows& rows,
                     const Training& training, const CgOptions& options) {
  const double done = stopping_.progress(options), share = 1 / static_cast<double>(options.max_steps);
  SessionExecutor executor{session, done, std::min(1.0, done + share), "conjugate gradients"};
  const Vector weights = active_weights(training);
  if (!work_) {
    auto made = std::make_shared<NystromWork<T>>(session, centres, rows, training, options, executor);
    work_ = made;
    // Once: a resumed fit has said so before.
    if (made->kernel().jitter() > 0 && session.step() == 0) session.metric("jitter", made->kernel().jitter());
    if (cg_.size() == 0) begin(*made, centres.kernel(), training, options, executor);
  }
  auto& work = *static_cast<NystromWork<T>*>(work_.get());
  std::vector<std::uint64_t> held = stopping_.refitting() ? std::vector<std::uint64_t>{} : held_rows_;
  const NormalEquations<T> normal{work, weights, mean_kernel_, held};
  std::vector<std::uint8_t> active;
  for (std::size_t t = 0; t < cg_.count(); ++t) {
    const double size = norm(cg_.residual().data() + t * cg_.size(), work.centres());
    active.push_back(size > options.tolerance * sizes_[t] ? 1 : 0);
  }
  bool moved = false;
  try {
    moved = cg_.step(normal, FirstPart{normal.size(), work.centres()}, active, executor);
  } catch (const NumericalError& e) {
    throw NumericalError(
        std::string{"kernel-ridge.fit: the penalty is below the rounding of the normal equations: "} +
        e.what() + ".  Raise the penalty, or take fewer centres or such as differ");
  }
  const Progress now = measure(work, training.penalty);
  session.metric("residual", now.residual);
  session.metric("certificate", now.certificate);
  StoppingRule::Step taken{now.residual, moved, {}};
  if (!held_rows_.empty() && !stopping_.refitting()) {
    taken.held_out = held_out_error(training);
    session.metric("held_out", *taken.held_out);
  }
  const StoppingRule::Next next = stopping_.after(taken, options, cg_);
  if (next == StoppingRule::Next::finish) return finish(work, options, executor);
  if (next == StoppingRule::Next::refit) begin(work, centres.kernel(), training, options, executor);
  return true;
}

// a = B beta, b = mean of y - (mean of k)'a.
template <class T>
bool NystromCg::finish(const NystromWork<T>& work, const CgOptions& options, Executor& executor) {
  const std::size_t m = work.centres(), targets = cg_.count();
  Vector a(m * targets);
  for (std::size_t t = 0; t < targets; ++t)
    std::copy_n(cg_.solution().data() + t * cg_.size(), m, a.data() + t * m);
  work.solve_gram_transposed(targets, a.data(), executor);
  work.kernel().solve_transposed(targets, a.data(), executor);
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

template <class T>
double NystromCg::jitter() const {
  return static_cast<const NystromWork<T>*>(work_.get())->kernel().jitter();
}

Training NystromCg::rows_that_count(const Training& training) const {
  const Vector weights = active_weights(training);
  Training rows;
  rows.all = training.all;
  rows.penalty = training.penalty;
  rows.penalty_unit = training.penalty_unit;
  for (const std::uint64_t i : training.chosen) {
    if (weights[i] == 0) continue;
    rows.chosen.push_back(i);
    rows.weights.push_back(weights[i]);
  }
  return rows;
}

void NystromCg::state(Archive& archive) {
  archive("cg", cg_);
  archive("stopping", stopping_);
  archive("held", held_);
  archive("held_rows", held_rows_);
  archive("means", means_);
  archive("mean_kernel", mean_kernel_);
  archive("sizes", sizes_);
  if (!archive.writing()) work_.reset();
}

#define ANSATZ_NYSTROM(T)                                                                       \
  template bool NystromCg::step(Session&, const KernelPoints<T>&, const Rows&, const Training&, \
                                const CgOptions&);                                              \
  template std::vector<double> NystromCg::fitted<T>(Session&);                                  \
  template double NystromCg::jitter<T>() const;
ANSATZ_NYSTROM(double)
ANSATZ_NYSTROM(float)

}  // namespace ansatz::kernel_ridge
