// What the verbs of model `continuous` share.
#pragma once

#include <ansatz/plugin.hpp>

#include "energy.hpp"

namespace ansatz::modern_hopfield {

enum class BetaRule { scaled, separating };
constexpr auto choices(BetaRule) { return std::array{"scaled", "separating"}; }

struct Temperature {
  std::variant<BetaRule, double> beta = BetaRule::scaled;
  Precision precision = Precision::f64;
  static constexpr auto params = std::tuple{
      param(
          &Temperature::beta, "beta",
          "Inverse temperature; scaled: 1/sqrt(d); separating: so large that one update from a pattern ends "
          "within a thousandth of the patterns' diameter",
          above(0), unit("1 / unit of x, squared")),
      param(&Temperature::precision, "precision", "Of products, weights and averages; energies are f64")};
};

// The number behind `beta`.  Throws BadArgument if patterns are to be separated and one is no nearer to itself than to
// another.
double resolve_beta(Session& session, SoftmaxEnergy& energy, const Temperature& temperature,
                    const std::string& where);

// body(first, count, worker) for blocks of states; stops early if cancelled.
template <class Body>
void for_states(Session& session, std::uint64_t states, const Body& body) {
  const std::uint64_t size = SoftmaxEnergy::block;
  session.parallel_for((states + size - 1) / size, [&](std::uint64_t task, std::uint32_t worker) {
    if (session.cancelled()) return;
    body(task * size, std::min(size, states - task * size), worker);
  });
  session.check_cancelled();
}

}  // namespace ansatz::modern_hopfield
