#include "dual_cg.hpp"

#include <ansatz/num/error.hpp>
#include <ansatz/num/kernel_operator.hpp>
#include <ansatz/num/nystrom.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <type_traits>

#include "held_out.hpp"
#include "kernel_product.hpp"

namespace ansatz::kernel_ridge {
namespace {

using Vector = std::vector<double>;

// v -> K v + penalty W^-1 v; the second part is left out where the weight is 0, since v is 0 there.
template <class T>
class Dual final : public SymmetricOperator {
 public:
  Dual(KernelOperator<T>& k, double penalty) : k_{k}, penalty_{penalty} {}
  void set_weights(const Vector& weights) { weights_ = weights; }
  [[nodiscard]] std::size_t size() const override { return k_.size(); }

  void apply(std::size_t count, const double* x, double* y, Executor& executor) const override {
    k_.apply(count, x, y, executor);
    for (std::size_t c = 0; c < count; ++c) {
      for (std::size_t i = 0; i < size(); ++i) {
        if (weights_[i] > 0) y[c * size() + i] += penalty_ / weights_[i] * x[c * size() + i];
      }
    }
  }

 private:
  KernelProduct<T> k_;
  double penalty_;
  Vector weights_;
};

// M^-1 without weight on the constant: M^-1 r - u (1'M^-1 r) / (1'u), u = M^-1 1, so that all directions sum
// to 0.
class Constrained final : public SymmetricOperator {
 public:
  explicit Constrained(const SymmetricOperator& inner) : inner_{inner} {}
  // With `constrain` false it is M^-1 itself.
  void prepare(bool constrain, const Vector& weights, Executor& executor) {
    of_ones_.clear();
    weights_ = weights;
    if (!constrain) return;
    of_ones_.resize(size());
    const Vector ones(size(), 1.0);
    inner_.apply(1, ones.data(), of_ones_.data(), executor);
    sum_ = 0;
    for (const double value : of_ones_) sum_ += value;
  }
  [[nodiscard]] std::size_t size() const override { return inner_.size(); }
  void apply(std::size_t count, const double* x, double* y, Executor& executor) const override {
    if (of_ones_.empty()) return inner_.apply(count, x, y, executor);
    Vector centred(x, x + count * size());
    for (std::size_t c = 0; c < count; ++c) {
      double* own = centred.data() + c * size();
      double mean = 0, total = 0;
      for (std::size_t i = 0; i < size(); ++i) mean += weights_[i] * own[i], total += weights_[i];
      for (std::size_t i = 0; i < size(); ++i) own[i] -= mean / total;
    }
    inner_.apply(count, centred.data(), y, executor);
    for (std::size_t c = 0; c < count; ++c) {
      double* own = y + c * size();
      double total = 0;
      for (std::size_t i = 0; i < size(); ++i) total += own[i];
      for (std::size_t i = 0; i < size(); ++i) own[i] -= total / sum_ * of_ones_[i];
    }
  }

 private:
  const SymmetricOperator& inner_;
  Vector weights_, of_ones_;
  double sum_ = 0;
};

KernelStorage storage_for(std::size_t n, std::size_t element, const CgOptions& options) {
  if (options.fixed16) return KernelStorage::fixed16;
  const std::uint64_t bytes = element == 8 ? KernelOperator<double>::bytes(n, KernelStorage::full)
                                           : KernelOperator<float>::bytes(n, KernelStorage::full);
  return bytes <= options.memory ? KernelStorage::full : KernelStorage::none;
}

}  // namespace

template <class T>
class CgWork {
 public:
  CgWork(Session& session, const KernelPoints<T>& points, const Training& training, const CgOptions& options,
         const std::vector<std::uint8_t>& held, Executor& executor)
      : kernel_{points, storage_for(points.size(), sizeof(T), options)}, dual_{kernel_, training.penalty} {
    const std::size_t n = points.size();
    std::vector<std::uint64_t> rows;
    for (std::uint64_t i = 0; i < n; ++i) {
      if (held[i] == 0) rows.push_back(i);
    }
    std::vector<std::size_t> pivots;
    const std::size_t rank = std::min(options.rank, rows.size());
    for (const std::uint64_t i : session.rng("pivots").choice(rows.size(), rank)) pivots.push_back(rows[i]);
    std::ranges::sort(pivots);
    LargeBuffer<T> columns(std::max<std::size_t>(1, pivots.size()) * n, Pages::plain);
    kernel_.columns(pivots, columns.data(), n, executor);
    preconditioner_.emplace(pivots, std::move(columns), n);
    Vector diagonal(n);
    for (std::size_t i = 0; i < n; ++i) diagonal[i] = static_cast<double>(points.diagonal(i));
    shift_ = training.penalty + preconditioner_->mean_rest(diagonal, executor);
    constrained_.emplace(*preconditioner_);
  }

  // Rows that count now, with their weights: those before and new ones.
  void use(const Vector& weights, bool intercept, Executor& executor) {
    Vector added = weights;
    for (std::size_t i = 0; i < used_.size(); ++i) added[i] -= used_[i];
    preconditioner_->add_rows(added.data(), executor);
    used_ = weights;
    preconditioner_->factor(shift_, executor);
    constrained_->prepare(intercept, weights, executor);
    dual_.set_weights(weights);
  }

  [[nodiscard]] const SymmetricOperator& dual() const { return dual_; }
  [[nodiscard]] const SymmetricOperator& preconditioner() const { return *constrained_; }
  [[nodiscard]] double jitter() const { return preconditioner_->jitter(); }

 private:
  KernelOperator<T> kernel_;
  Dual<T> dual_;
  std::optional<NystromPreconditioner<T>> preconditioner_;
  std::optional<Constrained> constrained_;
  Vector used_;
  double shift_ = 0;
};

DualCg::DualCg() = default;
DualCg::~DualCg() = default;
DualCg::DualCg(DualCg&&) noexcept = default;
DualCg& DualCg::operator=(DualCg&&) noexcept = default;

void DualCg::start(Session& session, const Training& training, const CgOptions& options) {
  *this = DualCg{};
  const std::size_t n = training.chosen.size(), m = static_cast<std::size_t>(training.targets.values.rows());
  held_.assign(n, 0);
  for (const std::uint64_t i : draw_held_out(session, n, options.held_out)) held_[i] = 1;
  intercept_.assign(m, 0.0);
  begin(training);
}

void DualCg::begin(const Training& training) {
  const auto n = static_cast<std::size_t>(training.targets.values.cols()),
             m = static_cast<std::size_t>(training.targets.values.rows());
  cg_.start(n, m, {training.targets.values.data(), training.targets.values.data() + n * m});
  errors_ = cg_.residual();
}

std::vector<double> DualCg::active_weights(const Training& training) const {
  Vector weights = training.weights;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (held_[i] != 0 && !stopping_.refitting()) weights[i] = 0;
  }
  return weights;
}

// The residual of the solution is b 1 at the active rows; its mean there is b.
DualCg::Progress DualCg::measure(const Training& training, const CgOptions& options, const Vector& weights) {
  const std::size_t n = cg_.size(), m = cg_.count();
  Progress progress;
  errors_ = cg_.residual();
  double total = 0;
  for (const double w : weights) total += w;
  for (std::size_t t = 0; t < m; ++t) {
    const double* y = training.targets.values.data() + t * n;
    double* error = errors_.data() + t * n;
    const double* a = cg_.solution().data() + t * n;
    double b = 0, mean = 0, squares = 0, size = 0;
    if (options.intercept) {
      for (std::size_t i = 0; i < n; ++i) {
        b += weights[i] / total * error[i];
        mean += weights[i] / total * y[i];
      }
    }
    intercept_[t] = b;
    for (std::size_t i = 0; i < n; ++i) {
      error[i] -= b;
      squares += weights[i] * error[i] * error[i];
      size += weights[i] * (y[i] - mean) * (y[i] - mean);
      // So far the residual of the equations; of the function where the row counts: y - K a - b.
      if (weights[i] > 0) error[i] += training.penalty / weights[i] * a[i];
    }
    progress.residuals.push_back(size > 0 ? std::sqrt(squares / size) : 0.0);
    certificate_ =
        std::max(t == 0 ? 0.0 : certificate_, std::sqrt(squares) / (2 * std::sqrt(training.penalty)));
  }
  return progress;
}

double DualCg::held_out_error(const Training& training) const {
  const std::size_t n = cg_.size(), m = cg_.count();
  Vector y, errors;
  std::size_t held = 0;
  for (std::size_t i = 0; i < n; ++i) held += held_[i];
  for (std::size_t t = 0; t < m; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      if (held_[i] == 0) continue;
      y.push_back(training.targets.values.data()[t * n + i]);
      errors.push_back(errors_[t * n + i]);
    }
  }
  return mean_error(training.targets.labels(), m, held, y.data(), errors.data());
}

template <class T>
bool DualCg::step(Session& session, const KernelPoints<T>& points, const Training& training,
                  const CgOptions& options) {
  const double done = stopping_.progress(options), share = 1 / static_cast<double>(options.max_steps);
  SessionExecutor executor{session, done, std::min(1.0, done + share), "conjugate gradients"};
  if (!(training.penalty > 0)) {
    throw BadArgument(
        "kernel-ridge.fit: the cg solver needs a penalty above 0; for penalty 0 choose solver: exact");
  }
  const Vector weights = active_weights(training);
  if (!work_) {
    // After a resume in the same order as before it, which decides on the last digits.
    auto made = std::make_shared<CgWork<T>>(session, points, training, options, held_, executor);
    Vector first = training.weights;
    for (std::size_t i = 0; i < first.size(); ++i) first[i] *= held_[i] != 0 ? 0 : 1;
    made->use(first, options.intercept, executor);
    if (stopping_.refitting()) made->use(weights, options.intercept, executor);
    work_ = made;
    // Once: a resumed fit has said so before.
    if (made->jitter() > 0 && session.step() == 0) session.metric("jitter", made->jitter());
  }
  auto& work = *static_cast<CgWork<T>*>(work_.get());
  const Progress before = measure(training, options, weights);
  std::vector<std::uint8_t> active;
  for (const double residual : before.residuals) active.push_back(residual > options.tolerance ? 1 : 0);
  bool moved = false;
  try {
    moved = cg_.step(work.dual(), work.preconditioner(), active, executor, stopping_.last(options));
  } catch (const NumericalError& e) {
    throw NumericalError(
        std::string{"kernel-ridge.fit: with these kernel values K + penalty I does not work for conjugate "
                    "gradients: "} +
        e.what() + ".  Raise the penalty" + (std::is_same_v<T, float> ? ", or choose precision: f64" : ""));
  }
  const Progress now = measure(training, options, weights);
  StoppingRule::Step taken{*std::ranges::max_element(now.residuals), moved, {}};
  session.metric("residual", taken.residual);
  session.metric("certificate", certificate_);
  if (!stopping_.refitting() && std::ranges::find(held_, 1) != held_.end()) {
    taken.held_out = held_out_error(training);
    session.metric("held_out", *taken.held_out);
  }
  const StoppingRule::Next next = stopping_.after(taken, options, cg_);
  if (next == StoppingRule::Next::finish) return finish(training, options);
  if (next == StoppingRule::Next::refit) {
    begin(training);
    work.use(active_weights(training), options.intercept, executor);
  }
  return true;
}

bool DualCg::finish(const Training& training, const CgOptions& options) {
  measure(training, options, active_weights(training));
  work_.reset();
  return false;
}

void DualCg::state(Archive& archive) {
  archive("cg", cg_);
  archive("stopping", stopping_);
  archive("held", held_);
  archive("intercept", intercept_);
  archive("errors", errors_);
  archive("certificate", certificate_);
  if (!archive.writing()) work_.reset();
}

template bool DualCg::step(Session&, const KernelPoints<double>&, const Training&, const CgOptions&);
template bool DualCg::step(Session&, const KernelPoints<float>&, const Training&, const CgOptions&);

}  // namespace ansatz::kernel_ridge
