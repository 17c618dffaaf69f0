// Kernel ridge regression and classification, solved exactly in the dual.
#pragma once

#include <ansatz/kernel_parameters.hpp>
#include <ansatz/num/kernel.hpp>
#include <ansatz/parameters.hpp>
#include <ansatz/points.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>
#include <ansatz/verbs.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "targets.hpp"

namespace ansatz::kernel_ridge {

enum class PenaltyScale { sum, mean };
constexpr auto choices(PenaltyScale) { return std::array{"sum", "mean"}; }
enum class Precision { f64, f32 };
constexpr auto choices(Precision) { return std::array{"f64", "f32"}; }

struct Config {
  KernelParameters kernel;
  double penalty = 1e-3;
  PenaltyScale penalty_scale = PenaltyScale::sum;
  bool intercept = true;
  Precision precision = Precision::f64;
  std::int64_t memory = 2048;

  static constexpr auto params =
      std::tuple{params_of(&Config::kernel),
                 param(&Config::penalty, "penalty", "Weight of the squared norm of f, lambda in K + lambda I",
                       at_least(0), unit("unit of the kernel")),
                 param(&Config::penalty_scale, "penalty_scale",
                       "Against the sum of squared errors (K + lambda I) or their mean (K + n lambda I)"),
                 param(&Config::intercept, "intercept", "Add a constant that is not penalised"),
                 param(&Config::precision, "precision", "Arithmetic of the kernel matrix and its factor"),
                 param(&Config::memory, "memory", "Largest kernel matrix; beyond it fit is refused",
                       at_least(1), unit("MiB"), no_effect_on_result)};
};

class KernelRidge {
 public:
  Config config;

  static constexpr auto text = "Kernel ridge regression and classification, exact in the dual";
  static constexpr auto references =
      "Saunders, Gammerman, Vovk 1998, Ridge regression learning algorithm in dual variables\n"
      "Rasmussen, Williams 2006, Gaussian processes for machine learning";

  void fit(Session& session);
  bool predict(Session& session);  // a block of rows a step
  void state(Archive& archive);

  static constexpr auto verbs = std::tuple{
      verb<&KernelRidge::fit>(
          "fit", "Solve (K + penalty I) a = y - b", learns,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Training rows"),
          in("y", "n,m|n", "Targets; integers of rank 1 are class labels"),
          in("weight", "n", "Weight of each row's squared error, 1 / its noise variance", optional),
          out<double, float>("fitted", "n,m|n", "Fitted values, or a score a class", scatter),
          out<double, float>("coefficients", "c,m", "Dual coefficients a, a row a training row"),
          out<double, float>("intercept", "m", "Constant b, 0 without an intercept")),
      verb<&KernelRidge::predict>(
          "predict", "Evaluate the fitted function, or the class with the highest score", needs_model,
          in<double, float, std::uint8_t>("x", "q,d|q,h,w|q,h,w,channels", "Rows"),
          out<double, float, std::int64_t>("y", "q,m|q", "Prediction, or class label", scatter),
          out<double, float>("score", "q,c", "Fitted score a class; the highest is the label", optional))};

 private:
  template <class T>
  void fit_as(Session& session, const std::vector<std::uint64_t>& chosen, const Targets& targets,
              const std::vector<double>& weights);
  template <class T>
  bool predict_as(Session& session, KernelPoints<T>& points);

  // y(i, c) for a block of rows, the intercept added.
  template <class T>
  [[nodiscard]] Matrix<T> evaluate(const KernelPoints<T>& points, const Rows& rows, Executor& executor) const;

  // Learned.
  Kernel kernel_;
  Precision precision_ = Precision::f64;
  Points points_;
  Matrix<double> coefficients_;  // n x m
  std::vector<double> intercept_;
  std::vector<std::int64_t> classes_;
  bool single_ = false;  // predictions are one number a row

  // For predict, made from the above when first needed.
  std::variant<std::monostate, KernelPoints<double>, KernelPoints<float>> packed_;
};

}  // namespace ansatz::kernel_ridge
