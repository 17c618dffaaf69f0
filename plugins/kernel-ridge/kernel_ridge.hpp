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

class KernelRidge {
 public:
  Config config;

  static constexpr auto text = "Kernel ridge regression and classification";
  static constexpr auto references =
      "Saunders, Gammerman, Vovk 1998, Ridge regression learning algorithm in dual variables\n"
      "Rasmussen, Williams 2006, Gaussian processes for machine learning\n"
      "O'Leary 1980, The block conjugate gradient algorithm and related methods\n"
      "Frangella, Tropp, Udell 2023, Randomized Nystroem preconditioning";

  bool fit(Session& session);      // exact: one step; cg: an iteration a step
  bool predict(Session& session);  // a block of rows a step
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
      verb<&KernelRidge::predict>(
          "predict", "Evaluate the fitted function, or the class with the highest score", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w|q,h,w,channels", "Rows", optional),
          in<double, float>("k", "q,n",
                            "Kernel of the rows with the training rows, if that was given for fit", optional),
          out<double, float, std::int64_t>("y", "q,m|q", "Prediction, or class label", scatter),
          out<double, float>("score", "q,c", "Fitted score a class; the highest is the label", optional))};

 private:
  [[nodiscard]] std::size_t rows_of_training() const {
    return static_cast<std::size_t>(coefficients_.rows());
  }
  void begin_fit(Session& session, const Training& training);
  void resolve_solver(Session& session, const Training& training);
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
