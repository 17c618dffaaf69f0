// Model `dense`: binary patterns under an energy steeper than quadratic.
#pragma once

#include <ansatz/plugin.hpp>

#include "dense_basins.hpp"
#include "dense_capacity.hpp"
#include "dense_retrieval.hpp"
#include "dense_training.hpp"

namespace ansatz::modern_hopfield {

struct DenseConfig {
  DenseEnergy energy = DenseEnergy::rectified;
  std::int64_t power = 3;
  Coding coding = Coding::automatic;
  static constexpr auto params = std::tuple{
      param(&DenseConfig::energy, "energy", "F: x^2, x^power, max(x, 0)^power or e^x"),
      param(&DenseConfig::power, "power", "Exponent of F", between(1, 64),
            used_if("energy=polynomial|rectified")),
      param(&DenseConfig::coding, "coding", "Of patterns: -1 and 1, or 0 and 1; auto: by what is there")};
};

class DenseModel {
 public:
  using Config = DenseConfig;
  Config config;

  static constexpr auto name = "dense";
  static constexpr auto text = "Dense associative memory: binary patterns, energy -sum F(xi.s)";
  static constexpr auto references =
      "Krotov, Hopfield 2016, Dense associative memory for pattern recognition\n"
      "Demircigil, Heusel, Loewe, Upgang, Vermet 2017, On a model of associative memory with huge storage "
      "capacity";

  void store(Session& session);
  bool retrieve(Session& session, const DenseRetrieveOptions& options);  // a sweep
  void evaluate(Session& session);
  bool capacity(Session& session, const DenseCapacityOptions& options);  // a draw
  bool basins(Session& session, const BasinOptions& options);            // a pattern
  bool fit(Session& session, const DenseFitOptions& options);            // an epoch
  void predict(Session& session);
  void state(Archive& archive);

  static constexpr auto verbs = std::tuple{
      verb<&DenseModel::store>(
          "store", "Store patterns", learns,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "n,d|n,h,w", "Patterns"),
          in<std::int64_t, std::int32_t, std::uint8_t, bool, Text>("label", "n", "Their classes", optional),
          out<std::int64_t>("distinct", "", "Patterns that equal no other before them")),
      verb<&DenseModel::retrieve>(
          "retrieve", "Follow the dynamics from given states", needs_model,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "q,d|q,h,w", "States"),
          in<bool>("clamp", "d|q,d|q,h,w", "Neurons that stay as they are", optional),
          out<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "q,d|q,h,w",
                                                                             "Where they end", image_grid),
          out<double>("energy", "q", "Energy there"), out<std::int64_t>("sweeps", "q", "Sweeps taken"),
          out<bool>("settled", "q", "Whether the last sweep left every neuron"),
          out<std::int64_t>("ties", "q", "Fields that were zero"),
          out<std::int64_t>("match", "q", "The pattern that it equals; -1: none"),
          out<double>("overlap", "q", "Largest overlap with a pattern, over d"),
          out<double>("trace", "t,q", "Energies from the start, a row a sweep", line)),
      verb<&DenseModel::evaluate>(
          "evaluate", "Energies of states and of their neighbours", needs_model,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "q,d|q,h,w", "States"),
          out<double>("energy", "q", "Energy", histogram),
          out<double>("drop", "q,d", "Energy with this neuron turned round, less that of the state"),
          out<bool>("stable", "q", "Whether no neuron turned round lowers the energy"),
          out<std::int64_t, Text>("class", "q", "Class of the pattern of the largest overlap", optional)),
      verb<&DenseModel::capacity>(
          "capacity", "Store random patterns and try to recall them",
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>(
              "x", "n,d|n,h,w", "Patterns to draw from, for ensemble: given", optional),
          out<std::int64_t>("neurons", "c", "Numbers of neurons"),
          out<double>("patterns", "c,k", "Numbers of patterns, a row for a number of neurons"),
          out<double>("bit_error", "c,k", "Share of wrong bits"),
          out<double>("low", "c,k", "It less 1.96 standard errors"),
          out<double>("high", "c,k", "It plus 1.96 standard errors"),
          out<double>("exact", "c,k", "Share recalled in every bit"),
          out<double>("recalled", "c,k", "Share recalled by `criterion`"),
          out<double>("theory", "c,k", "Q(<dE> / sigma): the share after one sweep from a pattern", optional),
          out<double>("capacity", "c",
                      "Patterns at which the share of wrong bits passes `error`; 0: nowhere"),
          out<double>("slope", "", "Of log capacity over log neurons, by least squares", optional)),
      verb<&DenseModel::basins>(
          "basins", "From how far patterns are recalled", needs_model,
          in<bool, std::uint8_t, std::int32_t, std::int64_t, float, double>("x", "n,d|n,h,w",
                                                                            "Patterns to recall"),
          out<double>("share", "r", "Shares that a cue lacks"),
          out<double>("recalled", "n,r", "Share of the cues that came back; 0 behind the radius", heat_map),
          out<double>("radius", "n", "Largest share up to which half of the cues or more came back",
                      histogram),
          out<double>("mean", "", "Mean radius")),
      verb<&DenseModel::fit>(
          "fit", "Train memories to classify rows", learns, takes_model,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w", "Rows, best between -1 and 1"),
          in<std::int64_t, std::int32_t, std::uint8_t, bool, Text>("y", "n", "Their classes"),
          out<double>("memories", "k,d", "Inputs of the memories", image_grid),
          out<double>("unit", "k,c", "Their class units, classes in ascending order", heat_map),
          out<std::int64_t>("votes", "k", "Classes that a memory votes for: units above 0", histogram),
          out<double>(
              "single", "",
              "Share that votes for one class alone, of the memories that vote for some and not for all"),
          out<double>("loss", "", "Mean loss of the last epoch"),
          out<double>("error", "", "Share of rows taken for another class in the last epoch")),
      verb<&DenseModel::predict>(
          "predict", "Classify rows by trained memories", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w", "Rows"),
          out<std::int64_t, Text>("y", "q", "The class of the largest score"),
          out<double>("score", "q,c", "Scores of the classes, ascending, between -1 and 1", heat_map))};

 private:
  DenseMemory memory_;
  DenseRetrieval retrieval_;
  DenseCapacity capacity_;
  DenseBasins basins_;
  DenseClassifier classifier_;
};

}  // namespace ansatz::modern_hopfield
