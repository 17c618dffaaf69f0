#include "sampling.hpp"

#include <algorithm>
#include <string>

namespace ansatz::hopfield {
namespace {

constexpr std::uint64_t most_correlated = 4096;  // neurons

}  // namespace

void Sampling::begin(Session& session, const Network& network, const SampleOptions& options) {
  if (!network.symmetric) {
    throw BadState(
        "hopfield.sample: the weights are not symmetric, so there is no energy and no Gibbs law; store with "
        "symmetric: true");
  }
  *this = {};
  const std::uint64_t n = network.neurons();
  coding_ = network.coding;
  if (session.has("x")) {
    CodedBits read = read_states(session, "hopfield.sample", network);
    states_ = std::move(read.bits);
    coding_ = read.coding;
  } else {
    states_ = BitMatrix{static_cast<std::uint64_t>(options.chains), n};
    for (std::uint64_t k = 0; k < states_.rows(); ++k) {
      Rng random = session.rng("start", k);
      states_.draw_row(k, random);
    }
  }
  const auto size = static_cast<Eigen::Index>(n);
  sums_ = Eigen::VectorXd::Zero(size);
  if (n <= most_correlated) products_ = Matrix<double>::Zero(size, size);
}

bool Sampling::step(Session& session, const Network& network, const FieldMaker& maker,
                    const SampleOptions& options) {
  const bool first = session.step() == 0;
  if (first) begin(session, network, options);
  const std::uint64_t c = states_.rows(), n = network.neurons();
  const std::size_t old = energies_.size();
  if (c == 0 || states_.columns() != n || static_cast<std::uint64_t>(sums_.size()) != n ||
      (products_.size() != 0) != (n <= most_correlated) || old != (first ? 0 : c * (session.step() + 1))) {
    throw BadState("hopfield.sample: the states that were saved do not belong to this network");
  }
  DynamicsOptions dynamics;
  dynamics.dynamics = Dynamics::glauber;
  dynamics.temperature = options.temperature;
  dynamics.order = options.order == SampleOrder::random ? Order::random : Order::fixed;
  energies_.resize(old + (first ? 2 : 1) * c);
  double* const energies = energies_.data() + energies_.size() - c;
  BitMatrix next = states_;
  std::vector<std::unique_ptr<Fields>> fields(session.threads());
  std::vector<std::uint64_t> flips(c);
  session.parallel_for(c, [&](std::uint64_t k, std::uint32_t worker) {
    if (session.cancelled()) return;
    if (!fields[worker]) fields[worker] = maker.make();
    std::vector<std::int8_t> s(n);
    states_.unpack(k, s);
    fields[worker]->start(s);
    if (first) energies_[k] = energy(network, *fields[worker], s);
    flips[k] = sweep(network, *fields[worker], s, dynamics, session.step(), {},
                     session.rng("sweep", k << 32 | session.step()))
                   .flips;
    next.pack(k, s);
    energies[k] = energy(network, *fields[worker], s);
  });
  session.check_cancelled();
  states_ = std::move(next);
  if (session.step() >= static_cast<std::uint64_t>(options.burn_in)) count(session);
  double mean = 0, moved = 0;
  for (std::uint64_t k = 0; k < c; ++k) {
    mean += energies[k] / static_cast<double>(c);
    moved += static_cast<double>(flips[k]) / static_cast<double>(c * n);
  }
  session.metric("energy", mean);
  session.metric("flips", moved);
  const auto all = static_cast<std::uint64_t>(options.burn_in + options.sweeps);
  session.progress(static_cast<double>(session.step() + 1) / static_cast<double>(all));
  if (session.step() + 1 < all) return true;
  finish(session, network, options);
  return false;
}

// All in whole numbers below 2^53: exact in any order.
void Sampling::count(Session& session) {
  const auto c = static_cast<Eigen::Index>(states_.rows()), n = sums_.size();
  Matrix<double> x(c, n);
  for (Eigen::Index k = 0; k < c; ++k) {
    for (Eigen::Index i = 0; i < n; ++i)
      x(k, i) = states_.sign(static_cast<std::uint64_t>(k), static_cast<std::uint64_t>(i));
  }
  sums_ += x.colwise().sum().transpose();
  if (products_.size() == 0) return;
  constexpr Eigen::Index block = 64;
  session.parallel_for(
      static_cast<std::uint64_t>((n + block - 1) / block), [&](std::uint64_t task, std::uint32_t) {
        const Eigen::Index begin = static_cast<Eigen::Index>(task) * block, rows = std::min(block, n - begin);
        products_.middleRows(begin, rows).noalias() += x.middleCols(begin, rows).transpose() * x;
      });
}

void Sampling::finish(Session& session, const Network& network, const SampleOptions& options) const {
  const std::uint64_t c = states_.rows(), n = network.neurons();
  const bool given = session.has("x");
  write_bits(session, "x", {c, n}, states_, coding_, given ? session.type("x") : ANSATZ_I32);
  if (given) copy_picture(session, "x", "x");
  session.out_attribute("x", "temperature", options.temperature);
  session.out_attribute("x", "order",
                        std::string{choices(SampleOrder{})[static_cast<std::size_t>(options.order)]});
  session.out_attribute("x", "self_coupling", std::string{network.self ? "kept" : "zero"});
  const std::uint64_t times = energies_.size() / c;
  std::copy(energies_.begin(), energies_.end(), session.out_values<double>("energy", {times, c}).begin());
  session.out_attribute("energy", "burn_in", options.burn_in);
  const double total = static_cast<double>(c) * static_cast<double>(options.sweeps);
  session.out<double>("mean", {n}) = sums_ / total;
  if (products_.size() != 0) session.out<double>("correlation", {n, n}) = products_ / total;
}

void Sampling::state(Archive& archive) {
  archive("states", states_);
  archive("coding", coding_);
  archive("energies", energies_);
  archive("sums", sums_, "n");
  archive("products", products_);
  if (archive.writing()) return;
  const bool fits =
      products_.size() == 0 || (products_.rows() == sums_.size() && products_.cols() == sums_.size());
  if (!fits || static_cast<std::uint64_t>(sums_.size()) != states_.columns())
    throw BadState("states, sums and products of the saved state do not fit together");
}

}  // namespace ansatz::hopfield
