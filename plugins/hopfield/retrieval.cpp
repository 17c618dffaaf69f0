#include "retrieval.hpp"

#include <algorithm>
#include <limits>

#include "batch.hpp"

namespace ansatz::hopfield {

void Retrieval::read_clamp(Session& session, std::uint64_t q, std::uint64_t n) {
  const Shape shape = session.shape("clamp");
  const bool one = shape.size() == 1;
  const auto values = session.values<bool>("clamp");
  clamp_ = BitMatrix{one ? 1 : q, n};
  for (std::uint64_t k = 0; k < values.size(); ++k) clamp_.set(k / n, k % n, values[k]);
}

void Retrieval::begin(Session& session, const Network& network, bool record) {
  *this = {};
  const std::uint64_t n = network.neurons();
  CodedBits read = read_states(session, "hopfield.retrieve", network);
  states_ = std::move(read.bits);
  coding_ = read.coding;
  if (session.has("clamp")) read_clamp(session, states_.rows(), n);
  sweeps_.assign(states_.rows(), 0);
  period_.assign(states_.rows(), -1);
  if (record) path_.append(states_);
}

std::vector<std::uint8_t> Retrieval::clamped(std::uint64_t k) const {
  std::vector<std::uint8_t> fixed(clamp_.rows() > 0 ? clamp_.columns() : 0);
  for (std::uint64_t i = 0; i < fixed.size(); ++i)
    fixed[i] = clamp_.get(clamp_.rows() == 1 ? 0 : k, i) ? 1 : 0;
  return fixed;
}

void Retrieval::put_result(Round& round, std::uint64_t k, ConstState s, const Sweep& result) {
  const DynamicsOptions& options = round.options;
  // No repetition proves that a random walk has ended.
  const bool certain = options.dynamics != Dynamics::glauber || options.temperature == 0;
  const bool settled = options.ties != Ties::random || result.ties == 0;
  round.next.pack(k, s);
  round.flips[k] = result.flips;
  ++sweeps_[k];
  if (certain && settled && result.flips == 0) {
    period_[k] = 1;
  } else if (options.dynamics == Dynamics::synchronous && options.ties != Ties::random &&
             round.before == nullptr &&
             std::equal(round.next.row(k), round.next.row(k) + round.next.words(), before_.row(k))) {
    period_[k] = 2;
  }
}

void Retrieval::sweep_one(Round& round, Fields& fields, std::uint64_t k) {
  const Network& network = round.network;
  std::vector<std::int8_t> s(network.neurons());
  states_.unpack(k, s);
  fields.start(s);
  if (round.before != nullptr && network.symmetric) round.before[k] = energy(network, fields, s);
  const std::uint64_t number = round.session.step();
  const Sweep result = sweep(network, fields, s, round.options, number, clamped(k),
                             round.session.rng("sweep", k << 32 | number));
  if (network.symmetric) round.after[k] = energy(network, fields, s);
  put_result(round, k, s, result);
}

void Retrieval::sweep_together(Round& round, std::span<const std::uint64_t> which) {
  const Network& network = round.network;
  const std::uint64_t n = network.neurons(), number = round.session.step();
  std::vector<std::int8_t> s(which.size() * n);
  std::vector<std::vector<std::uint8_t>> fixed;
  std::vector<Rng> random;
  const auto state = [&](std::uint64_t j) { return State{s}.subspan(j * n, n); };
  for (std::uint64_t j = 0; j < which.size(); ++j) {
    states_.unpack(which[j], state(j));
    fixed.push_back(clamped(which[j]));
    random.push_back(round.session.rng("sweep", which[j] << 32 | number));
  }
  SynchronousBatch batch{network, s, which.size()};
  const auto put_energies = [&](double* energies) {
    for (std::uint64_t j = 0; j < which.size() && network.symmetric; ++j) {
      energies[which[j]] = energy(network, batch.quadratic(j), state(j));
    }
  };
  if (round.before != nullptr) put_energies(round.before);
  const std::vector<Sweep> results = batch.sweep(round.options.ties, fixed, random);
  put_energies(round.after);
  for (std::uint64_t j = 0; j < which.size(); ++j) put_result(round, which[j], state(j), results[j]);
}

bool Retrieval::step(Session& session, const Network& network, const FieldMaker& maker,
                     const RetrieveOptions& options) {
  if (session.step() == 0) begin(session, network, options.record);
  const std::uint64_t q = states_.rows(), n = network.neurons();
  if (q == 0 || states_.columns() != n ||
      (session.step() > 0 && (before_.rows() != q || trace_.size() < q))) {
    throw BadState("hopfield.retrieve: the states that were saved do not belong to this network");
  }
  const bool first = session.step() == 0;
  const std::size_t old = trace_.size();
  trace_.resize(old + (first ? 2 : 1) * q);
  double* const energies = trace_.data() + old + (first ? q : 0);
  std::vector<std::uint64_t> which;
  for (std::uint64_t k = 0; k < q; ++k) {
    if (period_[k] < 0) {
      which.push_back(k);
    } else {
      energies[k] = trace_[old - q + k];
    }
  }
  Round round{session,
              network,
              options.dynamics,
              states_,
              std::vector<std::uint64_t>(q),
              first ? trace_.data() : nullptr,
              energies};
  const std::uint64_t share = (which.size() + session.threads() - 1) / session.threads();
  if (options.dynamics.dynamics == Dynamics::synchronous && network.packed() && !network.bytes &&
      share >= SynchronousBatch::least) {
    const std::uint64_t size = std::min<std::uint64_t>(share, SynchronousBatch::most);
    session.parallel_for((which.size() + size - 1) / size, [&](std::uint64_t task, std::uint32_t) {
      const std::uint64_t begin = task * size;
      sweep_together(round, std::span{which}.subspan(begin, std::min(size, which.size() - begin)));
    });
  } else {
    std::vector<std::unique_ptr<Fields>> fields(session.threads());
    session.parallel_for(which.size(), [&](std::uint64_t task, std::uint32_t worker) {
      if (!fields[worker]) fields[worker] = maker.make();
      sweep_one(round, *fields[worker], which[task]);
    });
  }
  before_ = std::move(states_);
  states_ = std::move(round.next);
  if (options.record) path_.append(states_);
  const auto moving = std::count(period_.begin(), period_.end(), -1);
  double total_flips = 0, total_energy = 0;
  for (std::uint64_t k = 0; k < q; ++k) {
    total_flips += static_cast<double>(round.flips[k]);
    total_energy += energies[k];
  }
  session.metric("flips", total_flips);
  if (network.symmetric) session.metric("energy", total_energy / static_cast<double>(q));
  session.metric("moving", static_cast<double>(moving));
  session.progress(1 - static_cast<double>(moving) / static_cast<double>(q));
  session.check_cancelled();
  if (moving > 0 && session.step() + 1 < static_cast<std::uint64_t>(options.dynamics.max_sweeps)) return true;
  if (moving > 0) {
    session.note("hopfield.retrieve: " + std::to_string(moving) + " of " + std::to_string(q) +
                 " states still move after max_sweeps: their period is 0");
  }
  finish(session, network, options);
  return false;
}

void Retrieval::finish(Session& session, const Network& network, const RetrieveOptions& options) const {
  const std::uint64_t q = states_.rows(), n = network.neurons();
  write_bits(session, "x", {q, n}, states_, coding_, session.type("x"));
  copy_picture(session, "x", "x");
  const DynamicsOptions& d = options.dynamics;
  const auto word = [](auto choice) {
    return std::string{choices(choice)[static_cast<std::size_t>(choice)]};
  };
  session.out_attribute("x", "dynamics", word(d.dynamics));
  session.out_attribute("x", "order",
                        d.dynamics == Dynamics::synchronous ? std::string{"none"} : word(d.order));
  session.out_attribute("x", "ties", word(d.ties));
  session.out_attribute("x", "self_coupling", std::string{network.self ? "kept" : "zero"});
  const std::uint64_t times = trace_.size() / q;
  if (network.symmetric) {
    const auto energies = session.out_values<double>("energy", {q});
    std::copy(trace_.end() - static_cast<std::ptrdiff_t>(q), trace_.end(), energies.begin());
    std::copy(trace_.begin(), trace_.end(), session.out_values<double>("trace", {times, q}).begin());
  }
  const auto sweeps = session.out_values<std::int64_t>("sweeps", {q});
  const auto period = session.out_values<std::int64_t>("period", {q});
  for (std::uint64_t k = 0; k < q; ++k) {
    sweeps[k] = sweeps_[k];
    period[k] = std::max<std::int64_t>(0, period_[k]);
  }
  put_matches(session, network);
  if (!options.record) return;
  write_bits(session, "path", {times, q, n}, path_, coding_, session.type("x"));
  copy_picture(session, "x", "path");
}

void Retrieval::put_matches(Session& session, const Network& network) const {
  const std::uint64_t q = states_.rows(), n = network.neurons();
  const auto match = session.out_values<std::int64_t>("match", {q});
  const auto overlap = session.out_values<double>("overlap", {q});
  session.out_attribute("match", "criterion", std::string{"every bit"});
  std::vector<std::int8_t> s(n);
  for (std::uint64_t k = 0; k < q; ++k) {
    states_.unpack(k, s);
    const std::vector<std::int32_t> all = overlaps(network, s);
    const auto best = std::max_element(all.begin(), all.end());
    overlap[k] = static_cast<double>(*best) / static_cast<double>(n);
    match[k] = *best == static_cast<std::int32_t>(n) ? best - all.begin() : -1;
  }
}

void Retrieval::state(Archive& archive) {
  archive("states", states_);
  archive("before", before_);
  archive("path", path_);
  archive("clamp", clamp_);
  archive("coding", coding_);
  archive("trace", trace_);
  archive("sweeps", sweeps_, "q");
  archive("period", period_, "q");
  if (archive.writing()) return;
  const std::uint64_t q = sweeps_.size(), n = states_.columns();
  const auto fits = [n](const BitMatrix& bits) { return bits.rows() == 0 || bits.columns() == n; };
  if (states_.rows() != q || (before_.rows() != q && before_.rows() != 0) || !fits(before_) || !fits(path_) ||
      !fits(clamp_) || (clamp_.rows() > 1 && clamp_.rows() != q) || (q > 0 && trace_.size() % q != 0) ||
      (q > 0 && trace_.size() < q)) {
    throw BadState("states, sweeps and energies of the saved state do not fit together");
  }
}

}  // namespace ansatz::hopfield
