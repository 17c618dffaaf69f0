// A share of trials with its 95 % interval by Wilson's score, which stays inside [0, 1] also where all or none hit.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>

namespace ansatz::bench {

struct Share {
  double hits = 0, trials = 0;

  void add(bool hit) { hits += hit ? 1 : 0, trials += 1; }
  [[nodiscard]] double mean() const { return hits / trials; }
  [[nodiscard]] std::string text() const {
    constexpr double z = 1.96;
    const double centre = (hits + z * z / 2) / (trials + z * z);
    const double half = z * std::sqrt(hits * (trials - hits) / trials + z * z / 4) / (trials + z * z);
    char line[100];
    std::snprintf(line, sizeof line, "%.0f of %.0f = %.3f (%.3f to %.3f)", hits, trials, mean(),
                  centre - half, centre + half);
    return line;
  }
};

}  // namespace ansatz::bench
