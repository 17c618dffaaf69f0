// Model `universal`: single-shot memories of any similarity and separation (similarity.hpp).
#pragma once

#include <ansatz/plugin.hpp>

#include "memory.hpp"
#include "similarity.hpp"

namespace ansatz::modern_hopfield {

enum class Projection { self, value };
constexpr auto choices(Projection) { return std::array{"self", "value"}; }

struct UniversalOptions {
  Similarity similarity = Similarity::dot;
  Separation separation = Separation::softmax;
  Projection projection = Projection::self;
  std::int64_t power = 2, updates = 1, top = 10;
  double beta = 1;
  static constexpr auto params = std::tuple{
      param(&UniversalOptions::similarity, "similarity",
            "Of states and patterns: products, or distances of vectors or of distributions"),
      param(&UniversalOptions::separation, "separation", "From similarities to weights"),
      param(&UniversalOptions::power, "power", "Exponent of separation: power", between(1, 64),
            used_if("separation=power")),
      param(&UniversalOptions::beta, "beta", "Inverse temperature of separation: softmax", above(0),
            unit("1 / unit of the similarity"), used_if("separation=softmax")),
      param(&UniversalOptions::projection, "projection",
            "What is summed: the patterns, or in the last update the values stored with them"),
      param(&UniversalOptions::updates, "updates", "Updates of a state", between(1, 4000)),
      param(&UniversalOptions::top, "top", "Patterns to name at weight and index; 0: none", at_least(0))};
};

struct CompareOptions {
  std::vector<std::int64_t> powers{2, 3, 4, 10};
  double beta = 1;
  static constexpr auto params =
      std::tuple{param(&CompareOptions::powers, "powers", "Exponents of separation: power", between(1, 64)),
                 param(&CompareOptions::beta, "beta", "Inverse temperature of separation: softmax", above(0),
                       unit("1 / unit of the similarity"))};
};

class UniversalModel {
 public:
  static constexpr auto name = "universal";
  static constexpr auto text = "Single-shot memory: any similarity, any separation, one projection";
  static constexpr auto references =
      "Millidge, Salvatori, Song, Lukasiewicz, Bogacz 2022, Universal Hopfield networks";

  void store(Session& session);
  bool retrieve(Session& session, const UniversalOptions& options);  // an update
  bool compare(Session& session, const CompareOptions& options);     // a similarity
  void state(Archive& archive);

  static constexpr auto verbs = std::tuple{
      verb<&UniversalModel::store>(
          "store", "Store patterns, with values to give in their place if wired", learns,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w", "Patterns"),
          in<double, float, std::uint8_t>("value", "n,v", "What a pattern stands for", optional)),
      verb<&UniversalModel::retrieve>(
          "retrieve", "Follow updates from given states", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w", "States"),
          out<double>("x", "q,d|q,h,w|q,v", "Where they end, or the value there; not divided by anything",
                      image_grid),
          out<double>("weight", "q,k", "Weights of the most similar patterns in the last update", optional),
          out<std::int64_t>("index", "q,k", "Numbers of these patterns, most similar first", optional),
          out<std::int64_t>("match", "q", "The most similar of them"),
          out<double>("residual", "q", "How far the last update of the state went; 0 where it read a value")),
      verb<&UniversalModel::compare>(
          "compare", "Try every similarity with every separation on cues of known patterns", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w", "Cues"),
          in<std::int64_t, std::int32_t>("truth", "q", "Number of the pattern that each stands for"),
          out<Text>("similarity", "s", "Similarities that take these numbers"),
          out<Text>("separation", "f", "Separations"),
          out<double>("correct", "s,f",
                      "Share of the cues whose update points to their pattern more than to others", heat_map),
          out<double>("low", "s,f", "Lower end of its interval of 0.95 (Wilson)"),
          out<double>("high", "s,f", "Upper end"),
          out<bool>("applies", "s,f", "Whether the separation takes these similarities"),
          out<double>("best", "", "The largest of correct"))};

 private:
  Memory memory_;
  Matrix<double> x_;  // states between updates
  std::vector<double> residual_;
  std::vector<std::int64_t> similarities_;  // of compare: those done, and shares by separation
  std::vector<double> correct_;
  std::vector<std::uint8_t> applies_;
};

}  // namespace ansatz::modern_hopfield
