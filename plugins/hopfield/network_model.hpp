// Model `network`: binary neurons that store patterns as fixed points.
#pragma once

#include <ansatz/plugin.hpp>

#include <memory>

#include "basins.hpp"
#include "capacity.hpp"
#include "enumerate.hpp"
#include "retrieval.hpp"
#include "rules.hpp"
#include "sampling.hpp"
#include "unlearning.hpp"

namespace ansatz::hopfield {

struct EvaluateOptions {
  bool energy = true;
  static constexpr auto params =
      std::tuple{param(&EvaluateOptions::energy, "energy", "Give energies; they need symmetric weights")};
};

// Verb `store` of a model that keeps patterns by these rules.
template <auto store>
constexpr auto store_verb() {
  return verb<store>(
      "store", "Store patterns, beside those of a given model", learns, takes_model,
      in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "p,n", "Patterns"),
      out<double>("weights", "n,n", "Weights; not written where they are never formed", optional, heat_map),
      out<double>("thresholds", "n", "Thresholds in the -1/+1 form"),
      out<double>("margin", "k,n", "xi_i h_i of every pattern stored; up to 2^24 of them", optional,
                  histogram),
      out<bool>("stable", "k", "Whether every field of the pattern has its sign"),
      out<bool>("converged", "", "Whether the rule reached its aim"));
}

class NetworkModel {
 public:
  Config config;

  static constexpr auto name = "network";
  static constexpr auto text = "Hopfield network: patterns stored as fixed points of binary neurons";
  static constexpr auto references =
      "Hopfield 1982, Neural networks and physical systems with emergent collective computational abilities\n"
      "Hopfield, Feinstein, Palmer 1983, Unlearning has a stabilizing effect in collective memories\n"
      "Personnaz, Guyon, Dreyfus 1985, Information storage and retrieval in spin-glass like neural networks\n"
      "Amit, Gutfreund, Sompolinsky 1987, Statistical mechanics of neural networks near saturation\n"
      "Diederich, Opper 1987, Learning of correlated patterns in spin-glass networks by local learning "
      "rules\n"
      "Anlauf, Biehl 1989, The AdaTron: an adaptive perceptron algorithm\n"
      "Storkey 1997, Increasing the capacity of a Hopfield network without sacrificing functionality\n"
      "Fachechi, Agliari, Barra 2019, Dreaming neural networks\n"
      "Serricchio et al. 2025, Daydreaming Hopfield networks";

  bool store(Session& session);                                     // a closed form, a pattern or an epoch
  bool unlearn(Session& session, const UnlearnOptions& options);    // a relaxation
  bool retrieve(Session& session, const RetrieveOptions& options);  // a sweep
  void evaluate(Session& session, const EvaluateOptions& options);
  bool sample(Session& session, const SampleOptions& options);      // a sweep
  bool enumerate(Session& session);                                 // a block of states
  bool basins(Session& session, const BasinOptions& options);       // a pattern
  bool capacity(Session& session, const CapacityOptions& options);  // a draw
  void state(Archive& archive);
  // Of what was learned.  Throws BadState: nothing was.
  const FieldMaker& maker();

  static constexpr auto verbs = std::tuple{
      store_verb<&NetworkModel::store>(),
      verb<&NetworkModel::unlearn>(
          "unlearn", "Weaken what random states relax to, which is mostly no pattern", learns, needs_model,
          out<double>("energy", "s", "Of the states that were weakened, before", line),
          out<double>("weights", "n,n", "Weights", heat_map),
          out<double>("thresholds", "n", "Thresholds in the -1/+1 form"),
          out<double>("margin", "k,n", "xi_i h_i of every pattern stored; up to 2^24 of them", optional,
                      histogram),
          out<bool>("stable", "k", "Whether every field of the pattern has its sign")),
      verb<&NetworkModel::retrieve>(
          "retrieve", "Follow the dynamics from given states", needs_model,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "q,n", "States"),
          in<bool>("clamp", "n|q,n", "Neurons that stay as they are", optional),
          out<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "q,n", "Where they end",
                                                                             image_grid),
          out<double>("energy", "q", "Their energies, in the -1/+1 form", optional),
          out<std::int64_t>("sweeps", "q", "Sweeps taken"),
          out<std::int64_t>("period", "q", "1: a fixed point; 2: a cycle of two; 0: neither yet"),
          out<std::int64_t>("match", "q", "The pattern that it equals; -1: none"),
          out<double>("overlap", "q", "Largest overlap with a pattern"),
          out<double>("trace", "t,q", "Energies from the start, a row a sweep", optional, line),
          out<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>(
              "path", "t,q,n", "States from the start, if recorded", optional)),
      verb<&NetworkModel::evaluate>(
          "evaluate", "Energies, fields and margins of states", needs_model,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "q,n", "States"),
          out<double>("energy", "q", "Energies, in the -1/+1 form", optional),
          out<double>("field", "q,n", "Fields less thresholds, in the -1/+1 form"),
          out<double>("margin", "q", "Least s_i h_i", histogram),
          out<bool>("stable", "q", "Whether every field has the sign of its neuron")),
      verb<&NetworkModel::sample>(
          "sample", "Draw states with the odds of exp(-energy / temperature), by Glauber dynamics",
          needs_model,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>(
              "x", "c,n", "Where the chains start; without it at random", optional),
          out<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "c,n", "Where they end",
                                                                             raster),
          out<double>("energy", "t,c", "Energies from the start, a row a sweep", line),
          out<double>("mean", "n", "Of s_i over chains and sweeps after burn_in, in the -1/+1 form"),
          out<double>("correlation", "n,n", "Mean of s_i s_j; up to 4096 neurons", optional, heat_map)),
      verb<&NetworkModel::enumerate>(
          "enumerate", "All fixed points, up to 24 neurons", needs_model,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>(
              "x", "p,n", "Patterns that name the kinds; without it those that were stored", optional),
          out<std::int32_t>("x", "f,n", "Fixed points", table),
          out<double>("energy", "f", "Their energies", table),
          out<Text>("kind", "f", "stored, reversed, mixture (of three patterns) or other", table),
          out<std::int64_t>("basin", "f", "States that descend to it by the steepest flips", table)),
      verb<&NetworkModel::basins>(
          "basins", "From how far away the dynamics find patterns", needs_model,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "p,n", "Patterns"),
          out<double>("radius", "p",
                      "Largest share of flipped bits up to which at least half of the starts are recalled",
                      histogram),
          out<double>("start", "k", "Overlap of the starts with their patterns"),
          out<double>("final", "k", "Mean overlap of the ends", line),
          out<double>("low", "k", "The same less 1.96 standard errors"),
          out<double>("high", "k", "The same plus 1.96 standard errors")),
      verb<&NetworkModel::capacity>(
          "capacity", "Store random patterns and try to recall them, load by load",
          out<double>("load", "l", "Patterns over neurons"),
          out<double>("overlap", "l", "Mean overlap of the end with the pattern", line),
          out<double>("bit_error", "l", "Share of wrong bits", line),
          out<double>("exact", "l", "Share recalled, by criterion", line),
          out<double>("low", "l", "Overlap less 1.96 standard errors"),
          out<double>("high", "l", "Overlap plus 1.96 standard errors"),
          out<double>("kept", "",
                      "Largest load up to which at least half is recalled, by criterion; 0: none"),
          out<double>("theory", "l", "Overlap in the limit of many neurons (Hebb rule)", optional, line))};

 private:
  void put_stored(Session& session);
  void put_network(Session& session);

  Network network_;
  bool given_ = false;  // the network was loaded: patterns are added to it
  Learning learning_;
  Unlearning unlearning_;
  Retrieval retrieval_;
  Sampling sampling_;
  Enumeration enumeration_;
  Basins basins_;
  Capacity capacity_;
  std::unique_ptr<FieldMaker> maker_;  // made from the network when first needed
};

}  // namespace ansatz::hopfield
