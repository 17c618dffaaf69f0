// The replica-symmetric equations of the Hebb rule at a temperature (Amit, Gutfreund, Sompolinsky 1987), b = 1/temperature:
//
//   m = <tanh b(m + sqrt(load r) z)>,   q = <tanh^2 b(m + sqrt(load r) z)>,   r = q / (1 - b(1 - q))^2,   z normal.
#pragma once

namespace ansatz::hopfield {

struct MeanField {
  double overlap, q, r;  // all 0 where there is no such state
};

// The retrieval state, of the largest m > 0.  The temperature is 0, or at least 0.02.
[[nodiscard]] MeanField retrieval_state(double load, double temperature);
// The spin glass: m = 0, q > 0.
[[nodiscard]] MeanField glass_state(double load, double temperature);

// The temperature above which there is no retrieval state; 0 above the critical load.
[[nodiscard]] double spinodal(double load);
// The temperature above which there is no spin glass, 1 + sqrt(load).
[[nodiscard]] double glass_temperature(double load);

}  // namespace ansatz::hopfield
