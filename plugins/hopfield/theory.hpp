// Closed forms and mean-field equations of attractor networks.
#pragma once

#include <cstdint>

namespace ansatz::hopfield {

// Overlap of the retrieval state at temperature 0 (Amit, Gutfreund, Sompolinsky 1987): m = erf(y) with
// sqrt(2 load) = erf(y) / y - (2 / sqrt(pi)) exp(-y^2), y on the branch of larger m; 0 above the critical load.
[[nodiscard]] double zero_temperature_overlap(double load);
// That y; 0 above the critical load.
[[nodiscard]] double zero_temperature_argument(double load);
// The load at which that branch ends, 0.1379.
[[nodiscard]] double critical_load();
// Share of bits that are wrong after one synchronous step from a pattern: erfc(1 / sqrt(2 load)) / 2.
[[nodiscard]] double first_step_error(double load);

// Load up to which random patterns are separable with a margin: 1/load = (1 + kappa^2) Phi(kappa) + kappa phi(kappa)
// (Gardner 1988).
[[nodiscard]] double margin_load(double kappa);

// One synchronous step of the Hebb rule with zero diagonal, from one of p random patterns of n neurons: the sum of
// (p - 1)(n - 1) signs meets n - 1.  The chances that a bit flips, and that its field is zero.
struct Flip {
  double flips, ties;
};
[[nodiscard]] Flip first_step(std::uint64_t n, std::uint64_t p);

// Share of the dichotomies of p points in general position that m weights can separate:
// 2^(1-p) sum over k < m of binom(p - 1, k) (Cover 1965).
[[nodiscard]] double separable_share(std::uint64_t p, std::uint64_t m);

// Natural logarithm of the mean number of states, both signs counted, that no flip of one neuron lowers, of n >= 3
// neurons with normal symmetric weights: 2^n times the mean of Phi(z / sqrt(n - 2))^n over a normal z
// (Tanaka, Edwards 1980).
[[nodiscard]] double log_minima(std::uint64_t n);

}  // namespace ansatz::hopfield
