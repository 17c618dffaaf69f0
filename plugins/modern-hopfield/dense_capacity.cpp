#include "dense_capacity.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ansatz::modern_hopfield {
namespace {

constexpr auto where = "modern-hopfield.dense.capacity";
constexpr std::uint64_t most_sweeps = 200;

double degree(DenseEnergy energy, std::int64_t power) {
  return energy == DenseEnergy::quadratic ? 2 : static_cast<double>(power);
}

// As a real number: it may be too large for a whole one.
double patterns_of(DenseEnergy energy, std::int64_t power, double load, std::int64_t n) {
  const auto neurons = static_cast<double>(n);
  const double unit = energy == DenseEnergy::exponential ? std::exp2(neurons / 2)
                                                         : std::pow(neurons, degree(energy, power) - 1);
  return std::max(1.0, std::round(load * unit));
}

void check_work(DenseEnergy energy, std::int64_t power, const DenseCapacityOptions& options) {
  if (options.n.empty() || options.loads.empty()) {
    throw BadArgument(std::string{where} + ": n and loads must each have at least one number");
  }
  double all = 0, most = 0;
  for (const std::int64_t n : options.n) {
    for (const double load : options.loads) {
      const double k = patterns_of(energy, power, load, n), bits = k * static_cast<double>(n);
      const double sweeps = options.sweeps == Sweeps::one ? 1 : 20;
      all += static_cast<double>(options.draws) *
             (bits / 2 + std::min(k, static_cast<double>(options.probes)) * sweeps * bits / 4);
      most = std::max(most, bits / 4 + 16 * k);
    }
  }
  std::ostringstream text;
  if (all > options.work * 1e6) {
    text << where << ": about " << all / 1e6 << " x 10^6 operations, where work allows " << options.work
         << ": set work to that, or take fewer neurons, loads, draws or probes";
    throw BadArgument(text.str());
  }
  if (most > 0x1p33) {
    text << where << ": the patterns of one draw take " << most << " bytes; take fewer neurons or loads";
    throw BadArgument(text.str());
  }
}

// Bits that are wrong after the sweeps from pattern mu, some bits flipped.
std::uint64_t recall(Session& session, const DenseMemory& memory, const DenseCapacityOptions& options,
                     std::uint64_t mu, std::uint64_t index) {
  const std::uint64_t n = memory.neurons();
  std::vector<std::int8_t> pattern(n);
  memory.patterns().unpack(mu, pattern);
  std::vector<std::int8_t> s = pattern;
  const auto flipped = static_cast<std::uint64_t>(std::llround(options.start * static_cast<double>(n)));
  for (const std::uint64_t i : session.rng("start", index).choice(n, flipped)) {
    s[i] = static_cast<std::int8_t>(-s[i]);
  }
  DenseState at{memory};
  at.start(s);
  DynamicsOptions dynamics;
  if (options.sweeps == Sweeps::one) dynamics.dynamics = Dynamics::synchronous;
  follow(at, s, dynamics, options.sweeps == Sweeps::one ? 1 : most_sweeps,
         [&](std::uint64_t number) { return session.rng("sweep", index * most_sweeps + number); });
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < n; ++i) wrong += s[i] != pattern[i] ? 1 : 0;
  return wrong;
}

// K at which the shares of wrong bits, by K, first pass `error`: between the logarithms of its neighbours; 0: nowhere.
double crossing(std::vector<std::pair<double, double>> points, double error) {
  std::sort(points.begin(), points.end());
  for (std::size_t l = 1; l < points.size(); ++l) {
    const auto [k0, e0] = points[l - 1];
    const auto [k1, e1] = points[l];
    if (e0 > error || e1 < error || e1 == e0) continue;
    return std::exp(std::log(k0) + (error - e0) / (e1 - e0) * (std::log(k1) - std::log(k0)));
  }
  return 0;
}

// Least squares slope of log y over log x.
double slope(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0, mean_y = 0, product = 0, square = 0;
  const auto count = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += std::log(x[i]) / count;
    mean_y += std::log(y[i]) / count;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    product += (std::log(x[i]) - mean_x) * (std::log(y[i]) - mean_y);
    square += (std::log(x[i]) - mean_x) * (std::log(x[i]) - mean_x);
  }
  return product / square;
}

}  // namespace

double first_step_error(DenseEnergy energy, std::int64_t power, double neurons, double patterns) {
  if (energy == DenseEnergy::exponential) return std::nan("");
  const double p = degree(energy, power);
  double factor = energy == DenseEnergy::rectified ? 0.5 : 1;  // times (2p - 3)!!
  for (double k = 2 * p - 3; k > 1; k -= 2) factor *= k;
  // In units of n^p, so that nothing overflows.
  const double mean = 1 - std::pow((neurons - 2) / neurons, p);
  const double deviation = std::sqrt(4 * p * p * factor * (patterns - 1) * std::pow(neurons, -p - 1));
  return deviation == 0 ? 0 : 0.5 * std::erfc(mean / deviation / std::sqrt(2.0));
}

bool DenseCapacity::step(Session& session, DenseEnergy energy, std::int64_t power,
                         const DenseCapacityOptions& options) {
  if (session.step() == 0) {
    check_work(energy, power, options);
    *this = {};
  }
  if (wrong_.size() != session.step() || exact_.size() != session.step()) {
    throw BadState(std::string{where} + ": the draws that were saved do not agree with the step");
  }
  const std::uint64_t draws = static_cast<std::uint64_t>(options.draws), loads = options.loads.size();
  const std::uint64_t all = draws * loads * options.n.size();
  const std::int64_t n = options.n[session.step() / draws / loads];
  const double load = options.loads[session.step() / draws % loads];
  const auto k = static_cast<std::uint64_t>(patterns_of(energy, power, load, n));
  BitMatrix patterns{k, static_cast<std::uint64_t>(n)};
  for (std::uint64_t mu = 0; mu < k; ++mu) {
    Rng random = session.rng("patterns", session.step() << 32 | mu);
    patterns.draw_row(mu, random);
  }
  const DenseMemory memory{std::move(patterns), energy, power};
  const std::uint64_t probes = std::min(k, static_cast<std::uint64_t>(options.probes));
  std::vector<std::uint64_t> wrong(probes);
  session.parallel_for(probes, [&](std::uint64_t mu, std::uint32_t) {
    if (session.cancelled()) return;
    wrong[mu] = recall(session, memory, options, mu,
                       session.step() * static_cast<std::uint64_t>(options.probes) + mu);
  });
  session.check_cancelled();
  double bits = 0, whole = 0;
  for (const std::uint64_t count : wrong) {
    bits += static_cast<double>(count);
    whole += count == 0 ? 1 : 0;
  }
  wrong_.push_back(bits / static_cast<double>(probes) / static_cast<double>(n));
  exact_.push_back(whole / static_cast<double>(probes));
  session.metric("bit_error_of_draw", wrong_.back());
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(all));
  if (session.step() + 1 < all) return true;
  finish(session, energy, power, options);
  return false;
}

void DenseCapacity::finish(Session& session, DenseEnergy energy, std::int64_t power,
                           const DenseCapacityOptions& options) const {
  const std::uint64_t sizes = options.n.size(), loads = options.loads.size();
  const auto draws = static_cast<std::size_t>(options.draws);
  const auto put = [&](const char* port) { return session.out_values<double>(port, {sizes, loads}); };
  const auto count = put("patterns"), error = put("bit_error"), low = put("low"), high = put("high"),
             exact = put("exact");
  const bool known =
      energy != DenseEnergy::exponential && options.start == 0 && options.sweeps == Sweeps::one;
  const auto theory = known ? put("theory") : std::span<double>{};
  const auto neurons = session.out_values<std::int64_t>("neurons", {sizes});
  const auto capacity = session.out_values<double>("capacity", {sizes});
  std::vector<double> x, y;
  for (std::uint64_t c = 0; c < sizes; ++c) {
    std::vector<std::pair<double, double>> points;
    for (std::uint64_t l = 0; l < loads; ++l) {
      const std::uint64_t at = c * loads + l;
      const double* own = wrong_.data() + at * draws;
      double mean = 0, square = 0, whole = 0;
      for (std::size_t i = 0; i < draws; ++i) {
        mean += own[i] / static_cast<double>(draws);
        whole += exact_[at * draws + i];
      }
      for (std::size_t i = 0; i < draws; ++i) square += (own[i] - mean) * (own[i] - mean);
      const double deviation =
          draws < 2 ? 0 : std::sqrt(square / static_cast<double>(draws - 1) / static_cast<double>(draws));
      count[at] = patterns_of(energy, power, options.loads[l], options.n[c]);
      error[at] = mean;
      low[at] = mean - 1.96 * deviation;
      high[at] = mean + 1.96 * deviation;
      exact[at] = whole / static_cast<double>(draws);
      points.emplace_back(count[at], mean);
      if (known) theory[at] = first_step_error(energy, power, static_cast<double>(options.n[c]), count[at]);
    }
    neurons[c] = options.n[c];
    capacity[c] = crossing(std::move(points), options.error);
    if (capacity[c] > 0) x.push_back(static_cast<double>(options.n[c])), y.push_back(capacity[c]);
  }
  session.out_attribute("low", "level", 0.95);
  if (std::adjacent_find(x.begin(), x.end(), std::not_equal_to<>{}) != x.end()) {
    session.out_scalar("slope", slope(x, y));
  }
}

void DenseCapacity::state(Archive& archive) {
  archive("wrong", wrong_, "draws");
  archive("exact", exact_, "draws");
}

}  // namespace ansatz::modern_hopfield
