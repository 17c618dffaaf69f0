#include "dense_retrieval.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <sstream>

namespace ansatz::modern_hopfield {
namespace {

constexpr auto where = "modern-hopfield.dense.retrieve";
constexpr double slack = 1e-10;  // of the sum of |F|

// Moves of one neuron after another lower the energy; what they changed it by, move for move, is what it then is.
void audit(const DynamicsOptions& options, std::uint64_t k, std::uint64_t sweep, double before, double moved,
           double after, double scale) {
  const bool single = options.dynamics == Dynamics::asynchronous || options.dynamics == Dynamics::glauber;
  const bool cold = options.dynamics == Dynamics::asynchronous || options.temperature == 0;
  if (!single) return;
  const bool rises = cold && after > before + slack * scale;
  if (!rises && std::abs(after - before - moved) <= slack * scale) return;
  std::ostringstream text;
  text.precision(17);
  text << where << ": sweep " << sweep << " of state " << k << " took the energy from " << before << " to "
       << after << (rises ? ", where no move may raise it" : ", and its moves add up to a change of ");
  if (!rises) text << moved;
  text << ": the audit failed, which is a fault of this program or of the machine";
  throw NumericalError(text.str());
}

}  // namespace

CodedBits read_dense_states(Session& session, const DenseMemory& memory, const std::string& place) {
  const std::size_t columns = flat_columns(session, "x");
  if (memory.size() == 0) throw BadState(place + ": there are no patterns; store at least one");
  if (columns != memory.neurons()) {
    throw BadArgument(place + ": 'x' has " + std::to_string(columns) +
                      " columns; the patterns that were stored have " + std::to_string(memory.neurons()));
  }
  return read_bits(session, "x", place, Coding::automatic, memory.coding());
}

void DenseRetrieval::begin(Session& session, const DenseMemory& memory) {
  *this = {};
  CodedBits read = read_dense_states(session, memory, where);
  states_ = std::move(read.bits);
  coding_ = read.coding;
  const std::uint64_t q = states_.rows(), n = memory.neurons();
  if (session.has("clamp")) {
    const auto values = session.values<bool>("clamp");
    clamp_ = BitMatrix{session.shape("clamp").size() == 1 ? 1 : q, n};
    if (values.size() != clamp_.rows() * n) {  // images have no dimension that the host could hold it against
      throw BadArgument(std::string{where} + ": 'clamp' has " + std::to_string(values.size()) +
                        " elements; the patterns that were stored have " + std::to_string(n));
    }
    for (std::uint64_t k = 0; k < values.size(); ++k) clamp_.set(k / n, k % n, values[k]);
  }
  sweeps_.assign(q, 0);
  ties_.assign(q, 0);
  settled_.assign(q, 0);
  trace_.assign(q, 0);
}

void DenseRetrieval::move(Session& session, const DenseMemory& memory, const DynamicsOptions& options,
                          std::uint64_t k, DenseState& at, BitMatrix& next) {
  const std::uint64_t n = memory.neurons(), q = states_.rows(), step = session.step();
  std::vector<std::int8_t> s(n);
  states_.unpack(k, s);
  at.start(s);
  const double before = at.energy();
  if (step == 0) trace_[k] = before;
  std::vector<std::uint8_t> fixed;
  if (clamp_.rows() > 0) {
    fixed.resize(n);
    for (std::uint64_t i = 0; i < n; ++i) fixed[i] = clamp_.get(clamp_.rows() == 1 ? 0 : k, i) ? 1 : 0;
  }
  double moved = 0, last = 0;  // the sum means something where one neuron is asked at a time
  const auto field = [&](std::uint64_t i) {
    last = at.turning(i);
    return 0.5 * s[i] * last;
  };
  const auto flip = [&](std::uint64_t i) {
    moved += last;
    at.flip(i);
  };
  const Sweep result = sweep_neurons(s, options, step, fixed, session.rng("sweep", k << 32 | step), field,
                                     flip, [](std::uint64_t) {});
  next.pack(k, s);
  const double after = at.energy();
  audit(options, k, step + 1, before, moved, after, std::max(at.scale(), std::abs(before)));
  trace_[(step + 1) * q + k] = after;
  ++sweeps_[k];
  ties_[k] += static_cast<std::int64_t>(result.ties);
  const bool warm = options.dynamics == Dynamics::glauber && options.temperature > 0;
  settled_[k] = !warm && result.flips == 0 && (options.ties != Ties::random || result.ties == 0) ? 1 : 0;
}

bool DenseRetrieval::step(Session& session, const DenseMemory& memory, const DynamicsOptions& options) {
  if (session.step() == 0) begin(session, memory);
  const std::uint64_t q = states_.rows();
  if (q == 0 || states_.columns() != memory.neurons() || trace_.size() != (session.step() + 1) * q) {
    throw BadState(std::string{where} + ": the states that were saved do not belong to these patterns");
  }
  trace_.resize(trace_.size() + q);
  BitMatrix next = states_;
  std::vector<std::unique_ptr<DenseState>> at(session.threads());
  session.parallel_for(q, [&](std::uint64_t k, std::uint32_t worker) {
    if (session.cancelled()) return;
    if (settled_[k] != 0) {
      trace_[(session.step() + 1) * q + k] = trace_[session.step() * q + k];
      return;
    }
    if (!at[worker]) at[worker] = std::make_unique<DenseState>(memory);
    move(session, memory, options, k, *at[worker], next);
  });
  session.check_cancelled();
  states_ = std::move(next);
  const auto moving = std::count(settled_.begin(), settled_.end(), 0);
  double mean = 0, rise = -std::numeric_limits<double>::infinity();
  const double* now = trace_.data() + (session.step() + 1) * q;
  for (std::uint64_t k = 0; k < q; ++k) {
    mean += now[k] / static_cast<double>(q);
    rise = std::max(rise, now[k] - (now - q)[k]);
  }
  session.metric("energy", mean);
  session.metric("rise", rise);
  session.metric("moving", static_cast<double>(moving));
  session.progress(1 - static_cast<double>(moving) / static_cast<double>(q));
  if (moving > 0 && session.step() + 1 < static_cast<std::uint64_t>(options.max_sweeps)) return true;
  if (moving > 0) {
    session.note(std::string{where} + ": " + std::to_string(moving) + " of " + std::to_string(q) +
                 " states still move after max_sweeps");
  }
  finish(session, memory);
  return false;
}

void DenseRetrieval::finish(Session& session, const DenseMemory& memory) const {
  const std::uint64_t q = states_.rows(), n = memory.neurons(), times = trace_.size() / q;
  write_bits(session, "x", session.shape("x"), states_, coding_, session.type("x"));
  copy_picture(session, "x", "x");
  const auto energies = session.out_values<double>("energy", {q});
  std::copy(trace_.end() - static_cast<std::ptrdiff_t>(q), trace_.end(), energies.begin());
  session.out_attribute("energy", "log2_unit", static_cast<std::int64_t>(memory.function().exponent()));
  std::copy(trace_.begin(), trace_.end(), session.out_values<double>("trace", {times, q}).begin());
  std::copy(sweeps_.begin(), sweeps_.end(), session.out_values<std::int64_t>("sweeps", {q}).begin());
  std::copy(ties_.begin(), ties_.end(), session.out_values<std::int64_t>("ties", {q}).begin());
  const auto settled = session.out_values<bool>("settled", {q});
  const auto match = session.out_values<std::int64_t>("match", {q});
  const auto overlap = session.out_values<double>("overlap", {q});
  DenseState at{memory};
  std::vector<std::int8_t> s(n);
  std::int64_t ties = 0;
  for (std::uint64_t k = 0; k < q; ++k) {
    states_.unpack(k, s);
    at.start(s);
    const auto all = at.overlaps();
    const auto best = std::max_element(all.begin(), all.end());
    overlap[k] = static_cast<double>(*best) / static_cast<double>(n);
    match[k] = *best == static_cast<std::int32_t>(n) ? best - all.begin() : -1;
    settled[k] = settled_[k] != 0;
    ties += ties_[k];
  }
  const bool even = memory.energy() == DenseEnergy::quadratic ||
                    (memory.energy() == DenseEnergy::polynomial && memory.power() % 2 == 0);
  if (ties > 0) {
    session.note(
        std::string{where} + ": " + std::to_string(ties) +
        " fields were zero, and ties says what became of them" +
        (even ? "; an even power gives x and -x the same energy, which makes ties likely: an odd power "
                "or rectified tells them apart"
              : ""));
  }
}

void DenseRetrieval::state(Archive& archive) {
  archive("states", states_);
  archive("clamp", clamp_);
  archive("coding", coding_);
  archive("trace", trace_);
  archive("sweeps", sweeps_, "q");
  archive("ties", ties_, "q");
  archive("settled", settled_, "q");
  if (archive.writing()) return;
  const std::uint64_t q = sweeps_.size();
  if (states_.rows() != q || (clamp_.rows() > 0 && clamp_.columns() != states_.columns()) ||
      (clamp_.rows() > 1 && clamp_.rows() != q)) {
    throw BadState("states, clamps and sweeps of the saved state do not fit together");
  }
}

}  // namespace ansatz::modern_hopfield
