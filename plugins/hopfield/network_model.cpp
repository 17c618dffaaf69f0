#include "network_model.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace ansatz::hopfield {
namespace {

constexpr std::uint64_t most_margins = std::uint64_t{1} << 24;

// Says which patterns are equal to an earlier one, or its reverse.
void note_repeated(Session& session, const BitMatrix& patterns) {
  std::map<std::vector<bool>, std::uint64_t> seen;
  std::uint64_t repeated = 0;
  std::string pairs;
  for (std::uint64_t mu = 0; mu < patterns.rows(); ++mu) {
    std::vector<bool> key(patterns.columns());  // reversed where the first bit is set
    for (std::uint64_t j = 0; j < key.size(); ++j) key[j] = patterns.get(mu, j) != patterns.get(mu, 0);
    const auto [other, fresh] = seen.try_emplace(std::move(key), mu);
    if (fresh || ++repeated > 10) continue;
    const bool equal = patterns.get(mu, 0) == patterns.get(other->second, 0);
    pairs += (pairs.empty() ? "" : ", ") + std::to_string(other->second) + " and " + std::to_string(mu) +
             (equal ? " (equal)" : " (reversed)");
  }
  if (repeated > 0) {
    session.note("hopfield.store: " + std::to_string(repeated) + " patterns repeat others: " + pairs +
                 (repeated > 10 ? ", ..." : ""));
  }
}

}  // namespace

const FieldMaker& NetworkModel::maker() {
  if (network_.patterns() == 0) throw BadState("hopfield: the network has no patterns; store some first");
  if (!maker_) maker_ = std::make_unique<FieldMaker>(network_);
  return *maker_;
}

bool NetworkModel::store(Session& session) {
  SessionExecutor<Session> executor{session};
  if (session.step() == 0) {
    maker_.reset();
    if (!given_) network_ = {};
    given_ = false;
    const bool known = network_.patterns() > 0;
    const Shape shape = session.shape("x");
    if (known && shape[1] != network_.neurons()) {
      throw BadArgument("hopfield.store: 'x' has " + std::to_string(shape[1]) +
                        " columns; the given model has " + std::to_string(network_.neurons()) + " neurons");
    }
    CodedBits read =
        read_bits(session, "x", "hopfield.store", config.coding, known ? network_.coding : Coding::automatic);
    if (!known) network_.coding = read.coding;
    const std::uint64_t before = network_.patterns();
    network_.add(read.bits);
    learning_.begin(config, network_, before);
    note_repeated(session, network_.bits.transposed());
  }
  const auto random = [&](const char* stream, std::uint64_t number) { return session.rng(stream, number); };
  if (learning_.step(config, network_, executor, random)) {
    if (is_sampled(config)) {
      session.metric("mismatch", learning_.mismatch());
      session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(config.epochs));
      session.check_cancelled();
      return true;
    }
    if (is_fit(config.rule)) session.metric("objective", learning_.objective());
    if (is_perceptron(config.rule) || is_fit(config.rule)) {
      const auto left = static_cast<double>(learning_.failed().size());
      session.metric("unsettled", left);
      session.progress(1 - left / static_cast<double>(network_.neurons()));
    } else {
      session.progress(static_cast<double>(session.step()) / static_cast<double>(network_.patterns()));
    }
    session.check_cancelled();
    return true;
  }
  put_stored(session);
  return false;
}

// Weights, thresholds, and how the patterns stand under them.
void NetworkModel::put_network(Session& session) {
  const std::uint64_t p = network_.patterns(), n = network_.neurons();
  if (!network_.packed()) {
    session.out<double>("weights", {n, n}) = network_.unit * network_.weights;
    session.out_attribute("weights", "self_coupling", std::string{network_.self ? "kept" : "zero"});
  }
  const auto thresholds = session.out_values<double>("thresholds", {n});
  for (std::uint64_t i = 0; i < n; ++i) thresholds[i] = network_.threshold(i);
  const auto stable = session.out_values<bool>("stable", {p});
  const bool all = p * n <= most_margins;
  const auto margins = all ? session.out_values<double>("margin", {p, n}) : std::span<double>{};
  std::vector<double> least(p), sum(p), wrong(p);
  std::vector<std::unique_ptr<Fields>> fields(session.threads());
  const FieldMaker& make = maker();
  const BitMatrix patterns = network_.bits.transposed();
  session.parallel_for(p, [&](std::uint64_t mu, std::uint32_t worker) {
    if (session.cancelled()) return;
    if (!fields[worker]) fields[worker] = make.make();
    std::vector<std::int8_t> s(n);
    patterns.unpack(mu, s);
    fields[worker]->start(s);
    for (std::uint64_t i = 0; i < n; ++i) {
      const double m = s[i] * (network_.unit * fields[worker]->field(i) - network_.threshold(i));
      if (all) margins[mu * n + i] = m;
      least[mu] = i == 0 ? m : std::min(least[mu], m);
      sum[mu] += m;
      wrong[mu] += m <= 0 ? 1 : 0;
    }
    stable[mu] = least[mu] > 0;
  });
  session.check_cancelled();
  double total = 0, unstable = 0;
  for (std::uint64_t mu = 0; mu < p; ++mu) total += sum[mu], unstable += wrong[mu];
  session.metric("unstable", unstable / static_cast<double>(p * n));
  session.metric("least_margin", *std::min_element(least.begin(), least.end()));
  session.metric("mean_margin", total / static_cast<double>(p * n));
}

void NetworkModel::put_stored(Session& session) {
  put_network(session);
  const std::uint64_t p = network_.patterns(), n = network_.neurons();
  const auto failed = learning_.failed();
  session.out_values<bool>("converged", {})[0] = failed.empty();
  if (!failed.empty()) {
    session.warn("hopfield.store: " + std::to_string(failed.size()) + " neurons, the first is " +
                 std::to_string(failed.front()) + ", have no weights that satisfy the rule after " +
                 std::to_string(config.epochs) + " epochs: fewer patterns, or more epochs");
  }
  if (config.rule == Rule::pseudo_inverse) {
    session.note("hopfield.store: rank " + std::to_string(learning_.rank()) + " of " + std::to_string(p) +
                 " patterns");
    if (learning_.rank() == n && network_.self) {
      session.warn(
          "hopfield.store: the patterns span all states and the diagonal is kept: every state is a fixed "
          "point");
    }
  }
}

bool NetworkModel::unlearn(Session& session, const UnlearnOptions& options) {
  if (session.step() == 0) {
    static_cast<void>(maker());  // there are patterns
    if (!network_.symmetric) {
      throw BadState(
          "hopfield.unlearn: the weights are not symmetric, so states need not relax; store with symmetric: "
          "true");
    }
    if (config.representation == Representation::packed) {
      throw BadArgument(
          "hopfield.unlearn: it changes a matrix of weights, which representation packed never forms; store "
          "with representation dense or auto");
    }
    form_weights(config, network_);
    maker_.reset();
  }
  if (unlearning_.step(session, network_, options)) return true;
  put_network(session);
  return false;
}

bool NetworkModel::retrieve(Session& session, const RetrieveOptions& options) {
  return retrieval_.step(session, network_, maker(), options);
}

void NetworkModel::evaluate(Session& session, const EvaluateOptions& options) {
  if (options.energy && !network_.symmetric) {
    throw BadState(
        "hopfield.evaluate: the weights are not symmetric, so there is no energy; store with symmetric: "
        "true, "
        "or set energy: false");
  }
  const FieldMaker& make = maker();
  const std::uint64_t n = network_.neurons();
  const BitMatrix states = read_states(session, "hopfield.evaluate", network_).bits;
  const std::uint64_t q = states.rows();
  const auto field = session.out_values<double>("field", {q, n});
  const auto margin = session.out_values<double>("margin", {q});
  const auto stable = session.out_values<bool>("stable", {q});
  const auto energies = options.energy ? session.out_values<double>("energy", {q}) : std::span<double>{};
  std::vector<std::unique_ptr<Fields>> fields(session.threads());
  session.parallel_for(q, [&](std::uint64_t k, std::uint32_t worker) {
    if (session.cancelled()) return;
    if (!fields[worker]) fields[worker] = make.make();
    std::vector<std::int8_t> s(n);
    states.unpack(k, s);
    fields[worker]->start(s);
    for (std::uint64_t i = 0; i < n; ++i) {
      field[k * n + i] = network_.unit * fields[worker]->field(i) - network_.threshold(i);
      const double m = s[i] * field[k * n + i];
      margin[k] = i == 0 ? m : std::min(margin[k], m);
    }
    stable[k] = margin[k] > 0;
    if (options.energy) energies[k] = energy(network_, *fields[worker], s);
  });
  session.check_cancelled();
  double least = margin[0], mean = 0, unstable = 0;
  for (std::uint64_t k = 0; k < q; ++k) {
    least = std::min(least, margin[k]);
    mean += margin[k] / static_cast<double>(q);
    unstable += stable[k] ? 0 : 1 / static_cast<double>(q);
  }
  session.out_attribute("margin", "least", least);
  session.out_attribute("margin", "mean", mean);
  session.out_attribute("margin", "unstable", unstable);
}

bool NetworkModel::sample(Session& session, const SampleOptions& options) {
  return sampling_.step(session, network_, maker(), options);
}

bool NetworkModel::enumerate(Session& session) { return enumeration_.step(session, maker().network()); }

bool NetworkModel::basins(Session& session, const BasinOptions& options) {
  return basins_.step(session, maker(), options);
}

bool NetworkModel::capacity(Session& session, const CapacityOptions& options) {
  return capacity_.step(session, config, options);
}

void NetworkModel::state(Archive& archive) {
  archive("network", network_);
  archive("learning", learning_);
  archive("unlearning", unlearning_);
  archive("retrieval", retrieval_);
  archive("sampling", sampling_);
  archive("enumeration", enumeration_);
  archive("basins", basins_);
  archive("capacity", capacity_);
  if (archive.writing()) return;
  maker_.reset();
  given_ = true;
}

}  // namespace ansatz::hopfield
