// Kernel ridge regression and classification.
#pragma once

#include <ansatz/num/kernel.hpp>
#include <ansatz/points.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>
#include <ansatz/verbs.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "dual.hpp"
#include "dual_cg.hpp"
#include "options.hpp"
#include "training.hpp"

namespace ansatz::kernel_ridge {

// Chosen rows and columns of port k.  Throws BadArgument if it is not square and symmetric.
[[nodiscard]] Matrix<double> given_kernel(Session& session, const std::string& verb,
                                          const std::vector<std::uint64_t>& chosen);

class KernelRidge {
 public:
  Config config;

  static constexpr auto text = "Kernel ridge regression and classification";
  static constexpr auto references =
      "Saunders, Gammerman, Vovk 1998, Ridge regression learning algorithm in dual variables\n"
      "Rasmussen, Williams 2006, Gaussian processes for machine learning\n"
      "O'Leary 1980, The block conjugate gradient algorithm and related methods\n"
      "Frangella, Tropp, Udell 2023, Randomized Nystroem preconditioning";

  bool fit(Session& session);  // exact: one step; cg: an iteration a step
  void path(Session& session, const PathOptions& options);
  bool predict(Session& session);  // a block of rows a step
  void similarity(Session& session);
  void probe(Session& session);
  void state(Archive& archive);

  static constexpr auto verbs = std::tuple{
      verb<&KernelRidge::fit>(
          "fit", "Solve (K + penalty I) a = y - b", learns,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Training rows", optional),
          in<double, float>("k", "n,n", "Kernel matrix of the training rows, with kernel: precomputed",
                            optional),
          in("y", "n,m|n", "Targets; integers of rank 1 are class labels"),
          in("weight", "n", "Weight of each row's squared error, 1 / its noise variance", optional),
          out<double, float>("fitted", "n,m|n", "Fitted values, or a score a class", scatter),
          out<double, float>("coefficients", "c,m", "Dual coefficients a, a row a training row"),
          out<double, float>("intercept", "m", "Constant b, 0 without an intercept"),
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
          in("y", "n,m|n", "Targets; integers of rank 1 are class labels"),
          in("weight", "n", "Weight of each row's squared error, 1 / its noise variance", optional),
          out<double>("penalty", "p", "The grid", line),
          out<double>("loo", "p", "Mean squared leave-one-out error", line),
          out<double>("cv", "p", "Mean squared error of the folds, with choose: cv", optional, line),
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
          out<double, float, std::int64_t>("y", "q,m|q", "Prediction, or class label", scatter),
          out<double, float>("score", "q,c", "Fitted score a class; the highest is the label", optional)),
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
  // Checks the ports that go with `kernel`.
  [[nodiscard]] std::shared_ptr<const Training> read_training(Session& session) const;
  void begin_fit(Session& session, const Training& training, Solver solver);
  [[nodiscard]] Solver choose_solver(const Training& training) const;
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
  // a and y - f (targets x training rows) to outputs and learned state.
  template <class T>
  void publish(Session& session, const Training& training, const std::vector<double>& coefficients,
               const std::vector<double>& errors, const std::vector<double>& intercept);
  template <class T>
  bool predict_as(Session& session);
  template <class T>
  const KernelPoints<T>& packed();
  // y(i, c) for rows [first, first + count) of the input, the intercept added.
  template <class T>
  [[nodiscard]] Matrix<T> evaluate_rows(Session& session, const std::string& where, std::uint64_t first,
                                        std::uint64_t count, Executor& executor);

  // Learned.
  Kernel kernel_;
  bool precomputed_ = false;
  Solver solver_ = Solver::exact;
  Precision precision_ = Precision::f64;  // f64 or f32: of predictions
  Points points_;
  Matrix<double> coefficients_;  // n x m
  std::vector<double> intercept_;
  std::vector<std::int64_t> classes_;
  bool single_ = false;  // predictions are one number a row
  DualCg cg_;            // between the steps of fit

  // Made from the above and the inputs when first needed.
  std::shared_ptr<const Training> training_;
  std::variant<std::monostate, KernelPoints<double>, KernelPoints<float>> packed_;
};

}  // namespace ansatz::kernel_ridge
