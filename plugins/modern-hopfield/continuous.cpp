#include "continuous.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ansatz::modern_hopfield {
namespace {

constexpr double separated = 1e-3;  // error over diameter that beta: separating leaves

// The least over patterns of x_i.(x_i - x_j), and where.
std::pair<double, std::uint64_t> least_separation(Session& session, SoftmaxEnergy& energy) {
  const Memory& memory = energy.memory();
  const std::size_t n = memory.size(), d = memory.columns();
  std::vector<double> separation(n);
  for_states(session, n, [&](std::uint64_t first, std::uint64_t count, std::uint32_t worker) {
    std::vector<double> x(count * d);
    for (std::uint64_t i = 0; i < count; ++i) memory.copy_pattern(first + i, x.data() + i * d);
    energy.products(x.data(), count, worker, [&](std::size_t i, std::span<const double> s) {
      double other = -std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < n; ++j) {
        if (j != first + i) other = std::max(other, s[j]);
      }
      separation[first + i] = s[first + i] - other;
    });
  });
  const auto least = std::min_element(separation.begin(), separation.end());
  return {*least, static_cast<std::uint64_t>(least - separation.begin())};
}

}  // namespace

double resolve_beta(Session& session, SoftmaxEnergy& energy, const Temperature& temperature,
                    const std::string& where) {
  if (const double* beta = std::get_if<double>(&temperature.beta)) return *beta;
  const std::size_t n = energy.memory().size();
  if (std::get<BetaRule>(temperature.beta) == BetaRule::scaled || n == 1) {
    return 1 / std::sqrt(static_cast<double>(energy.memory().columns()));
  }
  // (N - 1) D e^(-beta separation) = separated D.
  const auto [least, at] = least_separation(session, energy);
  const double beta = std::log(static_cast<double>(n - 1) / separated) / least;
  if (!(least > 0) || !std::isfinite(beta)) {
    throw BadArgument(where + ": beta: separating cannot separate pattern " + std::to_string(at) +
                      " (counted from 0), whose dot product with another pattern is as large as that with "
                      "itself; give beta a number, or patterns of equal norms, no two the same");
  }
  return beta;
}

}  // namespace ansatz::modern_hopfield
