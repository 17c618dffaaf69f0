// Clusters of rows by their nearest mean: k-means by Lloyd's iteration.  A plugin as it comes from `ansatz
// plugin new`: it has parameters, learns in steps, draws random numbers, keeps state and refuses bad input.
// Put your model in its place.
#include <ansatz/plugin.hpp>

using namespace ansatz;

struct Model {
  struct Config {
    std::int64_t clusters = 3;
    std::int64_t iterations = 100;
    static constexpr auto params =
        std::tuple{param(&Config::clusters, "clusters", "Number of clusters", at_least(1)),
                   param(&Config::iterations, "iterations", "Stop after so many, even if rows still move",
                         at_least(1), unit("steps"))};
  } config;

  // One iteration a step; called again while it returns true.
  bool fit(Session& s) {
    const auto x = s.in<double>("x");
    if (s.step() == 0) start(s, x);
    const auto label = s.out_values<std::int64_t>("label", {s.shape("x")[0]});
    const double inertia = assign(x, label);
    Matrix<double> sums = Matrix<double>::Zero(means_.rows(), means_.cols());
    Eigen::VectorXd counts = Eigen::VectorXd::Zero(means_.rows());
    for (Eigen::Index i = 0; i < x.rows(); ++i) sums.row(label[i]) += x.row(i), counts[label[i]] += 1;
    for (Eigen::Index k = 0; k < means_.rows(); ++k) {
      if (counts[k] > 0) means_.row(k) = sums.row(k) / counts[k];  // an empty cluster stays where it is
    }
    const bool moved = inertia < inertia_;
    inertia_ = inertia;
    s.metric("inertia", inertia);
    s.progress(static_cast<double>(s.step() + 1) / static_cast<double>(config.iterations), "iterating");
    const bool more = moved && static_cast<std::int64_t>(s.step()) + 1 < config.iterations;
    if (!more) {
      s.out<double>("mean", {static_cast<std::uint64_t>(config.clusters), s.shape("x")[1]}) = means_;
      s.out_scalar("inertia", inertia);
    }
    return more;
  }

  void predict(Session& s) {
    const auto x = s.in<double>("x");
    if (means_.rows() == 0) throw BadState("my-model.predict: the learned state has no means; fit again");
    if (x.cols() != means_.cols()) {
      throw BadArgument("my-model.predict: 'x' has " + std::to_string(x.cols()) +
                        " columns; the model was fitted on " + std::to_string(means_.cols()));
    }
    assign(x, s.out_values<std::int64_t>("label", {s.shape("x")[0]}));
  }

  // All that must survive between steps and between runs.
  void state(Archive& a) {
    a("mean", means_, "cluster,d");
    a("inertia", inertia_);
  }

  static constexpr auto text = "Clusters of rows by their nearest mean";
  static constexpr auto references =
      "Lloyd 1982, Least squares quantization in PCM\n"
      "Gonzalez 1985, Clustering to minimize the maximum intercluster distance";
  static constexpr auto verbs =
      std::tuple{verb<&Model::fit>("fit", "Find the means", learns, in("x", "n,d", "Rows"),
                                   out<double>("mean", "k,d", "Mean of each cluster", scatter),
                                   out<double>("inertia", "", "Sum of squared distances to the nearest mean"),
                                   out<std::int64_t>("label", "n", "Cluster of each row", table)),
                 verb<&Model::predict>("predict", "Find the nearest mean of each row", needs_model,
                                       in("x", "q,d", "Rows"),
                                       out<std::int64_t>("label", "q", "Cluster of each row", table))};

 private:
  // Means start at a row drawn at random and at those farthest from all before (Gonzalez 1985).
  void start(Session& s, const ConstMatrixMap<double>& x) {
    if (x.rows() < config.clusters || x.cols() == 0) {
      throw BadArgument("my-model.fit: 'x' is " + std::to_string(x.rows()) + " x " +
                        std::to_string(x.cols()) + "; " + std::to_string(config.clusters) +
                        " clusters need as many rows, and a column: lower 'clusters' or give more rows");
    }
    auto next = static_cast<Eigen::Index>(s.rng("start").integer(s.shape("x")[0]));
    Eigen::VectorXd distances = Eigen::VectorXd::Constant(x.rows(), std::numeric_limits<double>::max());
    means_.resize(config.clusters, x.cols());
    for (Eigen::Index k = 0; k < means_.rows(); ++k) {
      means_.row(k) = x.row(next);
      distances = distances.cwiseMin((x.rowwise() - means_.row(k)).rowwise().squaredNorm());
      distances.maxCoeff(&next);
    }
    inertia_ = std::numeric_limits<double>::max();
  }

  // The nearest mean of each row, the first one in a tie; returns the sum of squared distances.
  double assign(const ConstMatrixMap<double>& x, std::span<std::int64_t> label) const {
    double sum = 0;
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      Eigen::Index nearest = 0;
      sum += (means_.rowwise() - x.row(i)).rowwise().squaredNorm().minCoeff(&nearest);
      label[static_cast<std::size_t>(i)] = nearest;
    }
    return sum;
  }

  Matrix<double> means_;
  double inertia_ = 0;
};

ANSATZ_PLUGIN("my-model", "0.1.0", Model)
