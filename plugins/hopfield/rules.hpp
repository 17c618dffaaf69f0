// Learning rules: from patterns to a network.
//
//   Learning learning;
//   network.add(patterns);
//   learning.begin(config, network, 0);
//   while (learning.step(config, network, executor, random)) {}
//
// Sources: README.md.  Between two steps everything is in the network and in this.
#pragma once

#include <ansatz/num/executor.hpp>
#include <ansatz/parameters.hpp>

#include <array>
#include <variant>

#include "data_fit.hpp"
#include "network.hpp"
#include "sampled_fit.hpp"

namespace ansatz::hopfield {

enum class Rule {
  hebb,
  covariance,
  pseudo_inverse,
  storkey,
  storkey_2,
  dreaming,
  pseudo_likelihood,
  flow,
  perceptron,
  min_overlap,
  adatron,
  diederich_opper_1,
  diederich_opper_2
};
constexpr auto choices(Rule) {
  return std::array{"hebb",
                    "covariance",
                    "pseudo-inverse",
                    "storkey",
                    "storkey-2",
                    "dreaming",
                    "pseudo-likelihood",
                    "flow",
                    "perceptron",
                    "min-overlap",
                    "adatron",
                    "diederich-opper-1",
                    "diederich-opper-2"};
}
enum class Diagonal { zero, keep };
constexpr auto choices(Diagonal) { return std::array{"zero", "keep"}; }
enum class Scale { n, one };
constexpr auto choices(Scale) { return std::array{"n", "1"}; }
enum class Thresholds { zero, matched, learned };
constexpr auto choices(Thresholds) { return std::array{"zero", "matched", "learned"}; }
enum class Symmetric { by_rule };
constexpr auto choices(Symmetric) { return std::array{"by-rule"}; }
enum class Neighbours { flips, sampled };
constexpr auto choices(Neighbours) { return std::array{"flips", "sampled"}; }
enum class Representation { automatic, packed, dense, int8 };
constexpr auto choices(Representation) { return std::array{"auto", "packed", "dense", "int8"}; }

struct Config {
  Rule rule = Rule::hebb;
  Coding coding = Coding::automatic;
  Diagonal diagonal = Diagonal::zero;
  Scale scale = Scale::n;
  Thresholds thresholds = Thresholds::matched;
  std::variant<Symmetric, bool> symmetric = Symmetric::by_rule;
  double kappa = 0, decay = 0, dream_time = 0, step_size = 1, penalty = 0;
  std::int64_t epochs = 1000;
  double tolerance = 1e-6;
  Neighbours neighbours = Neighbours::flips;
  std::int64_t samples = 200;
  Representation representation = Representation::automatic;
  std::int64_t memory = 4096;

  static constexpr auto params = std::tuple{
      param(&Config::rule, "rule", "Learning rule"),
      param(&Config::coding, "coding",
            "Of patterns and states: -1 and 1, or 0 and 1; auto: by what is there"),
      param(&Config::diagonal, "diagonal", "Self-coupling: set to zero, or kept as the rule gives it",
            used_if("rule=hebb|covariance|pseudo-inverse|dreaming")),
      param(&Config::scale, "scale", "Divisor of the sum of outer products: the number of neurons, or 1",
            used_if("rule=hebb")),
      param(&Config::thresholds, "thresholds",
            "matched: zero for -1 and 1, and such that 0 and 1 give the same network; zero: zero in the "
            "coding of the patterns; learned: by the rule (covariance, perceptron family, pseudo-likelihood, "
            "flow)"),
      param(
          &Config::symmetric, "symmetric",
          "Whether W = W'; by-rule: not in the perceptron family, which is replaced by (W + W') / 2 on "
          "demand",
          used_if("rule=perceptron|min-overlap|adatron|diederich-opper-1|diederich-opper-2|pseudo-likelihood|"
                  "flow")),
      param(&Config::kappa, "kappa",
            "Margin to reach, over the norm of the neuron's weights; pseudo-likelihood and flow stop there "
            "unless penalised",
            at_least(0), used_if("rule=perceptron|min-overlap|pseudo-likelihood|flow")),
      param(&Config::decay, "decay", "Share of the weights that each new pattern erases", at_least(0),
            below(1), used_if("rule=hebb|storkey|storkey-2")),
      param(&Config::dream_time, "dream_time", "0: Hebb; to infinity: pseudo-inverse", at_least(0),
            used_if("rule=dreaming")),
      param(&Config::step_size, "step_size",
            "Of the strength of a pattern; of flow with sampled neighbours, over the neurons, of the first "
            "step",
            above(0), below(2),
            used_if("rule=perceptron|min-overlap|adatron|diederich-opper-1|diederich-opper-2|flow")),
      param(
          &Config::epochs, "epochs",
          "Passes over the patterns before a neuron counts as not separable; steps of a fit", at_least(1),
          used_if("rule=perceptron|min-overlap|adatron|diederich-opper-1|diederich-opper-2|pseudo-likelihood|"
                  "flow")),
      param(&Config::tolerance, "tolerance",
            "Largest change of a strength in the last epoch; largest element of a fit's gradient", above(0),
            used_if("rule=adatron|diederich-opper-2|pseudo-likelihood|flow")),
      param(&Config::penalty, "penalty",
            "Half of it times the sum of squared weights is added to the objective", at_least(0),
            used_if("rule=pseudo-likelihood|flow")),
      param(&Config::neighbours, "neighbours",
            "Where probability flows to: all states one flip away, or states sampled from the model, which "
            "makes of "
            "it persistent contrastive divergence",
            used_if("rule=flow")),
      param(&Config::samples, "samples", "States sampled from the model", at_least(1), unit("states"),
            used_if("neighbours=sampled")),
      param(&Config::representation, "representation",
            "packed: patterns in bits, the weights never formed (hebb without decay); dense: a matrix; "
            "int8: packed, and fields from whole weights of a byte (two from 128 patterns on), faster where "
            "patterns are many times the neurons; auto: packed where it can be"),
      param(&Config::memory, "memory", "For a matrix of weights: refused beyond it", at_least(1), unit("MiB"),
            no_effect_on_result)};
};

[[nodiscard]] constexpr bool is_perceptron(Rule rule) { return rule >= Rule::perceptron; }
[[nodiscard]] constexpr bool is_fit(Rule rule) {
  return rule == Rule::pseudo_likelihood || rule == Rule::flow;
}
[[nodiscard]] constexpr bool is_sampled(const Config& config) {
  return config.rule == Rule::flow && config.neighbours == Neighbours::sampled;
}
[[nodiscard]] constexpr bool is_symmetric(const Config& config) {
  const bool* told = std::get_if<bool>(&config.symmetric);
  return told != nullptr && (is_fit(config.rule) || is_perceptron(config.rule)) ? *told
                                                                                : !is_perceptron(config.rule);
}

// The weights of a packed network as a matrix.  Throws BadArgument: beyond the memory.
void form_weights(const Config& config, Network& network);

class Learning {
 public:
  // The network has its patterns, of which it learned the first `known` before.  Throws BadArgument: weights above the
  // memory, `packed` with a rule that needs weights.
  void begin(const Config& config, Network& network, std::uint64_t known);
  // One closed form, pattern or epoch; true: there is more to do.  Draws from `random` alone.
  bool step(const Config& config, Network& network, Executor& executor, const SampledFit::Random& random);

  // Neurons for which the perceptron family has not found weights.
  [[nodiscard]] std::vector<std::uint64_t> failed() const;
  // Of the span of the patterns, by pseudo_inverse.
  [[nodiscard]] std::uint64_t rank() const { return rank_; }
  // Of the last step of a fit; with sampled neighbours the largest difference of a mean product instead.
  [[nodiscard]] double objective() const { return fit_.value(); }
  [[nodiscard]] double mismatch() const { return sampled_.mismatch(); }
  void state(Archive& archive);

 private:
  bool fit_step(const Config& config, const Network& network, Executor& executor);
  bool sampled_step(const Config& config, const Network& network, Executor& executor,
                    const SampledFit::Random& random);
  void finish(const Config& config, Network& network) const;
  void set_thresholds(const Config& config, Network& network) const;

  std::uint64_t next_ = 0;  // pattern, or epoch
  std::uint64_t rank_ = 0;
  Matrix<double> strengths_;           // n x p, of the perceptron family
  std::vector<std::uint8_t> settled_;  // n
  DataFit fit_;
  SampledFit sampled_;
  Matrix<double> gram_, signs_, products_;  // made when first needed
};

// One epoch for all neurons.  `gram` is XX'/n, with 1/n added where thresholds are learned; neuron i's weights are (1/n) sum over mu of strengths(i, mu)
// xi_i xi, without itself.
void perceptron_epoch(const Config& config, const Network& network, const Matrix<double>& gram,
                      Matrix<double>& strengths, std::vector<std::uint8_t>& settled, Executor& executor);

}  // namespace ansatz::hopfield
