// Model `continuous`: real patterns, retrieved by softmax-weighted averages.
#pragma once

#include <memory>

#include "continuous_capacity.hpp"
#include "retrieval.hpp"
#include "sweep.hpp"

namespace ansatz::modern_hopfield {

struct EvaluateOptions {
  Temperature temperature;
  static constexpr auto params = std::tuple{params_of(&EvaluateOptions::temperature)};
};

class ContinuousModel {
 public:
  static constexpr auto name = "continuous";
  static constexpr auto text = "Real patterns retrieved by updates that are attention (log-sum-exp energy)";
  static constexpr auto references =
      "Ramsauer et al. 2021, Hopfield networks is all you need\n"
      "Yuille, Rangarajan 2003, The concave-convex procedure\n"
      "Milakov, Gimelshein 2018, Online normalizer calculation for softmax";

  void store(Session& session);
  bool retrieve(Session& session, const RetrieveOptions& options);  // an update of every state
  void evaluate(Session& session, const EvaluateOptions& options);
  bool sweep(Session& session, const SweepOptions& options);                  // a temperature
  bool capacity(Session& session, const ContinuousCapacityOptions& options);  // a draw
  void state(Archive& archive);

  static constexpr auto verbs = std::tuple{
      verb<&ContinuousModel::store>(
          "store", "Store patterns, with values to give in their place if wired", learns,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w", "Patterns"),
          in<double, float, std::uint8_t>("value", "n,v", "What a pattern stands for", optional),
          out<double>("largest_norm", "", "M, the largest norm of a pattern"),
          out<double>("diameter", "", "Bound of the patterns' distances: twice the largest from their mean")),
      verb<&ContinuousModel::retrieve>(
          "retrieve", "Follow the updates from given states", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w", "States"),
          in<bool>("mask", "d|q,d|q,h,w", "Elements that are known, and stay", optional),
          out<double>("x", "q,d|q,h,w|q,v", "Where they end, or the value there", image_grid),
          out<double>("weight", "q,k", "Softmax weights of the best patterns there", optional),
          out<std::int64_t>("index", "q,k", "Numbers of these patterns, best first", optional),
          out<double>("energy", "q", "Energy there", optional, histogram),
          out<std::int64_t>("match", "q", "The best of them", optional),
          out<std::int64_t>("steps", "q", "Updates made, the reading of a value among them"),
          out<double>("residual", "q", "How far the last update went"),
          out<double>("error", "q", "Bound of the error of a truncated update, the largest met", optional)),
      verb<&ContinuousModel::evaluate>(
          "evaluate", "Energy, gradient, curvature and weights at states", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w", "States"),
          out<double>("energy", "q", "Energy", histogram),
          out<double>("gradient_norm", "q", "Distance of the update from the state"),
          out<double>("jacobian_norm", "q",
                      "Largest eigenvalue of the update's Jacobian; below 1 it contracts"),
          out<double>("separation", "q", "Largest dot product less the second; 0 for one pattern"),
          out<double>("bound", "q", "Bound of the update's distance from the pattern of the largest product"),
          out<std::int64_t>("effective_count", "q", "Fewest patterns whose weights sum to 0.9", histogram),
          out<double>("entropy", "q", "exp of the entropy of the weights", histogram)),
      verb<&ContinuousModel::sweep>(
          "sweep", "Fixed points that states reach, temperature by temperature", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w", "States"),
          out<double>("beta", "b", "Inverse temperatures"),
          out<std::int64_t>("effective_count", "b,q", "Fewest patterns whose weights sum to 0.9 there",
                            heat_map),
          out<Text>("phase", "b,q",
                    "average (more than half of the patterns), metastable (some) or single (one)"),
          out<double>("average", "b", "Share of the states in this phase"),
          out<double>("metastable", "b", "Share of the states in this phase"),
          out<double>("single", "b", "Share of the states in this phase"),
          out<std::int64_t>("distinct", "b", "Different fixed points"),
          out<std::int64_t>("phases", "", "How many of the three phases were met"),
          out<double>("border", "e",
                      "beta where states leave the average and where they become single, geometric means; if "
                      "betas ascend and every state does both",
                      optional),
          out<double>("border_low", "e", "Lower end of its interval of 0.95 over the states", optional),
          out<double>("border_high", "e", "Upper end", optional)),
      verb<&ContinuousModel::capacity>(
          "capacity", "Store patterns drawn at random and try to recall them from cues",
          in<double, float, std::uint8_t>("x", "n,d|n,h,w", "Patterns to draw from, for ensemble: given",
                                          optional),
          out<std::int64_t>("load", "k", "Numbers of patterns"),
          out<double>("exact", "k", "Share recalled, by criterion"),
          out<double>("low", "k", "Lower end of its interval of 0.95 (Wilson)"),
          out<double>("high", "k", "Upper end"),
          out<double>("error", "k", "Mean distance from the pattern, over its norm"),
          out<double>("bounded", "k",
                      "Share for which the cue was nearest in products and the last update within its bound"),
          out<double>("least", "", "The least of exact"),
          out<double>("least_bounded", "", "The least of bounded"))};

 private:
  SoftmaxEnergy& energy(Session& session, Precision precision);

  Memory memory_;
  Retrieval retrieval_;
  BetaSweep sweep_;
  ContinuousCapacity capacity_;
  std::unique_ptr<SoftmaxEnergy> energy_;  // made from the memory when first needed
};

}  // namespace ansatz::modern_hopfield
