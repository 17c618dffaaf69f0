#include "capacity.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "dynamics.hpp"
#include "theory.hpp"

namespace ansatz::hopfield {
namespace {

constexpr std::uint64_t most_sweeps = 200;

std::uint64_t patterns_of(double load, std::int64_t n) {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(load * static_cast<double>(n))));
}

// Operations of all draws, roughly: learning, and 20 sweeps a probe (200 where an asymmetric network may not settle).
double operations(const Config& config, const CapacityOptions& options) {
  const auto n = static_cast<double>(options.n);
  double sum = 0;
  for (const double load : options.loads) {
    const auto p = static_cast<double>(patterns_of(load, options.n));
    const bool packed = config.rule == Rule::hebb && config.decay == 0 &&
                        config.representation != Representation::dense &&
                        config.representation != Representation::int8;
    double learn = packed ? n * p : n * n * p;
    if (config.rule == Rule::pseudo_inverse) learn = 4 * n * p * std::min(n, p) + n * n * std::min(n, p);
    if (config.rule == Rule::storkey || config.rule == Rule::storkey_2) learn = 4 * n * n * p;
    if (config.rule == Rule::dreaming) learn = n * p * p + p * p * p / 3 + n * n * p;
    if (is_perceptron(config.rule)) learn = n * p * p * static_cast<double>(config.epochs);
    if (is_fit(config.rule)) learn = 4 * n * n * p * static_cast<double>(config.epochs);
    if (is_sampled(config))
      learn = 12 * n * n * static_cast<double>(config.samples) * static_cast<double>(config.epochs);
    double sweeps = options.sweeps == Sweeps::one ? 1 : 20;
    if (!is_symmetric(config) && options.sweeps != Sweeps::one) sweeps = most_sweeps;
    const double probes = std::min(p, static_cast<double>(options.probes));
    sum += static_cast<double>(options.draws) * (learn + probes * sweeps * (packed ? n * p / 16 : n * n));
  }
  return sum;
}

void check_work(const Config& config, const CapacityOptions& options) {
  if (options.loads.empty()) throw BadArgument("hopfield.capacity: loads is empty; give at least one load");
  if (const double all = operations(config, options); all > options.work * 1e9) {
    std::ostringstream text;
    text << "hopfield.capacity: about " << std::ceil(all / 1e8) / 10
         << " x 10^9 operations, where work allows " << options.work
         << ": set work to that, or take fewer neurons, loads, draws, probes or epochs";
    throw BadArgument(text.str());
  }
  const double most = *std::max_element(options.loads.begin(), options.loads.end());
  const double bytes = static_cast<double>(patterns_of(most, options.n)) * static_cast<double>(options.n) / 8;
  if (bytes > static_cast<double>(config.memory) * 0x1p20) {
    throw BadArgument(
        "hopfield.capacity: the patterns take " + std::to_string(static_cast<std::uint64_t>(bytes)) +
        " bytes, more than memory allows (" + std::to_string(config.memory) + " MiB): raise memory");
  }
}

// From a pattern, some bits flipped, to where the dynamics end; the number of bits that are right.
std::uint64_t recall(Session& session, const FieldMaker& maker, const CapacityOptions& options,
                     std::uint64_t mu, std::uint64_t index) {
  const Network& network = maker.network();
  const std::uint64_t n = network.neurons();
  std::vector<std::int8_t> pattern(n);
  network.pattern(mu, pattern);
  std::vector<std::int8_t> s = pattern;
  if (const double* share = std::get_if<double>(&options.start)) {
    const auto count = static_cast<std::uint64_t>(std::llround(*share * static_cast<double>(n)));
    for (const std::uint64_t i : session.rng("start", index).choice(n, count)) {
      s[i] = static_cast<std::int8_t>(-s[i]);
    }
  }
  const auto fields = maker.make();
  fields->start(s);
  DynamicsOptions dynamics;
  if (options.sweeps == Sweeps::one) dynamics.dynamics = Dynamics::synchronous;
  const std::uint64_t sweeps = options.sweeps == Sweeps::one ? 1 : most_sweeps;
  for (std::uint64_t number = 0; number < sweeps && !session.cancelled(); ++number) {
    if (sweep(network, *fields, s, dynamics, number, {}, session.rng("sweep", index * most_sweeps + number))
            .flips == 0) {
      break;
    }
  }
  std::uint64_t right = 0;
  for (std::uint64_t i = 0; i < n; ++i) right += s[i] == pattern[i] ? 1 : 0;
  return right;
}

}  // namespace

bool Capacity::step(Session& session, const Config& config, const CapacityOptions& options) {
  if (session.step() == 0) {
    check_work(config, options);
    *this = {};
  }
  if (overlap_.size() != session.step() || exact_.size() != session.step()) {
    throw BadState("hopfield.capacity: the draws that were saved do not agree with the step");
  }
  const auto draws = static_cast<std::uint64_t>(options.draws), n = static_cast<std::uint64_t>(options.n);
  const std::uint64_t all = draws * options.loads.size();
  const double load = options.loads[session.step() / draws];
  const std::uint64_t p = patterns_of(load, options.n);
  Network network;
  network.bits = BitMatrix{n, p};
  for (std::uint64_t i = 0; i < n; ++i) {
    Rng random = session.rng("patterns", session.step() << 32 | i);
    network.bits.draw_row(i, random);
  }
  network.coding = config.coding == Coding::binary ? Coding::binary : Coding::sign;
  Learning learning;
  SessionExecutor<Session> executor{session};
  learning.begin(config, network, 0);
  const auto random = [&](const char* stream, std::uint64_t number) {
    return session.rng(stream, session.step() << 40 | number);
  };
  while (learning.step(config, network, executor, random)) session.check_cancelled();
  const FieldMaker maker{network};
  const std::uint64_t probes = std::min(p, static_cast<std::uint64_t>(options.probes));
  std::vector<std::uint64_t> right(probes);
  session.parallel_for(probes, [&](std::uint64_t k, std::uint32_t) {
    right[k] =
        recall(session, maker, options, k, session.step() * static_cast<std::uint64_t>(options.probes) + k);
  });
  session.check_cancelled();
  double bits = 0, whole = 0;
  for (const std::uint64_t count : right) {
    bits += static_cast<double>(count);
    whole += count == n ? 1 : 0;
  }
  const double share = bits / static_cast<double>(probes * n);
  overlap_.push_back(2 * share - 1);
  if (options.criterion == Criterion::bits) exact_.push_back(share);
  if (options.criterion == Criterion::pattern) exact_.push_back(whole / static_cast<double>(probes));
  if (options.criterion == Criterion::all) exact_.push_back(whole == static_cast<double>(probes) ? 1 : 0);
  session.metric("overlap_of_draw", overlap_.back());
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(all));
  if (session.step() + 1 < all) return true;
  finish(session, config, options);
  return false;
}

void Capacity::finish(Session& session, const Config& config, const CapacityOptions& options) const {
  const std::uint64_t count = options.loads.size();
  const auto draws = static_cast<std::size_t>(options.draws);
  const auto put = [&](const char* port) { return session.out_values<double>(port, {count}); };
  const auto load = put("load"), overlap = put("overlap"), error = put("bit_error"), exact = put("exact");
  const auto low = put("low"), high = put("high");
  const bool from_pattern = std::holds_alternative<Start>(options.start);
  const bool known =
      from_pattern && config.diagonal == Diagonal::zero && config.decay == 0 &&
      (config.rule == Rule::hebb || (config.rule == Rule::dreaming && config.dream_time == 0)) &&
      (config.thresholds == Thresholds::matched || config.coding != Coding::binary);
  const auto theory = known ? put("theory") : std::span<double>{};
  bool all = true;
  double kept = 0;
  for (std::size_t l = 0; l < count; ++l) {
    const double* m = overlap_.data() + l * draws;
    double mean = 0, square = 0, right = 0;
    for (std::size_t d = 0; d < draws; ++d) {
      mean += m[d] / static_cast<double>(draws);
      right += exact_[l * draws + d] / static_cast<double>(draws);
    }
    for (std::size_t d = 0; d < draws; ++d) square += (m[d] - mean) * (m[d] - mean);
    const double error_of_mean =
        draws < 2 ? 0 : std::sqrt(square / static_cast<double>(draws - 1) / static_cast<double>(draws));
    load[l] = static_cast<double>(patterns_of(options.loads[l], options.n)) / static_cast<double>(options.n);
    overlap[l] = mean;
    error[l] = (1 - mean) / 2;
    exact[l] = right;
    all = all && right >= 0.5;
    if (all) kept = load[l];
    low[l] = mean - 1.96 * error_of_mean;
    high[l] = mean + 1.96 * error_of_mean;
    if (!known) continue;
    theory[l] =
        options.sweeps == Sweeps::one ? 1 - 2 * first_step_error(load[l]) : zero_temperature_overlap(load[l]);
  }
  session.out_scalar("kept", kept);
  session.out_attribute("exact", "criterion",
                        std::string{choices(options.criterion)[static_cast<std::size_t>(options.criterion)]});
  session.out_attribute("low", "level", 0.95);
}

void Capacity::state(Archive& archive) {
  archive("overlap", overlap_, "draws");
  archive("exact", exact_, "draws");
}

}  // namespace ansatz::hopfield
