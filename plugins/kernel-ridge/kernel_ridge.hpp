// Kernel ridge regression and classification.
#pragma once

#include <ansatz/labels.hpp>
#include <ansatz/num/kernel.hpp>
#include <ansatz/num/random_features.hpp>
#include <ansatz/points.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>
#include <ansatz/verbs.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "bounded_minimiser.hpp"
#include "dual.hpp"
#include "dual_cg.hpp"
#include "eigenpro.hpp"
#include "feature_fit.hpp"
#include "model_selection.hpp"
#include "nystrom_cg.hpp"
#include "options.hpp"
#include "training.hpp"
#include "variance.hpp"

namespace ansatz::kernel_ridge {

// Chosen rows and columns of port k.  Throws BadArgument if it is not square and symmetric.
[[nodiscard]] Matrix<double> given_kernel(Session& session, const std::string& verb,
                                          const std::vector<std::uint64_t>& chosen);

// A port of real targets or class labels.
constexpr auto targets_in(const char* name, const char* dims, const char* text) {
  return in<double, float, std::int64_t, std::int32_t, std::uint8_t, bool, Text>(name, dims, text);
}

class KernelRidge {
 public:
  Config config;

  static constexpr auto text = "Kernel ridge regression and classification";
  static constexpr auto references =
      "Saunders, Gammerman, Vovk 1998, Ridge regression learning algorithm in dual variables\n"
      "Rasmussen, Williams 2006, Gaussian processes for machine learning\n"
      "O'Leary 1980, The block conjugate gradient algorithm and related methods\n"
      "Frangella, Tropp, Udell 2023, Randomized Nystroem preconditioning\n"
      "Rudi, Carratino, Rosasco 2017, FALKON: an optimal large scale kernel method\n"
      "Chen, Epperly, Tropp, Webber 2025, Randomly pivoted Cholesky\n"
      "Rahimi, Recht 2007, Random features for large-scale kernel machines\n"
      "Yu et al. 2016, Orthogonal random features\n"
      "Ma, Belkin 2019, Kernel machines that adapt to GPUs for effective large batch training";

  bool fit(
      Session&
          session);  // exact: one step; cg and nystrom: an iteration a step; features: some rows; eigenpro: an epoch
  void path(Session& session, const PathOptions& options);
  bool tune(Session& session, const TuneOptions& options);  // a line search a step
  // A block of rows a step.
  bool predict(Session& session, const PredictOptions& options);
  bool evaluate(Session& session, const PredictOptions& options);
  void similarity(Session& session);
  void probe(Session& session);
  void state(Archive& archive);

  static constexpr auto verbs = std::tuple{
      verb<&KernelRidge::fit>(
          "fit", "Solve (K + penalty I) a = y - b", learns,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Training rows", optional),
          in<double, float>("k", "n,n", "Kernel matrix of the training rows, with kernel: precomputed",
                            optional),
          targets_in("y", "n,m|n", "Targets; integers and texts of rank 1 are class labels"),
          in("weight", "n", "Weight of each row's squared error, 1 / its noise variance", optional),
          in<double, float, std::uint8_t>("centres", "c,d", "Centres of solver nystrom", optional),
          out<double, float>("fitted", "n,m|n", "Fitted values, or a score a class", scatter),
          out<double, float>("coefficients", "c,m",
                             "Coefficients a, a row a training row, centre or random feature"),
          out<double, float>("intercept", "m", "Constant b, 0 without an intercept"),
          out<bool>("converged", "",
                    "Of cg and nystrom: whether the residual met the tolerance; false where held-out rows "
                    "ended it earlier",
                    optional),
          out<double>("loo", "n,m|n", "y minus the prediction without that row; 0 for rows of weight 0",
                      optional, histogram),
          out<double>("df", "", "Degrees of freedom: trace of the hat matrix", optional),
          out<double>("gcv", "m", "Generalised cross-validation", optional),
          out<double>("lml", "m", "Log evidence, the penalty being the noise variance", optional)),
      verb<&KernelRidge::path>(
          "path", "Every penalty of a grid from one eigendecomposition; learn the best", learns,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Training rows", optional),
          in<double, float>("k", "n,n", "Kernel matrix of the training rows, with kernel: precomputed",
                            optional),
          targets_in("y", "n,m|n", "Targets; integers and texts of rank 1 are class labels"),
          in("weight", "n", "Weight of each row's squared error, 1 / its noise variance", optional),
          out<double>("penalty", "p", "The grid", line),
          out<double>("loo", "p", "Mean squared leave-one-out error", line),
          out<double>("cv", "p",
                      "Mean squared error of the folds, with choose: cv, or of the first, held_out", optional,
                      line),
          out<double>("gcv", "p", "Generalised cross-validation, mean over targets", line),
          out<double>("lml", "p", "Log evidence, sum over targets, the penalty being the noise variance",
                      line),
          out<double>("df", "p", "Degrees of freedom", line),
          out<double>("train", "p", "Mean squared error on the training rows", line),
          out<double>("chosen", "", "The penalty that was chosen")),
      verb<&KernelRidge::predict>(
          "predict", "Evaluate the fitted function, or the class with the highest score", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w|q,h,w,channels", "Rows", optional),
          in<double, float>("k", "q,n",
                            "Kernel of the rows with the training rows, if that was given for fit", optional),
          out<double, float, std::int64_t, Text>("y", "q,m|q", "Prediction, or class label", scatter),
          out<double, float>("score", "q,c", "Fitted score a class; the highest is the label", optional),
          out<double>("variance", "q", "Variance of f, without noise", optional, line)),
      verb<&KernelRidge::evaluate>(
          "evaluate", "Errors of the predictions for rows whose targets are known", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w|q,h,w,channels", "Rows", optional),
          in<double, float>("k", "q,n",
                            "Kernel of the rows with the training rows, if that was given for fit", optional),
          targets_in("y", "q,m|q", "Targets, or class labels"),
          out<double>("error", "q,m|q", "y minus prediction; 1 for a wrong label, else 0", histogram),
          out<double>("mse", "m", "Mean squared error, of real targets", optional),
          out<double>("r2", "m", "1 - mse over the variance of y", optional),
          out<double>("wrong", "", "Share of wrong labels", optional),
          out<double>("variance", "q", "Variance of f, without noise", optional, line),
          out<double>("nlpd", "m", "Mean of -log p(y | x), normal with variance + penalty", optional)),
      verb<&KernelRidge::tune>(
          "tune", "Length, penalty and amplitude that are best by a criterion; learn there", learns,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Training rows", optional),
          targets_in("y", "n,m|n", "Targets; integers and texts of rank 1 are class labels"),
          in("weight", "n", "Weight of each row's squared error, 1 / its noise variance", optional),
          out<double>("length", "l", "Length, or one a column"),
          out<double>("penalty", "", "Weight of the squared norm of f"),
          out<double>("amplitude", "", "Factor of the kernel"),
          out<double>(
              "objective", "",
              "Minus the log evidence, GCV, or the weighted sum of squared residuals of rows left out"),
          out<Text>("parameter", "p", "What was searched over"), out<double>("value", "p", "Its best value"),
          out<double>("gradient", "p", "Derivative of the objective there, by the logarithm"),
          out<double>("trace", "i", "Objective at the start and after each line search", line)),
      verb<&KernelRidge::similarity>(
          "similarity", "Kernel matrix of rows, and how alike two descriptions of the same rows are",
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Rows"),
          in<double, float, std::uint8_t>("other", "n,e", "The same rows described otherwise", optional),
          out<double>("k", "n,n", "Kernel matrix", heat_map),
          out<double>("centred", "n,n", "H K H", heat_map),
          out<double>("cka", "", "Centred kernel alignment, 0 to 1 (Kornblith et al. 2019)", optional),
          out<double>("rsa", "", "Rank correlation of the upper triangles (Kriegeskorte et al. 2008)",
                      optional)),
      verb<&KernelRidge::probe>(
          "probe", "Eigenvalues of a kernel matrix: is it positive semidefinite?",
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Rows", optional),
          in<double, float>("k", "n,n", "Matrix, with kernel: precomputed", optional),
          out<double>("eigenvalue", "s", "Descending", line), out<double>("minimum", "", "The least"),
          out<double>("condition", "", "Largest over least; -1 if the least is not positive"),
          out<Text>("verdict", "v", "psd, or not psd: an eigenvalue is negative beyond rounding"))};

 private:
  [[nodiscard]] std::size_t rows_of_training() const {
    return static_cast<std::size_t>(coefficients_.rows());
  }
  [[nodiscard]] std::size_t columns_of_training() const {
    if (solver_ == Solver::features) return static_cast<std::size_t>(frequencies_.cols());
    return precomputed_ ? rows_of_training() : points_.columns();
  }
  // Checks the ports that go with `kernel`.
  [[nodiscard]] std::shared_ptr<const Training> read_training(Session& session) const;
  void begin_fit(Session& session, const Training& training, Solver solver);
  [[nodiscard]] Solver choose_solver(const Training& training, bool centres_wired) const;
  // The lower triangle of K of the training rows.
  [[nodiscard]] Gram<double> gram_of(Session& session, const Training& training);
  // The whole kernel matrix of a port, its length resolved for that port alone.
  [[nodiscard]] Matrix<double> full_kernel(Session& session, const char* verb, const char* port) const;
  void learn(const Training& training, const std::vector<double>& coefficients,
             const std::vector<double>& intercept);
  void fit_exact(Session& session, const Training& training);
  [[nodiscard]] DualSolution solve_exact(Session& session, const Training& training,
                                         const DualProblem& problem);
  [[nodiscard]] CgOptions cg_options(const Training& training) const;
  template <class T>
  bool fit_cg(Session& session, const Training& training);
  // Draws centres or frequencies, and resolves the kernel without all rows in memory.
  void begin_streamed(Session& session, const Training& training);
  [[nodiscard]] std::size_t centre_count(const Training& training) const;
  [[nodiscard]] Points draw_centres(Session& session, const Training& training);
  template <class T>
  bool fit_nystrom(Session& session, const Training& training);
  // Some rows more for the covariance of nystrom's coefficients.
  bool find_covariance(Session& session, const Training& training);
  bool fit_features(Session& session, const Training& training);
  const RandomFeatures& features();
  // z(x)'w + b for some rows.
  [[nodiscard]] Matrix<double> evaluate_features(const Rows& rows, Executor& executor);
  // Outputs and learned state of a model with coefficients that belong to no rows (centres x targets);
  // fitted values are targets x rows.
  template <class T>
  void publish_streamed(Session& session, const Training& training, const std::vector<double>& coefficients,
                        const std::vector<double>& intercept, const std::vector<double>& fitted);
  // a and y - f (targets x training rows) to outputs and learned state.
  template <class T>
  void publish(Session& session, const Training& training, const std::vector<double>& coefficients,
               const std::vector<double>& errors, const std::vector<double>& intercept);
  template <class T>
  [[nodiscard]] Labels best_classes(const MatrixMap<T>& score) const;
  template <class T>
  bool predict_as(Session& session, const PredictOptions& options);
  template <class T>
  const KernelPoints<T>& packed();
  template <class T>
  [[nodiscard]] Matrix<T> sums_over_centres(const Rows& rows, Executor& executor);
  // y(i, c) for rows [first, first + count) of the input, the intercept added.
  template <class T>
  [[nodiscard]] Matrix<T> evaluate_rows(Session& session, const std::string& where, std::uint64_t first,
                                        std::uint64_t count, Executor& executor);

  template <class T>
  bool fit_eigenpro(Session& session, const Training& training);
  [[nodiscard]] EigenProOptions eigenpro_options() const;
  // Checks port x or k of predict and evaluate.
  void check_columns(Session& session, const std::string& verb) const;
  const PredictiveVariance& variance(Executor& executor);
  [[nodiscard]] std::vector<double> variance_of_rows(Session& session, std::uint64_t first,
                                                     std::uint64_t count, Executor& executor);
  void evaluate_labels(Session& session, const Matrix<double>& values, std::uint64_t first, bool last);
  void evaluate_numbers(Session& session, const Matrix<double>& values, std::uint64_t first, bool last,
                        const PredictOptions& options);
  void finish_tune(Session& session, const Training& training, const SelectionPoint& start,
                   const TuneOptions& options);

  // Learned.
  Kernel kernel_;
  bool precomputed_ = false;
  Solver solver_ = Solver::exact;
  Precision precision_ = Precision::f64;  // f64 or f32: of predictions
  Points points_;
  Matrix<double> coefficients_;  // n x m
  std::vector<double> intercept_;
  Labels classes_;       // none for real targets
  bool single_ = false;  // predictions are one number a row
  // For the variance.
  std::vector<double> weights_;
  double penalty_ = 0;
  bool has_intercept_ = false;
  double jitter_ = 0;  // of nystrom
  FeaturePosterior posterior_;
  Matrix<double> frequencies_;  // of random features
  // Between the steps of fit.
  DualCg cg_;
  NystromCg nystrom_;
  FeatureFit feature_fit_;  // of features, and of nystrom for the covariance
  EigenPro eigenpro_;
  // And of tune.
  BoundedMinimiser search_;
  std::vector<double> trace_;

  // Made from the above and the inputs when first needed.
  std::shared_ptr<const Training> training_;
  std::variant<std::monostate, KernelPoints<double>, KernelPoints<float>> packed_;
  std::optional<Labels> truth_;  // of evaluate
  std::optional<RandomFeatures> features_;
  std::unique_ptr<PredictiveVariance> variance_;
  std::unique_ptr<KernelPoints<double>> exact_centres_;  // of the covariance
  std::unique_ptr<CentreFactor> centre_factor_;
};

}  // namespace ansatz::kernel_ridge
