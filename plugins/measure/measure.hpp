// Model `measure`: compares an estimate with the truth.  Learns nothing.
#pragma once

#include <ansatz/session.hpp>
#include <ansatz/verbs.hpp>

namespace ansatz::measure {

enum class Average { arithmetic, geometric, min, max };
constexpr auto choices(Average) { return std::array{"arithmetic", "geometric", "min", "max"}; }

struct ClusteringOptions {
  Average average = Average::arithmetic;
  static constexpr auto params =
      std::tuple{param(&ClusteringOptions::average, "average",
                       "Mean of the two entropies that normalises the mutual information")};
};

// A port of class labels.
template <class... Option>
constexpr auto labels_in(const char* name, const char* dims, const char* text, Option... option) {
  return in<std::int64_t, std::int32_t, std::uint8_t, bool, Text>(name, dims, text, option...);
}

class Measure {
 public:
  void regression(Session& session);
  void classification(Session& session);
  void clustering(Session& session, const ClusteringOptions& options);

  static constexpr auto text = "Compare estimates with the truth";
  static constexpr auto references =
      "Hubert, Arabie 1985, Comparing partitions\n"
      "Rosenberg, Hirschberg 2007, V-measure: a conditional entropy-based external cluster evaluation "
      "measure\n"
      "Vinh, Epps, Bailey 2010, Information theoretic measures for clusterings comparison\n"
      "Neumaier 1974, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen";
  static constexpr auto verbs = std::tuple{
      verb<&Measure::regression>(
          "regression", "Errors of real estimates", in("truth", "n,m|n", "True targets"),
          in("estimate", "n,m|n", "Estimated targets"), in("weight", "n", "Weights of the rows", optional),
          out<double>("rmse", "", "Root of the mean squared error over rows and targets, unit of the target"),
          out<double>("mae", "", "Mean absolute error over rows and targets, unit of the target"),
          out<double>("r2", "", "Explained share of the variance, mean over targets, dimensionless"),
          out<double>("target_rmse", "m", "rmse of each target", bars),
          out<double>("target_mae", "m", "mae of each target", bars),
          out<double>("target_r2", "m", "r2 of each target", bars)),
      verb<&Measure::classification>(
          "classification", "Agreement of estimated with true classes",
          labels_in("truth", "n", "True class of each row"),
          labels_in("estimate", "n", "Estimated class; not wired: the most probable one", optional),
          in<double, float>("probability", "n,c", "Probability of each class, rows sum to 1", optional),
          labels_in("classes", "c", "Class of each column of probability; not wired: all classes, sorted",
                    optional),
          out<double>("accuracy", "", "Share of rows with the right class, dimensionless"),
          out<double>("balanced_accuracy", "", "Mean recall over the classes in truth, dimensionless"),
          out<std::int64_t>("confusion", "k,k", "Rows counted by true class (row) and estimate (column)",
                            heat_map),
          out<std::int64_t, Text>("class", "k", "Class of each row and column, sorted", table),
          out<double>("precision", "k", "Share of right ones among the rows estimated to be of the class",
                      bars),
          out<double>("recall", "k", "Share of right ones among the rows truly of the class", bars),
          out<double>("f1", "k", "Harmonic mean of precision and recall", bars),
          out<double>("macro_precision", "", "Mean of precision over classes, dimensionless"),
          out<double>("macro_recall", "", "Mean of recall over classes, dimensionless"),
          out<double>("macro_f1", "", "Mean of f1 over classes, dimensionless"),
          out<double>("log_loss", "", "Mean of -log probability of the true class, nats a row", optional)),
      verb<&Measure::clustering>(
          "clustering", "Agreement of two partitions, whatever their labels",
          labels_in("truth", "n", "True class of each row"),
          labels_in("estimate", "n", "Cluster of each row"),
          out<double>("adjusted_rand", "",
                      "Rand index less its chance level: 1 equal, 0 chance, dimensionless"),
          out<double>("normalised_mutual_information", "",
                      "Mutual information over a mean of the entropies, 0 to 1, dimensionless"),
          out<double>("mutual_information", "", "Mutual information, nats"),
          out<double>("homogeneity", "", "1 if each cluster has rows of one class only, dimensionless"),
          out<double>("completeness", "", "1 if each class has its rows in one cluster, dimensionless"),
          out<std::int64_t>("contingency", "k,c", "Rows counted by class (row) and cluster (column)",
                            heat_map),
          out<std::int64_t, Text>("class", "k", "Class of each row of the table, sorted", table),
          out<std::int64_t, Text>("cluster", "c", "Cluster of each column of the table, sorted", table))};
};

}  // namespace ansatz::measure
