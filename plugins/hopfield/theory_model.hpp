// Model `theory`: closed forms and mean-field equations of attractor networks.
#pragma once

#include <ansatz/plugin.hpp>

#include <vector>

namespace ansatz::hopfield {

inline constexpr auto loads_text = "Patterns over neurons";

struct OverlapOptions {
  std::vector<double> loads{0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.13, 0.1379};
  double temperature = 0;
  static constexpr auto params =
      std::tuple{param(&OverlapOptions::loads, "loads", loads_text, above(0), unit("patterns a neuron")),
                 param(&OverlapOptions::temperature, "temperature", "0, or at least 0.02", at_least(0),
                       unit("unit of the energy"))};
};
struct PhaseOptions {
  std::vector<double> loads{0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.13, 0.137};
  static constexpr auto params =
      std::tuple{param(&PhaseOptions::loads, "loads", loads_text, above(0), unit("patterns a neuron"))};
};
struct MarginOptions {
  std::vector<double> margins{0, 0.25, 0.5, 1, 1.5, 2};
  static constexpr auto params = std::tuple{param(
      &MarginOptions::margins, "margins", "Least aligned field over the norm of the weights", at_least(0))};
};
struct FlipOptions {
  std::int64_t n = 1000;
  std::vector<double> loads{0.05, 0.1, 0.138, 0.2, 0.3, 0.5, 1};
  static constexpr auto params = std::tuple{
      param(&FlipOptions::n, "n", "Neurons", between(2, 100000), unit("neurons")),
      param(&FlipOptions::loads, "loads", loads_text, above(0), at_most(1000), unit("patterns a neuron"))};
};
struct DichotomiesOptions {
  std::int64_t inputs = 200;
  std::vector<double> loads{0.5, 1, 1.5, 1.75, 1.9, 2, 2.1, 2.25, 2.5, 3};
  static constexpr auto params =
      std::tuple{param(&DichotomiesOptions::inputs, "inputs", "Weights of a neuron", between(1, 1000000)),
                 param(&DichotomiesOptions::loads, "loads", "Points over inputs", above(0), at_most(1000),
                       unit("points an input"))};
};
struct MinimaOptions {
  std::vector<std::int64_t> sizes{5, 10, 15, 20, 50, 100, 1000};
  static constexpr auto params =
      std::tuple{param(&MinimaOptions::sizes, "sizes", "Neurons", between(3, 1000000), unit("neurons"))};
};

struct Theory {
  static constexpr auto name = "theory";
  static constexpr auto text = "What attractor networks do, in closed form or in the limit of many neurons";
  static constexpr auto references =
      "Cover 1965, Geometrical and statistical properties of systems of linear inequalities\n"
      "Tanaka, Edwards 1980, Analytic theory of the ground state properties of a spin glass\n"
      "Amit, Gutfreund, Sompolinsky 1987, Statistical mechanics of neural networks near saturation\n"
      "Gardner 1988, The space of interactions in neural network models";

  void overlap(Session& session, const OverlapOptions& options);
  void phase(Session& session, const PhaseOptions& options);
  void margin(Session& session, const MarginOptions& options);
  void flip(Session& session, const FlipOptions& options);
  void dichotomies(Session& session, const DichotomiesOptions& options);
  void minima(Session& session, const MinimaOptions& options);

  static constexpr auto verbs = std::tuple{
      verb<&Theory::overlap>(
          "overlap", "Retrieval and spin-glass states of the Hebb rule (replica symmetric)",
          out<double>("load", "l", loads_text),
          out<double>("overlap", "l", "Of the retrieval state with its pattern; 0 where there is none", line),
          out<double>("q", "l", "Edwards-Anderson parameter of the retrieval state", line),
          out<double>("r", "l", "Mean square overlap with the other patterns, times n, over the load"),
          out<double>("glass_q", "l", "Of the spin-glass state, whose overlap is 0"),
          out<double>("glass_r", "l", "Of the spin-glass state"),
          out<double>("first_step_error", "l", "Share of bits that the first synchronous step flips", line),
          out<double>("critical", "", "Largest load with a retrieval state at temperature 0")),
      verb<&Theory::phase>("phase",
                           "Temperatures at which the states of the Hebb rule end (replica symmetric)",
                           out<double>("load", "l", loads_text),
                           out<double>("spinodal", "l", "Above it there is no retrieval state", line),
                           out<double>("glass", "l", "Above it there is no spin glass", line)),
      verb<&Theory::margin>("margin",
                            "Loads up to which random patterns can be stored with a margin (Gardner)",
                            out<double>("margin", "l", "Least aligned field over the norm of the weights"),
                            out<double>("load", "l", loads_text, line)),
      verb<&Theory::flip>(
          "flip", "What one synchronous step of the Hebb rule does to a bit of a pattern",
          out<double>("load", "l", loads_text),
          out<double>("flips", "l", "Chance that it flips, of n neurons: exact", line),
          out<double>("ties", "l", "Chance that its field is zero, of n neurons: exact"),
          out<double>("limit", "l", "Chance that it flips in the limit of many neurons", line)),
      verb<&Theory::dichotomies>(
          "dichotomies", "Share of the dichotomies of points that a neuron can separate (Cover)",
          out<double>("load", "l", "Points over inputs"),
          out<double>("separable", "l", "Share, for points in general position: exact", line)),
      verb<&Theory::minima>("minima", "Mean number of minima of networks with normal symmetric weights",
                            out<std::int64_t>("neurons", "l", "Neurons"),
                            out<double>("log_minima", "l", "Natural logarithm of their mean number", line),
                            out<double>("rate", "l", "The same over the number of neurons", line))};
};

}  // namespace ansatz::hopfield
