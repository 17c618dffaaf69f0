// Model `graded`: neurons with graded response on the weights of the same rules.
#pragma once

#include <string_view>
#include <utility>

#include "graded_retrieval.hpp"
#include "network_model.hpp"

namespace ansatz::hopfield {

namespace detail {

inline constexpr std::size_t step_size_at = std::apply(
    [](const auto&... parameter) {
      std::size_t place = 0, found = 0;
      ((found = std::string_view{parameter.name} == "step_size" ? place : found, ++place), ...);
      return found;
    },
    Config::params);

template <std::size_t... I>
constexpr auto without_step_size(std::index_sequence<I...>) {
  return std::tuple{std::get<(I < step_size_at ? I : I + 1)>(Config::params)...};
}

}  // namespace detail

// The parameters of the rules but `step_size`, which here is the integrator's: the perceptron family takes steps of 1.
struct GradedConfig : Config {
  static constexpr auto params =
      detail::without_step_size(std::make_index_sequence<std::tuple_size_v<decltype(Config::params)> - 1>{});
};

struct GradedEvaluateOptions {
  double gain = 1;
  bool energy = true;
  static constexpr auto params = std::tuple{
      param(&GradedEvaluateOptions::gain, "gain", "Slope of the outputs: V = tanh(gain u)", above(0)),
      param(&GradedEvaluateOptions::energy, "energy", "Give energies; they need symmetric weights")};
};

class GradedModel {
 public:
  GradedConfig config;

  static constexpr auto name = "graded";
  static constexpr auto text = "Hopfield network of neurons with graded response, in continuous time";
  static constexpr auto references =
      "Hopfield 1984, Neurons with graded response have collective computational properties like those of "
      "two-state neurons\n"
      "Dormand, Prince 1980, A family of embedded Runge-Kutta formulae";

  bool store(Session& session);
  bool retrieve(Session& session, const GradedRetrieveOptions& options);  // a step of the integrator
  void evaluate(Session& session, const GradedEvaluateOptions& options);
  void state(Archive& archive);

  static constexpr auto verbs = std::tuple{
      store_verb<&GradedModel::store>(),
      verb<&GradedModel::retrieve>(
          "retrieve", "Follow the differential equation from given outputs", needs_model,
          in<double, float, std::int32_t, std::int64_t>("x", "q,n",
                                                        "Outputs V, in [-1, 1]; states of -1 and 1 are some"),
          in<double, float>("i", "n", "Drive I, added to every field", optional),
          out<double>("x", "q,n", "Outputs where they end", image_grid),
          out<double>("energy", "t,q", "Energies from the start, a row a step", optional, line),
          out<double>("time", "t,q", "When they were so"),
          out<double>("residual", "q", "Largest |V - tanh(gain (WV - thresholds + I))| at the end"),
          out<std::int64_t>("steps", "q", "Steps taken")),
      verb<&GradedModel::evaluate>(
          "evaluate", "Energies, fields and residuals of outputs", needs_model,
          in<double, float, std::int32_t, std::int64_t>("x", "q,n",
                                                        "Outputs V, in [-1, 1]; states of -1 and 1 are some"),
          in<double, float>("i", "n", "Drive I, added to every field", optional),
          out<double>("energy", "q", "Energies", optional),
          out<double>("field", "q,n", "WV - thresholds + I"),
          out<double>("residual", "q", "Largest |V - tanh(gain field)|", histogram))};

 private:
  NetworkModel network_;
  GradedRetrieval retrieval_;
};

}  // namespace ansatz::hopfield
