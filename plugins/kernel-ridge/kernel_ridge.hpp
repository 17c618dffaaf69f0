// Kernel ridge regression and classification, solved exactly in the dual.
#pragma once

#include <ansatz/num/kernel.hpp>
#include <ansatz/parameters.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>
#include <ansatz/verbs.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "points.hpp"
#include "targets.hpp"

namespace ansatz::kernel_ridge {

enum class LengthRule { median };
constexpr auto choices(LengthRule) { return std::array{"median"}; }
enum class SlopeRule { automatic };
constexpr auto choices(SlopeRule) { return std::array{"auto"}; }
enum class PenaltyScale { sum, mean };
constexpr auto choices(PenaltyScale) { return std::array{"sum", "mean"}; }
enum class Precision { f64, f32 };
constexpr auto choices(Precision) { return std::array{"f64", "f32"}; }

struct Config {
  KernelFunction kernel = KernelFunction::gaussian;
  std::variant<double, std::vector<double>, LengthRule> length = LengthRule::median;
  KernelNorm norm = KernelNorm::l1;
  double amplitude = 1;
  std::variant<double, SlopeRule> slope = SlopeRule::automatic;
  double offset = 1;
  std::int64_t degree = 3;
  double penalty = 1e-3;
  PenaltyScale penalty_scale = PenaltyScale::sum;
  bool intercept = true;
  Precision precision = Precision::f64;
  std::int64_t memory = 2048;

  static constexpr auto params = std::tuple{
      param(&Config::kernel, "kernel", "Kernel function k(x, y)"),
      param(
          &Config::length, "length",
          "Length l that divides distances: a number, one a column of x, or the median distance of the rows",
          above(0), unit("unit of x"), used_if("kernel=gaussian|laplacian")),
      param(&Config::norm, "norm",
            "Distance of the laplacian kernel: sum of absolute differences, or euclidean",
            used_if("kernel=laplacian")),
      param(&Config::amplitude, "amplitude", "Factor of the kernel", above(0),
            unit("square of the unit of y")),
      param(&Config::slope, "slope", "s in (s x.y + offset)^degree; auto: 1 / columns of x", above(0),
            unit("1 / square of the unit of x"), used_if("kernel=polynomial")),
      param(&Config::offset, "offset", "c in (slope x.y + c)^degree", at_least(0),
            used_if("kernel=polynomial")),
      param(&Config::degree, "degree", "p in (slope x.y + offset)^p", between(1, 20),
            used_if("kernel=polynomial")),
      param(&Config::penalty, "penalty", "Weight of the squared norm of f, lambda in K + lambda I",
            at_least(0), unit("unit of the kernel")),
      param(&Config::penalty_scale, "penalty_scale",
            "Against the sum of squared errors (K + lambda I) or their mean (K + n lambda I)"),
      param(&Config::intercept, "intercept", "Add a constant that is not penalised"),
      param(&Config::precision, "precision", "Arithmetic of the kernel matrix and its factor"),
      param(&Config::memory, "memory", "Largest kernel matrix; beyond it fit is refused", at_least(1),
            unit("MiB"), no_effect_on_result)};
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

  [[nodiscard]] Kernel resolve_kernel(Session& session) const;
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
