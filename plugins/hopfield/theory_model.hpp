// Model `theory`: what networks of infinitely many neurons do.
#pragma once

#include <ansatz/plugin.hpp>

#include <vector>

#include "theory.hpp"

namespace ansatz::hopfield {

struct OverlapOptions {
  std::vector<double> loads{0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.13, 0.1379};
  double temperature = 0;
  static constexpr auto params = std::tuple{
      param(&OverlapOptions::loads, "loads", "Patterns over neurons", above(0), unit("patterns a neuron")),
      param(&OverlapOptions::temperature, "temperature", "0, or at least 0.05", at_least(0),
            unit("unit of the energy"))};
};

struct MarginOptions {
  std::vector<double> margins{0, 0.25, 0.5, 1, 1.5, 2};
  static constexpr auto params = std::tuple{param(
      &MarginOptions::margins, "margins", "Least aligned field over the norm of the weights", at_least(0))};
};

struct Theory {
  static constexpr auto name = "theory";
  static constexpr auto text = "Attractor networks in the limit of many neurons";
  static constexpr auto references =
      "Amit, Gutfreund, Sompolinsky 1987, Statistical mechanics of neural networks near saturation\n"
      "Gardner 1988, The space of interactions in neural network models";

  void overlap(Session& s, const OverlapOptions& options) {
    const std::uint64_t count = options.loads.size();
    if (count == 0) throw BadArgument("hopfield.overlap: loads is empty; give at least one load");
    if (options.temperature > 0 && options.temperature < 0.05) {
      throw BadArgument("hopfield.overlap: temperature is " + std::to_string(options.temperature) +
                        "; give 0, or at least 0.05");
    }
    const auto load = s.out_values<double>("load", {count}), m = s.out_values<double>("overlap", {count});
    const auto error = s.out_values<double>("first_step_error", {count});
    for (std::size_t i = 0; i < count; ++i) {
      s.check_cancelled();
      load[i] = options.loads[i];
      m[i] = options.temperature > 0 ? mean_field(load[i], options.temperature).overlap
                                     : zero_temperature_overlap(load[i]);
      error[i] = first_step_error(load[i]);
    }
    s.out_scalar("critical", critical_load());
  }

  void margin(Session& s, const MarginOptions& options) {
    const std::uint64_t count = options.margins.size();
    if (count == 0) throw BadArgument("hopfield.margin: margins is empty; give at least one margin");
    const auto margin = s.out_values<double>("margin", {count}), load = s.out_values<double>("load", {count});
    for (std::size_t i = 0; i < count; ++i) margin[i] = options.margins[i], load[i] = margin_load(margin[i]);
  }

  static constexpr auto verbs = std::tuple{
      verb<&Theory::overlap>(
          "overlap", "Overlap of the retrieval state of the Hebb rule (replica symmetric)",
          out<double>("load", "l", "Patterns over neurons"),
          out<double>("overlap", "l", "With the pattern; 0 where there is no such state", line),
          out<double>("first_step_error", "l", "Share of bits that the first synchronous step flips", line),
          out<double>("critical", "", "Largest load with a retrieval state at temperature 0")),
      verb<&Theory::margin>("margin",
                            "Loads up to which random patterns can be stored with a margin (Gardner)",
                            out<double>("margin", "l", "Least aligned field over the norm of the weights"),
                            out<double>("load", "l", "Patterns over neurons", line))};
};

}  // namespace ansatz::hopfield
