// Closed forms and mean-field equations of attractor networks.
#pragma once

namespace ansatz::hopfield {

// Overlap of the retrieval state at temperature 0 (Amit, Gutfreund, Sompolinsky 1987): m = erf(y) with
// sqrt(2 load) = erf(y) / y - (2 / sqrt(pi)) exp(-y^2), y on the branch of larger m; 0 above the critical load.
[[nodiscard]] double zero_temperature_overlap(double load);
// The load at which that branch ends, 0.1379.
[[nodiscard]] double critical_load();
// Share of bits that are wrong after one synchronous step from a pattern: erfc(1 / sqrt(2 load)) / 2.
[[nodiscard]] double first_step_error(double load);

// The retrieval state at a temperature of at least 0.05, from m = 1: m = <tanh b(m + sqrt(load r) z)>,
// q = <tanh^2 ...>, r = q / (1 - b(1 - q))^2, b = 1 / temperature.
struct MeanField {
  double overlap, q, r;
};
[[nodiscard]] MeanField mean_field(double load, double temperature);

// Load up to which random patterns are separable with a margin: 1/load = (1 + kappa^2) Phi(kappa) + kappa phi(kappa)
// (Gardner 1988).
[[nodiscard]] double margin_load(double kappa);

}  // namespace ansatz::hopfield
