#include "retrieval.hpp"

#include <ansatz/bit_ports.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace ansatz::modern_hopfield {
namespace {

constexpr auto where = "modern-hopfield.continuous.retrieve";

}  // namespace

void Retrieval::read_mask(Session& session, std::uint64_t q, std::uint64_t d) {
  const auto values = session.values<bool>("mask");
  const bool one = session.shape("mask").size() == 1;
  if (values.size() != (one ? d : q * d)) {  // images have no dimension that the host could hold it against
    throw BadArgument(std::string{where} + ": 'mask' has " + std::to_string(values.size()) +
                      " elements; the patterns that were stored have " + std::to_string(d));
  }
  known_.resize(q * d);
  for (std::uint64_t k = 0; k < known_.size(); ++k) known_[k] = values[one ? k % d : k] ? 1 : 0;
}

void Retrieval::begin(Session& session, SoftmaxEnergy& energy, const RetrieveOptions& options) {
  *this = {};
  x_ = read_states(session, "x", where, energy.memory().columns(), options.temperature.precision);
  const auto q = static_cast<std::uint64_t>(x_.rows());
  if (session.has("mask")) read_mask(session, q, energy.memory().columns());
  done_.assign(q, 0);
  steps_.assign(q, 0);
  residual_.assign(q, 0);
  energy_.assign(q, 0);
  due_.assign(q, 0);
  error_.assign(q, 0);
  beta_ = resolve_beta(session, energy, options.temperature, where);
}

// An update that goes the share g of the way lowers the energy by at least (1/g - 1/2) times its squared length, among all
// elements or those that are not known: x.x / 2 is expanded exactly, and -soft maximum, which is concave, lies below its
// tangent (Yuille, Rangarajan 2003, "The concave-convex procedure").
void Retrieval::audit(std::uint64_t i, double now, double slack) const {
  if (steps_[i] == 0 || now <= energy_[i] - due_[i] + slack) return;
  std::ostringstream text;
  text.precision(17);
  text << where << ": update " << steps_[i] << " of state " << i << " took the energy from " << energy_[i]
       << " to " << now << ", where it had to fall by " << due_[i]
       << " at least: the audit failed, which is a fault of this program or of the machine";
  throw NumericalError(text.str());
}

bool Retrieval::step(Session& session, SoftmaxEnergy& energy, const RetrieveOptions& options) {
  if (session.step() == 0) begin(session, energy, options);
  const std::size_t d = energy.memory().columns();
  const auto q = static_cast<std::uint64_t>(x_.rows());
  if (static_cast<std::size_t>(x_.cols()) != d || done_.size() != q || !(beta_ > 0)) {
    throw BadState(std::string{where} + ": the states that were saved do not belong to these patterns");
  }
  // Values are read with the last update.
  const auto updates = static_cast<std::uint64_t>(options.updates) - (energy.memory().has_values() ? 1 : 0);
  if (updates == 0) {
    finish(session, energy, options);
    return false;
  }
  std::vector<std::uint64_t> moving;
  for (std::uint64_t i = 0; i < q; ++i) {
    if (done_[i] == 0) moving.push_back(i);
  }
  const std::vector<double> before = energy_;
  std::vector<double> patterns(q);
  for_states(session, moving.size(), [&](std::uint64_t first, std::uint64_t count, std::uint32_t worker) {
    std::vector<double> x(count * d), y(count * d), top(count), error(count);
    for (std::uint64_t k = 0; k < count; ++k) {
      std::copy_n(x_.data() + moving[first + k] * d, d, x.data() + k * d);
    }
    if (options.truncate > 0) {
      energy.truncated_update(x.data(), count, beta_, static_cast<std::size_t>(options.truncate), y.data(),
                              top.data(), error.data(), worker);
    } else {
      energy.update(x.data(), count, beta_, y.data(), top.data(), worker);
    }
    for (std::uint64_t k = 0; k < count; ++k) {
      const std::uint64_t i = moving[first + k];
      const double *from = x.data() + k * d, *to = y.data() + k * d;
      const double now = energy.energy(from, top[k]);
      if (options.energy) audit(i, now, energy.slack(from));
      patterns[i] = energy.effective_patterns(from, to, top[k], beta_);
      double square = 0;
      for (std::size_t j = 0; j < d; ++j) {
        if (!known_.empty() && known_[i * d + j] != 0) continue;
        const double move = options.damping * (to[j] - from[j]);
        x_.data()[i * d + j] = options.damping == 1 ? to[j] : from[j] + move;
        square += move * move;
      }
      energy_[i] = now;
      due_[i] = (1 / options.damping - 0.5) * square;
      residual_[i] = std::sqrt(square);
      error_[i] = std::max(error_[i], error[k]);
      ++steps_[i];
      done_[i] = options.tolerance > 0 && residual_[i] <= options.tolerance ? 1 : 0;
    }
  });
  tell(session, before, patterns);
  const bool all = std::all_of(done_.begin(), done_.end(), [](std::uint8_t done) { return done != 0; });
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(updates));
  if (!all && session.step() + 1 < updates) return true;
  finish(session, energy, options);
  return false;
}

void Retrieval::tell(Session& session, const std::vector<double>& before,
                     const std::vector<double>& patterns) {
  double mean = 0, rise = -std::numeric_limits<double>::infinity(), residual = 0, effective = 0, moved = 0;
  for (std::size_t i = 0; i < energy_.size(); ++i) {
    if (patterns[i] == 0) continue;  // it was done before
    ++moved;
    mean += energy_[i];
    effective += patterns[i];
    residual = std::max(residual, residual_[i]);
    if (steps_[i] > 1) rise = std::max(rise, energy_[i] - before[i]);
  }
  session.metric("energy", mean / moved);
  session.metric("residual", residual);
  session.metric("effective_patterns", effective / moved);
  if (std::isfinite(rise)) session.metric("rise", rise);
}

void Retrieval::finish(Session& session, SoftmaxEnergy& energy, const RetrieveOptions& options) {
  const Memory& memory = energy.memory();
  const std::size_t d = memory.columns(), v = memory.value_columns(), n = memory.size();
  const auto q = static_cast<std::uint64_t>(x_.rows());
  const bool values = memory.has_values();
  const auto y = session.out_values<double>("x", values ? Shape{q, v} : session.shape("x"));
  if (!values) copy_picture(session, "x", "x");
  const std::uint64_t k = std::min<std::uint64_t>(n, static_cast<std::uint64_t>(options.top));
  const auto weight = k > 0 ? session.out_values<double>("weight", {q, k}) : std::span<double>{};
  const auto index = k > 0 ? session.out_values<std::int64_t>("index", {q, k}) : std::span<std::int64_t>{};
  const auto match = k > 0 ? session.out_values<std::int64_t>("match", {q}) : std::span<std::int64_t>{};
  const auto energies = options.energy ? session.out_values<double>("energy", {q}) : std::span<double>{};
  for_states(session, q, [&](std::uint64_t first, std::uint64_t count, std::uint32_t worker) {
    const double* x = x_.data() + first * d;
    if (values) {
      energy.read(x, count, beta_, y.data() + first * v, worker);
    } else {
      std::copy_n(x, count * d, y.data() + first * d);
    }
    if (k == 0 && !options.energy) return;
    energy.products(x, count, worker, [&](std::size_t j, std::span<const double> s) {
      const std::uint64_t i = first + j;
      const double top = SoftmaxEnergy::soft_maximum(s, beta_);
      const Ranked ranked = best(s, k);
      if (k > 0) match[i] = static_cast<std::int64_t>(ranked.index[0]);
      for (std::uint64_t r = 0; r < k; ++r) {
        weight[i * k + r] = std::exp(beta_ * (ranked.dot[r] - top)) / static_cast<double>(n);
        index[i * k + r] = static_cast<std::int64_t>(ranked.index[r]);
      }
      if (!options.energy) return;
      energies[i] = energy.energy(x + j * d, top);
      // Fewer terms give a larger energy, so this one is within what the truncated one has to keep.
      audit(i, energies[i], energy.slack(x + j * d));
    });
  });
  std::copy(steps_.begin(), steps_.end(), session.out_values<std::int64_t>("steps", {q}).begin());
  if (values) {
    for (std::int64_t& steps : session.out_values<std::int64_t>("steps", {q})) ++steps;
  }
  std::copy(residual_.begin(), residual_.end(), session.out_values<double>("residual", {q}).begin());
  if (options.truncate > 0) {
    std::copy(error_.begin(), error_.end(), session.out_values<double>("error", {q}).begin());
  }
  session.out_attribute("steps", "beta", beta_);
}

void Retrieval::state(Archive& archive) {
  archive("x", x_, "q,d");
  archive("known", known_);
  archive("done", done_, "q");
  archive("steps", steps_, "q");
  archive("residual", residual_, "q");
  archive("energy", energy_, "q");
  archive("due", due_, "q");
  archive("error", error_, "q");
  archive("beta", beta_);
  if (archive.writing()) return;
  const auto all = static_cast<std::size_t>(x_.size());
  if (!known_.empty() && known_.size() != all) {
    throw BadState("the mask of the saved state does not belong to its states");
  }
}

}  // namespace ansatz::modern_hopfield
