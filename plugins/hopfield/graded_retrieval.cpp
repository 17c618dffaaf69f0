#include "graded_retrieval.hpp"

#include <algorithm>
#include <sstream>
#include <string>

namespace ansatz::hopfield {

ConstMatrixMap<double> read_outputs(Session& session, const char* where, std::uint64_t neurons) {
  const Shape shape = session.shape("x");
  if (shape[0] == 0 || shape[1] != neurons) {
    throw BadArgument(std::string{where} + ": 'x' is " + std::to_string(shape[0]) + " x " +
                      std::to_string(shape[1]) + "; give it a row or more of " + std::to_string(neurons) +
                      " columns, the network's neurons");
  }
  const auto x = session.in<double>("x");
  for (Eigen::Index k = 0; k < x.rows(); ++k) {
    for (Eigen::Index i = 0; i < x.cols(); ++i) {
      if (x(k, i) >= -1 && x(k, i) <= 1) continue;
      std::ostringstream text;
      text << where << ": 'x' has " << x(k, i) << " at row " << k << ", column " << i
           << " (counted from 0); outputs of graded neurons are in [-1, 1]";
      throw BadArgument(text.str());
    }
  }
  return x;
}

void GradedRetrieval::begin(Session& session, const GradedRetrieveOptions& options) {
  const GradedNetwork& graded = *graded_;
  const auto x = read_outputs(session, "hopfield.graded.retrieve", graded.neurons());
  const auto q = static_cast<std::size_t>(x.rows());
  u_.resize(x.rows(), x.cols());
  next_.assign(q, options.step_size);
  residual_.assign(q, 0);
  steps_.assign(q, 0);
  times_.assign(q, 0);
  energies_.assign(q, 0);
  session.parallel_for(q, [&](std::uint64_t k, std::uint32_t) {
    const auto row = static_cast<Eigen::Index>(k);
    Flight flight;
    flight.u = graded.potentials(x.row(row).transpose());
    look(graded, flight);
    u_.row(row) = flight.u.transpose();
    energies_[k] = flight.energy;
    residual_[k] = flight.residual;
  });
}

bool GradedRetrieval::step(Session& session, const Network& network, const GradedRetrieveOptions& options) {
  const std::uint64_t n = network.neurons();
  if (session.step() == 0) *this = {};
  if (!graded_) graded_ = std::make_unique<GradedNetwork>(network, options.gain, read_drive(session));
  const GradedNetwork& graded = *graded_;
  if (session.step() == 0) begin(session, options);
  const std::uint64_t q = next_.size();
  if (q == 0 || static_cast<std::uint64_t>(u_.cols()) != n || times_.size() != (session.step() + 1) * q) {
    throw BadState("hopfield.graded.retrieve: the states that were saved do not belong to this network");
  }
  const Integrator integrator{options.method, options.step_size, options.accuracy};
  const std::size_t old = times_.size() - q;
  times_.resize(old + 2 * q);
  energies_.resize(old + 2 * q);
  session.parallel_for(q, [&](std::uint64_t k, std::uint32_t) {
    if (session.cancelled()) return;
    const auto row = static_cast<Eigen::Index>(k);
    Flight flight{u_.row(row).transpose(), next_[k], times_[old + k], energies_[old + k], residual_[k]};
    if (flight.residual > options.arrived) {
      advance(graded, integrator, network.symmetric, flight);
      u_.row(row) = flight.u.transpose();
      next_[k] = flight.next;
      residual_[k] = flight.residual;
      ++steps_[k];
    }
    times_[old + q + k] = flight.time;
    energies_[old + q + k] = flight.energy;
  });
  session.check_cancelled();
  const auto moving = std::count_if(residual_.begin(), residual_.end(),
                                    [&](double one) { return !(one <= options.arrived); });
  double mean = 0;
  for (std::uint64_t k = 0; k < q; ++k) mean += energies_[old + q + k] / static_cast<double>(q);
  if (network.symmetric) session.metric("energy", mean);
  session.metric("moving", static_cast<double>(moving));
  session.metric("residual", *std::max_element(residual_.begin(), residual_.end()));
  session.progress(1 - static_cast<double>(moving) / static_cast<double>(q));
  if (moving > 0 && session.step() + 1 < static_cast<std::uint64_t>(options.max_steps)) return true;
  if (moving > 0) {
    session.note("hopfield.graded.retrieve: " + std::to_string(moving) + " of " + std::to_string(q) +
                 " states have not arrived after max_steps: see their residual");
  }
  finish(session, network, options);
  return false;
}

void GradedRetrieval::finish(Session& session, const Network& network,
                             const GradedRetrieveOptions& options) const {
  const std::uint64_t q = next_.size(), n = network.neurons(), times = times_.size() / q;
  auto x = session.out<double>("x", {q, n});
  for (Eigen::Index k = 0; k < x.rows(); ++k) x.row(k) = graded_->outputs(u_.row(k).transpose()).transpose();
  copy_picture(session, "x", "x");
  session.out_attribute("x", "method",
                        std::string{choices(Method{})[static_cast<std::size_t>(options.method)]});
  session.out_attribute("x", "gain", options.gain);
  session.out_attribute("x", "self_coupling", std::string{network.self ? "kept" : "zero"});
  if (network.symmetric) {
    std::copy(energies_.begin(), energies_.end(), session.out_values<double>("energy", {times, q}).begin());
  }
  const auto time = session.out_values<double>("time", {times, q});
  for (std::size_t k = 0; k < times_.size(); ++k) time[k] = options.time_constant * times_[k];
  std::copy(residual_.begin(), residual_.end(), session.out_values<double>("residual", {q}).begin());
  std::copy(steps_.begin(), steps_.end(), session.out_values<std::int64_t>("steps", {q}).begin());
}

void GradedRetrieval::state(Archive& archive) {
  archive("u", u_, "q,n");
  archive("next", next_, "q");
  archive("residual", residual_, "q");
  archive("steps", steps_, "q");
  archive("times", times_, "t");
  archive("energies", energies_, "t");
  if (!archive.writing()) graded_.reset();
}

}  // namespace ansatz::hopfield
