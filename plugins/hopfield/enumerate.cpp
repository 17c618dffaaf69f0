#include "enumerate.hpp"

#include <bit>
#include <cmath>
#include <string>
#include <vector>

namespace ansatz::hopfield {
namespace {

int sign_of(std::uint64_t state, std::uint64_t i) { return (state >> i & 1) != 0 ? 1 : -1; }

// Energies of all states in the order of the Gray code, the fields updated by one row a state; and the neuron that
// descends from each, or n.
struct Landscape {
  std::vector<double> energy;
  std::vector<std::uint8_t> steepest;
};

Landscape explore(Session& session, const Network& network) {
  const auto n = static_cast<Eigen::Index>(network.neurons());
  const std::uint64_t states = std::uint64_t{1} << n;
  const Matrix<double> w =
      network.packed() ? Matrix<double>{network.matrix() / network.unit} : network.weights;
  Landscape result{std::vector<double>(states), std::vector<std::uint8_t>(states)};
  Eigen::VectorXd s = Eigen::VectorXd::Constant(n, -1);
  const auto threshold = [&](Eigen::Index i) { return network.threshold(static_cast<std::uint64_t>(i)); };
  std::uint64_t state = 0;
  Eigen::VectorXd field = w * s;
  for (std::uint64_t k = 0; k < states; ++k) {
    if (k > 0) {
      const auto i = static_cast<Eigen::Index>(std::countr_zero(k));
      s(i) = -s(i);
      state ^= std::uint64_t{1} << i;
      // Rounding of real weights must not build up: from scratch now and then.
      if (k % 4096 == 0) {
        field.noalias() = w * s;
        session.progress(static_cast<double>(k) / static_cast<double>(states));
        session.check_cancelled();
      } else {
        field += 2 * s(i) * w.row(i).transpose();
      }
    }
    double e = -0.5 * network.unit * s.dot(field), least = 0;
    auto down = static_cast<std::uint8_t>(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      e += threshold(i) * s(i);
      // What the flip changes: 2 s h without self-coupling.
      const double change = 2 * s(i) * (network.unit * (field(i) - w(i, i) * s(i)) - threshold(i));
      if (change < least) least = change, down = static_cast<std::uint8_t>(i);
    }
    result.energy[state] = e;
    result.steepest[state] = down;
  }
  return result;
}

// The fixed point below each state, by following the steepest flips and remembering.
std::vector<std::uint32_t> descend(const Landscape& landscape, std::uint64_t n) {
  const std::uint64_t states = landscape.steepest.size();
  constexpr std::uint32_t unknown = ~std::uint32_t{0};
  std::vector<std::uint32_t> end(states, unknown);
  std::vector<std::uint64_t> path;
  for (std::uint64_t first = 0; first < states; ++first) {
    path.clear();
    std::uint64_t state = first;
    while (end[state] == unknown && landscape.steepest[state] != n) {
      path.push_back(state);
      state ^= std::uint64_t{1} << landscape.steepest[state];
    }
    if (end[state] == unknown) end[state] = static_cast<std::uint32_t>(state);
    for (const std::uint64_t one : path) end[one] = end[state];
  }
  return end;
}

// `patterns`: p x n.
std::string kind_of(const BitMatrix& patterns, std::uint64_t state) {
  const std::uint64_t n = patterns.columns(), all = (std::uint64_t{1} << n) - 1;
  for (std::uint64_t mu = 0; mu < patterns.rows(); ++mu) {
    if (patterns.row(mu)[0] == state) return "stored";
    if (patterns.row(mu)[0] == (state ^ all)) return "reversed";
  }
  // A mixture: the majority of three patterns, each as it is or reversed (Amit, Gutfreund, Sompolinsky 1985).
  const auto majority = [](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    return (a & b) | (a & c) | (b & c);
  };
  for (std::uint64_t a = 0; a < patterns.rows(); ++a) {
    for (std::uint64_t b = 0; b < a; ++b) {
      for (std::uint64_t c = 0; c < b; ++c) {
        for (unsigned flips = 0; flips < 8; ++flips) {
          const auto turned = [&](std::uint64_t mu, unsigned bit) {
            return patterns.row(mu)[0] ^ ((flips >> bit & 1) != 0 ? all : 0);
          };
          if (majority(turned(a, 0), turned(b, 1), turned(c, 2)) == state) return "mixture";
        }
      }
    }
  }
  return "other";
}

}  // namespace

void enumerate(Session& session, const Network& network) {
  const std::uint64_t n = network.neurons();
  if (n > most_enumerated) {
    const double seconds = std::pow(2.0, static_cast<double>(n)) * 1e-7;
    throw Unsupported("hopfield.enumerate: " + std::to_string(n) + " neurons have 2^" + std::to_string(n) +
                      " states, about " + std::to_string(seconds) + " seconds; at most " +
                      std::to_string(most_enumerated) + " neurons are enumerated");
  }
  if (!network.symmetric) {
    throw BadState(
        "hopfield.enumerate: the weights are not symmetric, so there is no energy; store with symmetric: "
        "true");
  }
  const Landscape landscape = explore(session, network);
  const std::vector<std::uint32_t> end = descend(landscape, n);
  std::vector<std::uint64_t> found;
  std::vector<std::int64_t> basin(end.size());
  for (const std::uint32_t state : end) ++basin[state];
  for (std::uint64_t state = 0; state < end.size(); ++state) {
    if (landscape.steepest[state] == n) found.push_back(state);
  }
  const std::uint64_t f = found.size();
  auto x = session.out<std::int32_t>("x", {f, n});
  const auto energy = session.out_values<double>("energy", {f});
  const auto size = session.out_values<std::int64_t>("basin", {f});
  const BitMatrix patterns = network.bits.transposed();
  std::vector<std::string> kinds;
  for (std::uint64_t k = 0; k < f; ++k) {
    const std::uint64_t state = found[k];
    for (std::uint64_t i = 0; i < n; ++i) {
      const int low = network.coding == Coding::binary ? 0 : -1;
      x(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(i)) = sign_of(state, i) > 0 ? 1 : low;
    }
    energy[k] = landscape.energy[state];
    size[k] = basin[state];
    kinds.push_back(kind_of(patterns, state));
  }
  session.out_texts("kind", kinds);
}

}  // namespace ansatz::hopfield
