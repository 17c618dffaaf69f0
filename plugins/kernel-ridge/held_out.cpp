#include "held_out.hpp"

#include <cmath>
#include <string>

namespace ansatz::kernel_ridge {

std::vector<std::uint64_t> draw_held_out(Session& session, std::size_t n, double fraction) {
  const auto count = static_cast<std::uint64_t>(std::llround(fraction * static_cast<double>(n)));
  if (count >= n)
    throw BadArgument("kernel-ridge.fit: held_out leaves none of the " + std::to_string(n) + " rows to fit");
  return session.rng("held-out").choice(n, count);
}

double mean_error(bool labels, std::size_t targets, std::size_t count, const double* y,
                  const double* errors) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!labels) {
      for (std::size_t t = 0; t < targets; ++t)
        sum += errors[t * count + i] * errors[t * count + i] / static_cast<double>(targets);
      continue;
    }
    std::size_t guess = 0, truth = 0;
    double highest = 0;
    for (std::size_t t = 0; t < targets; ++t) {
      const double score = y[t * count + i] - errors[t * count + i];
      if (t == 0 || score > highest) guess = t, highest = score;
      if (y[t * count + i] == 1) truth = t;
    }
    sum += guess == truth ? 0 : 1;
  }
  return sum / static_cast<double>(count);
}

}  // namespace ansatz::kernel_ridge
