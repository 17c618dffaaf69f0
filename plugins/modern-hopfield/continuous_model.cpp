#include "continuous_model.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "weights.hpp"

namespace ansatz::modern_hopfield {
namespace {

// The largest eigenvalue of sum_i p_i (x_i - mean)(x_i - mean)', from whichever is smaller: that matrix, or that of the
// products of the patterns that weigh anything.
double largest_variance(const Memory& memory, const std::vector<double>& p, const double* mean) {
  const auto d = static_cast<Eigen::Index>(memory.columns());
  const Eigen::Map<const Eigen::RowVectorXd> centre(mean, d);
  const double least = 1e-18 * *std::max_element(p.begin(), p.end());
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] > least) chosen.push_back(i);
  }
  constexpr Eigen::Index most = 256;  // rows at once
  const auto fill = [&](Matrix<double>& rows, std::size_t first, Eigen::Index count) {
    rows.resize(count, d);
    for (Eigen::Index r = 0; r < count; ++r) {
      const std::size_t i = chosen[first + static_cast<std::size_t>(r)];
      memory.copy_pattern(i, rows.row(r).data());
      rows.row(r) = std::sqrt(p[i]) * (rows.row(r) - centre);
    }
  };
  const auto r = static_cast<Eigen::Index>(chosen.size());
  Eigen::MatrixXd products;
  Matrix<double> rows;
  if (r <= d) {
    fill(rows, 0, r);
    products = rows * rows.transpose();
  } else {
    products = Eigen::MatrixXd::Zero(d, d);
    for (Eigen::Index first = 0; first < r; first += most) {
      fill(rows, static_cast<std::size_t>(first), std::min(most, r - first));
      products += rows.transpose() * rows;
    }
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(products, Eigen::EigenvaluesOnly);
  return std::max(0.0, solver.eigenvalues().maxCoeff());
}

}  // namespace

SoftmaxEnergy& ContinuousModel::energy(Session& session, Precision precision) {
  if (!energy_ || energy_->precision() != precision || energy_->workers() < session.threads()) {
    energy_ = SoftmaxEnergy::make(memory_, precision, session.threads());
  }
  return *energy_;
}

void ContinuousModel::store(Session& session) {
  energy_.reset();
  memory_.store(session, "modern-hopfield.continuous.store");
  session.out_scalar("largest_norm", memory_.largest_norm());
  session.out_scalar("diameter", memory_.diameter());
}

bool ContinuousModel::retrieve(Session& session, const RetrieveOptions& options) {
  return retrieval_.step(session, energy(session, options.temperature.precision), options);
}

void ContinuousModel::evaluate(Session& session, const EvaluateOptions& options) {
  constexpr auto where = "modern-hopfield.continuous.evaluate";
  SoftmaxEnergy& own = energy(session, options.temperature.precision);
  const std::size_t d = memory_.columns(), n = memory_.size();
  const Matrix<double> x = read_states(session, "x", where, d, options.temperature.precision);
  const double beta = resolve_beta(session, own, options.temperature, where);
  const auto q = static_cast<std::uint64_t>(x.rows());
  const auto result = [&](const char* port) { return session.out_values<double>(port, {q}); };
  const auto energies = result("energy"), gradient = result("gradient_norm"),
             jacobian = result("jacobian_norm"), separation = result("separation"), bound = result("bound"),
             entropy = result("entropy");
  const auto count_of = session.out_values<std::int64_t>("effective_count", {q});
  for_states(session, q, [&](std::uint64_t first, std::uint64_t count, std::uint32_t worker) {
    const double* states = x.data() + first * d;
    std::vector<double> y(count * d), top(count), p(n);
    own.update(states, count, beta, y.data(), top.data(), worker);
    own.products(states, count, worker, [&](std::size_t k, std::span<const double> s) {
      if (session.cancelled()) return;
      const std::uint64_t i = first + k;
      const double* from = states + k * d;
      const double* to = y.data() + k * d;
      energies[i] = own.energy(from, top[k]);
      double square = 0;
      for (std::size_t j = 0; j < d; ++j) square += (from[j] - to[j]) * (from[j] - to[j]);
      gradient[i] = std::sqrt(square);
      for (std::size_t j = 0; j < n; ++j) p[j] = std::exp(beta * (s[j] - top[k])) / static_cast<double>(n);
      jacobian[i] = beta * largest_variance(memory_, p, to);
      const Ranked two = best(s, 2);
      separation[i] = n > 1 ? two.dot[0] - two.dot[1] : 0;
      bound[i] =
          n > 1 ? static_cast<double>(n - 1) * memory_.diameter() * std::exp(-beta * separation[i]) : 0;
      count_of[i] = count_to_share(std::span<const double>{p}, 0.9);
      entropy[i] = own.effective_patterns(from, to, top[k], beta);
    });
  });
  session.out_attribute("energy", "beta", beta);
}

bool ContinuousModel::sweep(Session& session, const SweepOptions& options) {
  return sweep_.step(session, energy(session, options.precision), options);
}

bool ContinuousModel::capacity(Session& session, const ContinuousCapacityOptions& options) {
  return capacity_.step(session, options);
}

void ContinuousModel::state(Archive& archive) {
  archive("memory", memory_);
  archive("retrieval", retrieval_);
  archive("sweep", sweep_);
  archive("capacity", capacity_);
  if (!archive.writing()) energy_.reset();
}

}  // namespace ansatz::modern_hopfield
