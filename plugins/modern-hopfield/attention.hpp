// Verbs `attention.apply` and `attention.gradient`: y = softmax(beta Q K' + bias) V, head by head.
#pragma once

#include <ansatz/plugin.hpp>

#include "positions.hpp"

namespace ansatz::modern_hopfield {

enum class HeadBeta { scaled };
constexpr auto choices(HeadBeta) { return std::array{"scaled"}; }

// bf16: inputs and weights rounded to it, products and sums of f32.
enum class AttentionPrecision { f64, f32, bf16 };
constexpr auto choices(AttentionPrecision) { return std::array{"f64", "f32", "bf16"}; }

// The weight of a key before all are divided by their sum: e^(beta q.k); f(q).f(k), f = elu + 1 (Katharopoulos et al. 2020);
// or random features whose mean product is the first (Choromanski et al. 2021).
enum class AttentionKernel { softmax, linear, positive_features };
constexpr auto choices(AttentionKernel) { return std::array{"softmax", "linear", "positive-features"}; }

struct AttentionOptions {
  std::int64_t heads = 1;
  std::variant<HeadBeta, double, std::vector<double>> beta = HeadBeta::scaled;
  bool causal = false;
  Positions positions = Positions::none;
  AttentionPrecision precision = AttentionPrecision::f32;
  static constexpr auto params =
      std::tuple{param(&AttentionOptions::heads, "heads",
                       "Heads; each has its share of the columns, in order", at_least(1), unit("heads")),
                 param(&AttentionOptions::beta, "beta",
                       "Inverse temperature, one or one a head; scaled: 1/sqrt(columns of a head)", above(0),
                       unit("1 / unit of query and key")),
                 param(&AttentionOptions::causal, "causal", "Query i sees the keys 0 to i alone"),
                 param(&AttentionOptions::positions, "positions",
                       "Added to queries and keys as waves, or by turning pairs of a head's columns"),
                 param(&AttentionOptions::precision, "precision",
                       "Of products, weights and averages; bf16: inputs and weights rounded, sums of f32")};
};

struct ApplyOptions {
  AttentionOptions attention;
  AttentionKernel kernel = AttentionKernel::softmax;
  std::int64_t features = 256;
  bool weights = false;
  std::int64_t memory = 1024;
  static constexpr auto params = std::tuple{
      params_of(&ApplyOptions::attention),
      param(&ApplyOptions::kernel, "kernel",
            "Weights by the softmax, or as products of features, whose cost grows with l + m instead of "
            "l m: of elu + 1, which knows no beta, or of random ones that approach the softmax"),
      param(&ApplyOptions::features, "features", "Random features of a head", between(1, 65536),
            used_if("kernel=positive-features")),
      param(&ApplyOptions::weights, "weights", "Also give the weights and how many of them count",
            used_if("kernel=softmax")),
      param(&ApplyOptions::memory, "memory", "For the weights: refused beyond it", at_least(1), unit("MiB"),
            no_effect_on_result, used_if("weights=true"))};
};

void apply_attention(Session& session, const ApplyOptions& options);
void differentiate_attention(Session& session, const AttentionOptions& options);

class AttentionModel {
 public:
  static constexpr auto name = "attention";
  static constexpr auto text = "Attention: one update of a memory that each call brings along";
  static constexpr auto references =
      "Vaswani et al. 2017, Attention is all you need\n"
      "Ramsauer et al. 2021, Hopfield networks is all you need\n"
      "Milakov, Gimelshein 2018, Online normalizer calculation for softmax\n"
      "Dao et al. 2022, FlashAttention\n"
      "Katharopoulos et al. 2020, Transformers are RNNs\n"
      "Choromanski et al. 2021, Rethinking attention with performers\n"
      "Su et al. 2021, RoFormer: enhanced transformer with rotary position embedding";

  void apply(Session& session, const ApplyOptions& options) { apply_attention(session, options); }
  void gradient(Session& session, const AttentionOptions& options) {
    differentiate_attention(session, options);
  }

  static constexpr auto verbs = std::tuple{
      verb<&AttentionModel::apply>(
          "apply", "Averages of values, weighted by the softmax of dot products of queries and keys",
          in<double, float, std::uint8_t>("query", "b,l,d|l,d", "Queries"),
          in<double, float, std::uint8_t>("key", "b,m,d|m,d", "Keys"),
          in<double, float, std::uint8_t>("value", "b,m,v|m,v", "Values"),
          in<bool>("mask", "l,m|b,l,m", "Whether a query sees a key", optional),
          in<double, float>("bias", "l,m|b,l,m", "Added to beta times the dot product", optional),
          in<std::int64_t, std::int32_t>("lengths", "b", "Keys that there are; behind them is padding",
                                         optional),
          out<double, float>("y", "b,l,v|l,v", "Averages; 0 where a query sees no key"),
          out<bool>("empty", "b,l|l", "Whether the query sees no key"),
          out<double>("energy", "b,h,l|h,l",
                      "Energy of the query among the keys it sees; 0 where there is none", optional,
                      heat_map),
          out<double, float>("weight", "b,h,l,m|h,l,m", "Weights, if asked for", optional, heat_map),
          out<double>("effective_count", "b,h|h",
                      "Fewest keys whose weights sum to 0.9, the mean over queries that see any", optional,
                      heat_map)),
      verb<&AttentionModel::gradient>(
          "gradient", "Derivatives of a loss by queries, keys and values from those by y",
          in<double, float, std::uint8_t>("query", "b,l,d|l,d", "Queries"),
          in<double, float, std::uint8_t>("key", "b,m,d|m,d", "Keys"),
          in<double, float, std::uint8_t>("value", "b,m,v|m,v", "Values"),
          in<double, float>("dy", "b,l,v|l,v", "Derivatives by what apply gives"),
          in<bool>("mask", "l,m|b,l,m", "Whether a query sees a key", optional),
          in<double, float>("bias", "l,m|b,l,m", "Added to beta times the dot product", optional),
          in<std::int64_t, std::int32_t>("lengths", "b", "Keys that there are; behind them is padding",
                                         optional),
          out<double, float>("dquery", "b,l,d|l,d", "Derivatives by the queries"),
          out<double, float>("dkey", "b,m,d|m,d", "Derivatives by the keys"),
          out<double, float>("dvalue", "b,m,v|m,v", "Derivatives by the values"))};
};

}  // namespace ansatz::modern_hopfield
