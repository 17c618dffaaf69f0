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

std::vector<std::int64_t> neurons_of(Session& session, const DenseCapacityOptions& options) {
  if (options.ensemble != DenseEnsemble::given) return options.n;
  if (!session.has("x")) throw BadArgument(std::string{where} + ": ensemble: given needs the input 'x'");
  return {static_cast<std::int64_t>(flat_columns(session, "x"))};
}

void check_work(Session& session, DenseEnergy energy, std::int64_t power,
                const DenseCapacityOptions& options) {
  const std::vector<std::int64_t> sizes = neurons_of(session, options);
  if (sizes.empty() || options.loads.empty()) {
    throw BadArgument(std::string{where} + ": n and loads must each have at least one number");
  }
  const bool given = options.ensemble == DenseEnsemble::given;
  if (!given && session.has("x")) {
    throw BadArgument(std::string{where} + ": input 'x' is for ensemble: given alone; leave it unwired");
  }
  double all = 0, most = 0;
  for (const std::int64_t n : sizes) {
    for (const double load : options.loads) {
      const double k = patterns_of(energy, power, load, n), bits = k * static_cast<double>(n);
      if (given && k > static_cast<double>(session.shape("x")[0])) {
        std::ostringstream text;
        text << where << ": a load of " << load << " is " << k << " patterns of " << n
             << " neurons, but 'x' has " << session.shape("x")[0] << " rows";
        throw BadArgument(text.str());
      }
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

BitMatrix draw(Session& session, const DenseCapacityOptions& options, Coding coding, std::uint64_t k,
               std::uint64_t n) {
  BitMatrix patterns{k, n};
  if (options.ensemble == DenseEnsemble::given) {
    const BitMatrix rows = read_bits(session, "x", where, coding).bits;
    const auto chosen = session.rng("rows", session.step()).choice(rows.rows(), k);
    for (std::uint64_t mu = 0; mu < k; ++mu) {
      std::copy_n(rows.row(chosen[mu]), rows.words(), patterns.row(mu));
    }
    return patterns;
  }
  const double agreeing = 0.5 + 0.5 * std::sqrt(options.correlation);
  for (std::uint64_t mu = 0; mu < k; ++mu) {
    Rng random = session.rng("patterns", session.step() << 32 | mu);
    if (options.ensemble == DenseEnsemble::cube) {
      patterns.draw_row(mu, random);
    } else {
      // The common one may be any: energies see products alone.  Here it is 1, ..., 1.
      for (std::uint64_t i = 0; i < n; ++i) patterns.set(mu, i, random.uniform() < agreeing);
    }
  }
  return patterns;
}

struct Recall {
  std::uint64_t wrong = 0;  // bits
  bool recalled = false;
};

// What the sweeps make of a cue of pattern mu.
Recall recall(Session& session, const DenseMemory& memory, const DenseCapacityOptions& options,
              std::uint64_t mu, std::uint64_t index) {
  const std::uint64_t n = memory.neurons();
  std::vector<std::int8_t> pattern(n);
  memory.patterns().unpack(mu, pattern);
  std::vector<std::int8_t> s = pattern;
  make_cue(options.cue, options.cue == Cue::half ? 0.5 : options.start, s, session.rng("start", index));
  DenseState at{memory};
  at.start(s);
  DynamicsOptions dynamics;
  if (options.sweeps == Sweeps::one) dynamics.dynamics = Dynamics::synchronous;
  follow(at, s, dynamics, options.sweeps == Sweeps::one ? 1 : most_sweeps,
         [&](std::uint64_t number) { return session.rng("sweep", index * most_sweeps + number); });
  Recall result;
  for (std::uint64_t i = 0; i < n; ++i) result.wrong += s[i] != pattern[i] ? 1 : 0;
  result.recalled = recalls(options.criterion, options.distance, s, pattern, at);
  return result;
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

bool DenseCapacity::step(Session& session, DenseEnergy energy, std::int64_t power, Coding coding,
                         const DenseCapacityOptions& options) {
  if (session.step() == 0) {
    check_work(session, energy, power, options);
    *this = {};
  }
  if (wrong_.size() != session.step() || exact_.size() != session.step() ||
      recalled_.size() != session.step()) {
    throw BadState(std::string{where} + ": the draws that were saved do not agree with the step");
  }
  const std::uint64_t draws = static_cast<std::uint64_t>(options.draws), loads = options.loads.size();
  const std::vector<std::int64_t> sizes = neurons_of(session, options);
  const std::uint64_t all = draws * loads * sizes.size();
  const std::int64_t n = sizes[session.step() / draws / loads];
  const double load = options.loads[session.step() / draws % loads];
  const auto k = static_cast<std::uint64_t>(patterns_of(energy, power, load, n));
  const DenseMemory memory{draw(session, options, coding, k, static_cast<std::uint64_t>(n)), energy, power};
  const std::uint64_t probes = std::min(k, static_cast<std::uint64_t>(options.probes));
  std::vector<Recall> results(probes);
  session.parallel_for(probes, [&](std::uint64_t mu, std::uint32_t) {
    if (session.cancelled()) return;
    results[mu] = recall(session, memory, options, mu,
                         session.step() * static_cast<std::uint64_t>(options.probes) + mu);
  });
  session.check_cancelled();
  double bits = 0, whole = 0, recalled = 0;
  for (const Recall& result : results) {
    bits += static_cast<double>(result.wrong);
    whole += result.wrong == 0 ? 1 : 0;
    recalled += result.recalled ? 1 : 0;
  }
  wrong_.push_back(bits / static_cast<double>(probes) / static_cast<double>(n));
  exact_.push_back(whole / static_cast<double>(probes));
  recalled_.push_back(recalled / static_cast<double>(probes));
  session.metric("bit_error_of_draw", wrong_.back());
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(all));
  if (session.step() + 1 < all) return true;
  finish(session, energy, power, options);
  return false;
}

void DenseCapacity::finish(Session& session, DenseEnergy energy, std::int64_t power,
                           const DenseCapacityOptions& options) const {
  const std::vector<std::int64_t> n = neurons_of(session, options);
  const std::uint64_t sizes = n.size(), loads = options.loads.size();
  const auto draws = static_cast<std::size_t>(options.draws);
  const auto put = [&](const char* port) { return session.out_values<double>(port, {sizes, loads}); };
  const auto count = put("patterns"), error = put("bit_error"), low = put("low"), high = put("high"),
             exact = put("exact"), recalled = put("recalled");
  const bool known = energy != DenseEnergy::exponential && options.ensemble == DenseEnsemble::cube &&
                     options.cue != Cue::half && options.start == 0 && options.sweeps == Sweeps::one;
  const auto theory = known ? put("theory") : std::span<double>{};
  const auto neurons = session.out_values<std::int64_t>("neurons", {sizes});
  const auto capacity = session.out_values<double>("capacity", {sizes});
  std::vector<double> x, y;
  for (std::uint64_t c = 0; c < sizes; ++c) {
    std::vector<std::pair<double, double>> points;
    for (std::uint64_t l = 0; l < loads; ++l) {
      const std::uint64_t at = c * loads + l;
      const double* own = wrong_.data() + at * draws;
      double mean = 0, square = 0, whole = 0, back = 0;
      for (std::size_t i = 0; i < draws; ++i) {
        mean += own[i] / static_cast<double>(draws);
        whole += exact_[at * draws + i];
        back += recalled_[at * draws + i];
      }
      for (std::size_t i = 0; i < draws; ++i) square += (own[i] - mean) * (own[i] - mean);
      const double deviation =
          draws < 2 ? 0 : std::sqrt(square / static_cast<double>(draws - 1) / static_cast<double>(draws));
      count[at] = patterns_of(energy, power, options.loads[l], n[c]);
      error[at] = mean;
      low[at] = mean - 1.96 * deviation;
      high[at] = mean + 1.96 * deviation;
      exact[at] = whole / static_cast<double>(draws);
      recalled[at] = back / static_cast<double>(draws);
      points.emplace_back(count[at], mean);
      if (known) theory[at] = first_step_error(energy, power, static_cast<double>(n[c]), count[at]);
    }
    neurons[c] = n[c];
    capacity[c] = crossing(std::move(points), options.error);
    if (capacity[c] > 0) x.push_back(static_cast<double>(n[c])), y.push_back(capacity[c]);
  }
  session.out_attribute("low", "level", 0.95);
  if (std::adjacent_find(x.begin(), x.end(), std::not_equal_to<>{}) != x.end()) {
    session.out_scalar("slope", slope(x, y));
  }
}

void DenseCapacity::state(Archive& archive) {
  archive("wrong", wrong_, "draws");
  archive("exact", exact_, "draws");
  archive("recalled", recalled_, "draws");
}

}  // namespace ansatz::modern_hopfield
