// A whole plugin, outside the tree: the class of the nearest class mean.
#include <ansatz/plugin.hpp>

using namespace ansatz;

struct Centroid {
  struct Config {
    double shrink = 0;
    static constexpr auto params = std::tuple{
        param(&Config::shrink, "shrink", "Share by which means move to the mean of all rows", between(0, 1))};
  } config;

  void fit(Session& s) {
    const auto x = s.in<double>("x");
    const auto y = s.values<std::int64_t>("y");
    const Eigen::Index classes = 1 + *std::max_element(y.begin(), y.end());
    means_ = Matrix<double>::Zero(classes, x.cols());
    Eigen::VectorXd counts = Eigen::VectorXd::Zero(classes);
    for (Eigen::Index i = 0; i < x.rows(); ++i) means_.row(y[i]) += x.row(i), counts[y[i]] += 1;
    for (Eigen::Index c = 0; c < classes; ++c) {
      means_.row(c) = (1 - config.shrink) * means_.row(c) / counts[c] + config.shrink * x.colwise().mean();
    }
  }

  void predict(Session& s) {
    const auto x = s.in<double>("x");
    auto y = s.out_values<std::int64_t>("y", {s.shape("x")[0]});
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      Eigen::Index nearest = 0;
      (means_.rowwise() - x.row(i)).rowwise().squaredNorm().minCoeff(&nearest);
      y[i] = nearest;
    }
  }

  void state(Archive& a) { a("means", means_, "class,d"); }

  static constexpr auto text = "The class of the nearest class mean";
  static constexpr auto verbs =
      std::tuple{verb<&Centroid::fit>("fit", "Take class means", learns, in("x", "n,d", "Rows"),
                                      in<std::int64_t>("y", "n", "Classes 0, 1, ...")),
                 verb<&Centroid::predict>("predict", "Classify rows", needs_model, in("x", "q,d", "Rows"),
                                          out<std::int64_t>("y", "q", "Classes"))};
  Matrix<double> means_;
};
ANSATZ_PLUGIN("centroid", "1.0.0", Centroid)
