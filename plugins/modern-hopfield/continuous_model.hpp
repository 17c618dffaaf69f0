// Model `continuous`: real patterns, retrieved by softmax-weighted averages.
#pragma once

#include <memory>

#include "retrieval.hpp"

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
          out<double>("entropy", "q", "exp of the entropy of the weights", histogram))};

 private:
  SoftmaxEnergy& energy(Session& session, Precision precision);

  Memory memory_;
  Retrieval retrieval_;
  std::unique_ptr<SoftmaxEnergy> energy_;  // made from the memory when first needed
};

}  // namespace ansatz::modern_hopfield
