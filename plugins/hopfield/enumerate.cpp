#include "enumerate.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace ansatz::hopfield {
namespace {

// A step's states, and those of one task, whose fields start from scratch: rounding of real weights must not build up,
// nor results depend on threads or on where a run was resumed.
constexpr std::uint64_t block = std::uint64_t{1} << 18, stretch = std::uint64_t{1} << 12;

double sign_of(std::uint64_t state, std::uint64_t i) { return (state >> i & 1) != 0 ? 1 : -1; }

Eigen::VectorXd signs_of(std::uint64_t state, std::uint64_t n) {
  Eigen::VectorXd s(static_cast<Eigen::Index>(n));
  for (std::uint64_t i = 0; i < n; ++i) s(static_cast<Eigen::Index>(i)) = sign_of(state, i);
  return s;
}

// Who flips first from each of the states first, first + 1, ..., a power of 2 of them that divides `first`; n: nobody.
void explore(const Network& network, const Matrix<double>& w, std::uint64_t first,
             std::span<std::uint8_t> steepest) {
  using Lanes = Eigen::Array<double, most_enumerated,
                             1>;  // of a known size for the sake of speed; unused ones are zero
  const auto n = static_cast<Eigen::Index>(network.neurons());
  Lanes s = Lanes::Zero(), field = s, self = s, threshold = s;
  Eigen::Array<double, most_enumerated, most_enumerated> rows;  // of W, as columns
  rows.setZero();
  rows.topLeftCorner(n, n) = w.transpose();
  s.head(n) = signs_of(first, network.neurons());
  field.head(n) = w * s.head(n).matrix();
  self.head(n) = w.diagonal();
  for (Eigen::Index i = 0; i < n; ++i) threshold(i) = network.threshold(static_cast<std::uint64_t>(i));
  for (std::uint64_t k = 0, state = 0; k < steepest.size(); ++k) {
    if (k > 0) {  // Gray code: one neuron differs from the state before
      const auto i = static_cast<Eigen::Index>(std::countr_zero(k));
      state ^= std::uint64_t{1} << i;
      s(i) = -s(i);
      field += 2 * s(i) * rows.col(i);
    }
    // What flips change: 2 s h without self-coupling.
    const Lanes change = 2 * s * (network.unit * (field - self * s) - threshold);
    const double least = change.minCoeff();
    Eigen::Index flip = n;
    if (least < 0) {
      for (flip = 0; change(flip) != least;) ++flip;
    }
    steepest[state] = static_cast<std::uint8_t>(flip);
  }
}

// The fixed point below each state, by following the steepest flips and remembering.
std::vector<std::uint32_t> descend(const std::vector<std::uint8_t>& steepest, std::uint64_t n) {
  const std::uint64_t states = steepest.size();
  constexpr std::uint32_t unknown = ~std::uint32_t{0};
  std::vector<std::uint32_t> end(states, unknown);
  std::vector<std::uint64_t> path;
  for (std::uint64_t first = 0; first < states; ++first) {
    path.clear();
    std::uint64_t state = first, flip = steepest[state];
    while (end[state] == unknown && flip != n) {
      path.push_back(state);
      state ^= std::uint64_t{1} << flip;
      flip = steepest[state];
    }
    if (end[state] == unknown) end[state] = static_cast<std::uint32_t>(state);
    for (const std::uint64_t one : path) end[one] = end[state];
  }
  return end;
}

// The given patterns, or those stored: p x n.
BitMatrix naming_patterns(Session& session, const Network& network) {
  return session.has("x") ? read_states(session, "hopfield.enumerate", network).bits
                          : network.bits.transposed();
}

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

bool Enumeration::step(Session& session, const Network& network) {
  const std::uint64_t n = network.neurons();
  if (session.step() == 0) {
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
    static_cast<void>(naming_patterns(session, network));  // refused now rather than after all states
    steepest_.clear();
  }
  const std::uint64_t states = std::uint64_t{1} << n, first = session.step() * block;
  if (n > most_enumerated || first >= states || steepest_.size() != first) {
    throw BadState("hopfield.enumerate: the states that were saved do not belong to this network");
  }
  const std::uint64_t last = std::min(states, first + block), length = std::min(stretch, states);
  steepest_.resize(last);
  const Matrix<double> w = network.matrix_over_unit();
  session.parallel_for((last - first) / length, [&](std::uint64_t task, std::uint32_t) {
    if (session.cancelled()) return;
    const std::uint64_t begin = first + task * length;
    explore(network, w, begin, std::span{steepest_}.subspan(begin, length));
  });
  session.check_cancelled();
  session.metric("fixed_points", static_cast<double>(std::count(steepest_.begin(), steepest_.end(), n)));
  session.progress(static_cast<double>(last) / static_cast<double>(states));
  if (last < states) return true;
  finish(session, network);
  return false;
}

void Enumeration::finish(Session& session, const Network& network) const {
  const std::uint64_t n = network.neurons();
  const std::vector<std::uint32_t> end = descend(steepest_, n);
  std::vector<std::uint64_t> found;
  std::vector<std::int64_t> basin(end.size());
  for (const std::uint32_t state : end) ++basin[state];
  for (std::uint64_t state = 0; state < end.size(); ++state) {
    if (steepest_[state] == n) found.push_back(state);
  }
  const std::uint64_t f = found.size();
  auto x = session.out<std::int32_t>("x", {f, n});
  const auto energy = session.out_values<double>("energy", {f});
  const auto size = session.out_values<std::int64_t>("basin", {f});
  const Matrix<double> w = network.matrix_over_unit();
  const BitMatrix patterns = naming_patterns(session, network);
  std::vector<std::string> kinds;
  for (std::uint64_t k = 0; k < f; ++k) {
    const Eigen::VectorXd s = signs_of(found[k], n);
    const int low = network.coding == Coding::binary ? 0 : -1;
    x.row(static_cast<Eigen::Index>(k)) =
        (s.array() > 0).select(Eigen::VectorXi::Ones(s.size()), low).transpose();
    energy[k] = -0.5 * network.unit * s.dot(w * s);
    if (network.thresholds.size() != 0) energy[k] += network.thresholds.dot(s);
    size[k] = basin[found[k]];
    kinds.push_back(kind_of(patterns, found[k]));
  }
  session.out_texts("kind", kinds);
}

void Enumeration::state(Archive& archive) { archive("steepest", steepest_); }

}  // namespace ansatz::hopfield
