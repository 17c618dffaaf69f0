#include "theory_model.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "mean_field.hpp"
#include "theory.hpp"

namespace ansatz::hopfield {
namespace {

template <class T>
std::uint64_t count_of(const std::vector<T>& grid, const char* verb, const char* name) {
  if (grid.empty()) {
    throw BadArgument(std::string{"hopfield."} + verb + ": " + name + " is empty; give at least one value");
  }
  return grid.size();
}

std::uint64_t points_at(double load, std::int64_t size) {
  return std::max<std::uint64_t>(1,
                                 static_cast<std::uint64_t>(std::llround(load * static_cast<double>(size))));
}

}  // namespace

void Theory::overlap(Session& session, const OverlapOptions& options) {
  const std::uint64_t count = count_of(options.loads, "overlap", "loads");
  if (options.temperature > 0 && options.temperature < 0.02) {
    throw BadArgument("hopfield.overlap: temperature is " + std::to_string(options.temperature) +
                      "; give 0, or at least 0.02");
  }
  const auto put = [&](const char* port) { return session.out_values<double>(port, {count}); };
  const auto load = put("load"), m = put("overlap"), q = put("q"), r = put("r"), glass_q = put("glass_q"),
             glass_r = put("glass_r"), error = put("first_step_error");
  for (std::size_t i = 0; i < count; ++i) {
    session.check_cancelled();
    load[i] = options.loads[i];
    const MeanField retrieval = retrieval_state(load[i], options.temperature),
                    glass = glass_state(load[i], options.temperature);
    m[i] = retrieval.overlap, q[i] = retrieval.q, r[i] = retrieval.r;
    glass_q[i] = glass.q, glass_r[i] = glass.r;
    error[i] = first_step_error(load[i]);
  }
  session.out_scalar("critical", critical_load());
}

void Theory::phase(Session& session, const PhaseOptions& options) {
  const std::uint64_t count = count_of(options.loads, "phase", "loads");
  const auto put = [&](const char* port) { return session.out_values<double>(port, {count}); };
  const auto load = put("load"), lower = put("spinodal"), upper = put("glass");
  session.parallel_for(count, [&](std::uint64_t i, std::uint32_t) {
    if (session.cancelled()) return;
    load[i] = options.loads[i];
    lower[i] = spinodal(load[i]);
    upper[i] = glass_temperature(load[i]);
  });
  session.check_cancelled();
}

void Theory::margin(Session& session, const MarginOptions& options) {
  const std::uint64_t count = count_of(options.margins, "margin", "margins");
  const auto margin = session.out_values<double>("margin", {count}),
             load = session.out_values<double>("load", {count});
  for (std::size_t i = 0; i < count; ++i) margin[i] = options.margins[i], load[i] = margin_load(margin[i]);
}

void Theory::flip(Session& session, const FlipOptions& options) {
  const std::uint64_t count = count_of(options.loads, "flip", "loads");
  const auto put = [&](const char* port) { return session.out_values<double>(port, {count}); };
  const auto load = put("load"), flips = put("flips"), ties = put("ties"), limit = put("limit");
  for (std::size_t i = 0; i < count; ++i) {
    session.check_cancelled();
    const std::uint64_t p = points_at(options.loads[i], options.n);
    const Flip exact = first_step(static_cast<std::uint64_t>(options.n), p);
    load[i] = static_cast<double>(p) / static_cast<double>(options.n);
    flips[i] = exact.flips, ties[i] = exact.ties;
    limit[i] = first_step_error(load[i]);
  }
}

void Theory::dichotomies(Session& session, const DichotomiesOptions& options) {
  const std::uint64_t count = count_of(options.loads, "dichotomies", "loads");
  const auto load = session.out_values<double>("load", {count}),
             share = session.out_values<double>("separable", {count});
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t p = points_at(options.loads[i], options.inputs);
    load[i] = static_cast<double>(p) / static_cast<double>(options.inputs);
    share[i] = separable_share(p, static_cast<std::uint64_t>(options.inputs));
  }
}

void Theory::minima(Session& session, const MinimaOptions& options) {
  const std::uint64_t count = count_of(options.sizes, "minima", "sizes");
  const auto neurons = session.out_values<std::int64_t>("neurons", {count});
  const auto number = session.out_values<double>("log_minima", {count}),
             rate = session.out_values<double>("rate", {count});
  for (std::size_t i = 0; i < count; ++i) {
    neurons[i] = options.sizes[i];
    number[i] = log_minima(static_cast<std::uint64_t>(neurons[i]));
    rate[i] = number[i] / static_cast<double>(neurons[i]);
  }
}

}  // namespace ansatz::hopfield
