#include "lagrangian_model.hpp"

#include <ansatz/bit_ports.hpp>
#include <ansatz/num/dormand_prince.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace ansatz::modern_hopfield {
namespace {

constexpr auto where = "modern-hopfield.lagrangian.retrieve";
constexpr double slack = 1e-10;     // of the size of an energy's parts
constexpr int most_tries = 100000;  // of the integrator within one step_size

Matrix<double> patterns_of(const Memory& memory, const std::string& place) {
  if (memory.size() == 0) throw BadState(place + ": there are no patterns; store at least one");
  Matrix<double> x(static_cast<Eigen::Index>(memory.size()), static_cast<Eigen::Index>(memory.columns()));
  for (std::size_t i = 0; i < memory.size(); ++i)
    memory.copy_pattern(i, x.row(static_cast<Eigen::Index>(i)).data());
  return x;
}

// Follows one state, and what its energy does.
class Follower {
 public:
  Follower(const LagrangianNetwork& network, const LagrangianOptions& config, const IntegrateOptions& options,
           std::uint64_t number, std::span<double> y)
      : network_{network},
        options_{options},
        number_{number},
        y_{y},
        next_(y.size()),
        energy_{network.energy(y)} {
    // Smooth time makes it fall; so does Euler where a step is no more than an update of the softmax memory.
    falls_ = options.method == Method::rk45 ||
             (config.kind == Kind::B && config.tau_hidden == 0 && options.step_size <= config.tau_visible);
  }

  void euler() {
    std::vector<double> dy(y_.size());
    network_.derivative(y_, dy);
    for (std::size_t i = 0; i < y_.size(); ++i) next_[i] = y_[i] + options_.step_size * dy[i];
    accept();
  }
  // Over step_size, dt at first; leaves what dt should come next.
  void adaptive(Session& session, double& dt) {
    DormandPrince method{y_.size()};
    const double end = options_.step_size, least = 1e-12 * end;
    int tries = 0;
    for (double t = 0; t < end && !session.cancelled();) {
      if (++tries > most_tries) refuse_to_creep();
      const double own = std::min(dt, end - t);
      const double error =
          method.step([&](std::span<const double> y, std::span<double> dy) { network_.derivative(y, dy); },
                      own, options_.tolerance, y_, next_);
      if (error <= 1 || own <= least) {
        accept();
        t += own;
        if (end - t <= least) t = end;
      }
      // Fifth order; a step cut short by the end says nothing against a longer one.
      const double factor = error > 0 ? std::clamp(0.9 * std::pow(error, -0.2), 0.2, 5.0) : 5.0;
      if (!(error <= 1) || own == dt)
        dt = std::max(least, std::min(end, std::isfinite(factor) ? own * factor : own / 5));
    }
  }
  [[nodiscard]] double energy() const { return energy_.value; }
  [[nodiscard]] double rise() const { return rise_; }

 private:
  [[noreturn]] void refuse_to_creep() const {
    std::ostringstream text;
    text << where << ": " << most_tries << " steps of the integrator did not take state " << number_
         << " (counted from 0) through a step_size of " << options_.step_size
         << ": the time constants are far apart; take tau_hidden 0 (always settled), a smaller step_size or "
            "a larger "
            "tolerance";
    throw NumericalError(text.str());
  }
  void accept() {
    const LagrangianNetwork::Energy now = network_.energy(next_);
    std::ostringstream text;
    text.precision(17);
    if (!std::isfinite(now.value)) {
      text << where << ": the energy of state " << number_
           << " (counted from 0) overflows; scale patterns and states, or take a smaller power or step_size";
      throw NumericalError(text.str());
    }
    const double size = std::max(now.magnitude, energy_.magnitude);
    rise_ = std::max(rise_, now.value - energy_.value);
    if (falls_ && now.value > energy_.value + slack * size) {
      text << where << ": a step took the energy of state " << number_ << " (counted from 0) from "
           << energy_.value << " to " << now.value
           << ", where it may not rise: the audit failed; a smaller tolerance makes steps more exact";
      throw NumericalError(text.str());
    }
    energy_ = now;
    std::copy(next_.begin(), next_.end(), y_.begin());
  }

  const LagrangianNetwork& network_;
  const IntegrateOptions& options_;
  std::uint64_t number_;
  std::span<double> y_;
  std::vector<double> next_;
  LagrangianNetwork::Energy energy_;
  double rise_ = -std::numeric_limits<double>::infinity();
  bool falls_ = false;
};

std::span<const double> input_of(Session& session, std::size_t columns) {
  if (!session.has("input")) return {};
  const auto input = session.values<double>("input");
  if (input.size() == columns) return input;
  throw BadArgument(std::string{where} + ": 'input' has " + std::to_string(input.size()) +
                    " elements; the patterns that were stored have " + std::to_string(columns));
}

double speed_of(const LagrangianNetwork& network, std::span<const double> y) {
  std::vector<double> dy(y.size());
  network.derivative(y, dy);
  return Eigen::Map<const Eigen::VectorXd>(dy.data(), static_cast<Eigen::Index>(network.visible())).norm();
}

}  // namespace

void LagrangianModel::store(Session& session) { memory_.store(session, "modern-hopfield.lagrangian.store"); }

void LagrangianModel::begin(Session& session, const Matrix<double>& patterns) {
  const Matrix<double> x = read_states(session, "x", where, memory_.columns(), Precision::f64);
  const LagrangianNetwork network{patterns, config, input_of(session, memory_.columns())};
  const auto d = static_cast<Eigen::Index>(network.visible()), n = static_cast<Eigen::Index>(network.size());
  y_.resize(x.rows(), n);
  y_.leftCols(d) = x;
  trace_.clear();
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    double* row = y_.row(i).data();
    if (n > d) network.settle({row, network.visible()}, {row + d, network.hidden()});
    trace_.push_back(network.energy({row, network.size()}).value);
    if (std::isfinite(trace_.back())) continue;
    throw NumericalError(std::string{where} + ": the energy of state " + std::to_string(i) +
                         " (counted from 0) overflows; scale patterns and states, or take a smaller power");
  }
  dt_.assign(static_cast<std::size_t>(x.rows()), 0);
  rise_ = -std::numeric_limits<double>::infinity();
}

bool LagrangianModel::retrieve(Session& session, const IntegrateOptions& options) {
  const Matrix<double> patterns = patterns_of(memory_, where);
  if (session.step() == 0) begin(session, patterns);
  const LagrangianNetwork network{patterns, config, input_of(session, memory_.columns())};
  const std::uint64_t q = dt_.size(), size = network.size(), d = network.visible(), n = network.hidden();
  if (q == 0 || static_cast<std::uint64_t>(y_.rows()) != q || static_cast<std::uint64_t>(y_.cols()) != size ||
      trace_.size() != (session.step() + 1) * q) {
    throw BadState(std::string{where} + ": the states that were saved do not belong to these patterns");
  }
  std::vector<double> now(q), rise(q);
  session.parallel_for(q, [&](std::uint64_t i, std::uint32_t) {
    if (session.cancelled()) return;
    Follower follower{network, config, options, i, {y_.data() + i * size, size}};
    if (!(dt_[i] > 0 && dt_[i] <= options.step_size)) dt_[i] = options.step_size;
    options.method == Method::euler ? follower.euler() : follower.adaptive(session, dt_[i]);
    now[i] = follower.energy();
    rise[i] = follower.rise();
  });
  session.check_cancelled();
  trace_.insert(trace_.end(), now.begin(), now.end());
  double mean = 0;
  for (std::uint64_t i = 0; i < q; ++i) mean += now[i] / static_cast<double>(q);
  rise_ = std::max(rise_, *std::max_element(rise.begin(), rise.end()));
  session.metric("energy", mean);
  session.metric("rise", *std::max_element(rise.begin(), rise.end()));
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(options.steps));
  if (session.step() + 1 < static_cast<std::uint64_t>(options.steps)) return true;
  session.out<double>("x", session.shape("x")) = y_.leftCols(static_cast<Eigen::Index>(d));
  copy_picture(session, "x", "x");
  const auto hidden = session.out_values<double>("hidden", {q, n}),
             speed = session.out_values<double>("speed", {q});
  for (std::uint64_t i = 0; i < q; ++i) {
    const std::span<const double> y{y_.data() + i * size, size};
    if (size > d) {
      std::copy(y.begin() + static_cast<std::ptrdiff_t>(d), y.end(),
                hidden.begin() + static_cast<std::ptrdiff_t>(i * n));
    } else {
      network.settle(y, hidden.subspan(i * n, n));
    }
    speed[i] = speed_of(network, y);
  }
  std::copy(trace_.begin(), trace_.end(),
            session.out_values<double>("energy", {trace_.size() / q, q}).begin());
  session.out_scalar("rise", rise_);
  return false;
}

void LagrangianModel::evaluate(Session& session) {
  constexpr auto place = "modern-hopfield.lagrangian.evaluate";
  const Matrix<double> patterns = patterns_of(memory_, place),
                       x = read_states(session, "x", place, memory_.columns(), Precision::f64);
  LagrangianOptions settled = config;
  settled.tau_hidden = 0;
  const LagrangianNetwork network{patterns, settled, {}};
  const auto q = static_cast<std::uint64_t>(x.rows()), n = static_cast<std::uint64_t>(network.hidden());
  const auto energy = session.out_values<double>("energy", {q}),
             hidden = session.out_values<double>("hidden", {q, n}),
             speed = session.out_values<double>("speed", {q});
  session.parallel_for(q, [&](std::uint64_t i, std::uint32_t) {
    if (session.cancelled()) return;
    const std::span<const double> v{x.data() + i * network.visible(), network.visible()};
    energy[i] = network.energy(v).value;
    network.settle(v, hidden.subspan(i * n, n));
    speed[i] = speed_of(network, v);
    if (std::isfinite(energy[i]) && std::isfinite(speed[i])) return;
    throw NumericalError(std::string{place} + ": the energy of state " + std::to_string(i) +
                         " (counted from 0) overflows; scale patterns and states, or take a smaller power");
  });
  session.check_cancelled();
}

void LagrangianModel::state(Archive& archive) {
  archive("memory", memory_);
  archive("y", y_);
  archive("trace", trace_);
  archive("dt", dt_);
  archive("rise", rise_);
}

}  // namespace ansatz::modern_hopfield
