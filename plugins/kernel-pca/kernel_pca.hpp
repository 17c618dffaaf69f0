// Kernel PCA and its relatives: spectral embedding, diffusion maps, classical scaling.
#pragma once

#include <ansatz/num/block_lanczos.hpp>
#include <ansatz/num/random_features.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>
#include <ansatz/verbs.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>

#include "config.hpp"
#include "convergence.hpp"
#include "eigenpairs.hpp"
#include "expansion.hpp"
#include "feature_scatter.hpp"
#include "gram.hpp"
#include "reconstruction.hpp"
#include "selection.hpp"
#include "spectral.hpp"

namespace ansatz::kernel_pca {

class KernelPca {
 public:
  Config config;

  static constexpr auto text = "Principal components in feature space, spectral embedding and diffusion maps";
  static constexpr auto references =
      "Schoelkopf, Smola, Mueller 1998, Nonlinear component analysis as a kernel eigenvalue problem\n"
      "Mika et al. 1999, Kernel PCA and de-noising in feature spaces\n"
      "Kwok, Tsang 2004, The pre-image problem in kernel methods\n"
      "Bengio et al. 2004, Learning eigenfunctions links spectral embedding and kernel PCA\n"
      "Hoffmann 2007, Kernel PCA for novelty detection";

  bool fit(Session& session);        // dense: one step; lanczos: a block; else a block of rows
  bool transform(Session& session);  // a block of rows
  bool evaluate(Session& session);   // a block of rows
  bool reconstruct(Session& session, const ReconstructOptions& options);
  bool select(Session& session, const SelectOptions& options);
  bool convergence(Session& session, const ConvergenceOptions& options);
  void state(Archive& archive);

  static constexpr auto verbs = std::tuple{
      verb<&KernelPca::fit>(
          "fit", "Find the leading components", learns,
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Training rows", optional),
          in<double, float>("k", "n,n", "Instead of x: kernel values or distances", optional),
          in<double, float, std::uint8_t>("landmarks", "c,d|c,h,w|c,h,w,channels", "Landmarks of nystrom",
                                          optional),
          out("scores", "n,q", "Components of the training rows", scatter),
          out("eigenvalues", "q", "Eigenvalues mu of the matrix (mu / n: variances)", line),
          out("explained", "q", "Share of the trace", line),
          out("coefficients", "c,q",
              "Coefficients of the components on the training rows, landmarks or random features"),
          out("residual_norms", "q",
              "Residual norms |A u - mu u|; 0 where all eigenvalues are found at once"),
          out<bool>("converged", "",
                    "Whether lanczos met the tolerance for every component; true for the other solvers")),
      verb<&KernelPca::transform>(
          "transform", "Components of new rows", needs_model,
          in<double, float, std::uint8_t>("x", "t,d|t,h,w|t,h,w,channels", "Rows", optional),
          in<double, float>("k", "t,n", "Instead of x: kernel values or distances to the training rows",
                            optional),
          out("scores", "t,q", "Their components", scatter)),
      verb<&KernelPca::reconstruct>(
          "reconstruct", "Rows whose image is nearest to the projection (pre-images)", needs_model,
          in<double, float, std::uint8_t>("x", "t,d|t,h,w|t,h,w,channels", "Rows to project", optional),
          in<double, float>("scores", "t,q", "Instead of x: components", optional),
          out("x", "t,d|t,h,w|t,h,w,channels", "Pre-images", image_grid),
          out("gap", "t", "Squared distance in feature space to the projection", histogram, optional),
          out<std::int64_t>("iterations", "t", "Iterations taken; -1: not settled")),
      verb<&KernelPca::evaluate>(
          "evaluate", "Squared distance to the components in feature space: novelty", needs_model,
          in<double, float, std::uint8_t>("x", "t,d|t,h,w|t,h,w,channels", "Rows", optional),
          in<double, float>("k", "t,n", "Instead of x: kernel values or distances to the training rows",
                            optional),
          in<double, float>("diagonal", "t", "k(x, x) of the rows, if kernel values are given", optional),
          out("error", "t", "Squared residual in feature space", histogram),
          out("captured", "", "Share of the squared distance to the mean that the components hold")),
      verb<&KernelPca::select>(
          "select", "How many components stand out, and which length suits",
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Rows"),
          out("observed", "q", "Eigenvalues; with criterion reconstruction held-out squared errors", line),
          out("null", "q",
              "Quantile over shuffled data that they must exceed; the error that counts as least", line),
          out("components", "", "How many components to keep"),
          out("best_length", "", "Length with the largest excess"), out("length", "l", "Lengths tried"),
          out("excess", "l",
              "Sum of eigenvalues less their mean over shuffled data; the largest drop; what the least error "
              "is below the variance",
              line)),
      verb<&KernelPca::convergence>(
          "convergence", "How near Nystroem components come to the exact ones as landmarks are added",
          in<double, float, std::uint8_t>("x", "n,d|n,h,w|n,h,w,channels", "Rows"),
          out<std::int64_t>("landmarks", "s", "Numbers of landmarks"),
          out("angle", "s", "Largest principal angle between the components, radians", line),
          out("trace_error", "s", "Share of the trace that the landmarks do not reach", line),
          out("eigenvalue_error", "s,q", "Share by which each eigenvalue is too small", line))};

 private:
  enum class Phase { done, lanczos, scatter, scores };

  // Fit.
  void begin_fit(Session& session);
  void read_matrix(Session& session);
  [[nodiscard]] Solver choose_solver(std::size_t n) const;
  [[nodiscard]] double rounding() const;  // of kernel values
  Gram& gram();
  void warn_about_length(Session& session) const;
  void fit_dense(Session& session);
  bool step_lanczos(Session& session);
  void begin_nystroem(Session& session);
  void begin_features(Session& session);
  void features_of(Session& session, const Points& rows, Matrix<double>& values);
  bool step_scatter(Session& session);
  bool step_scores(Session& session);
  void finish(Session& session, const Eigenpairs& pairs, const std::vector<double>& residuals,
              bool converged = true);
  void put_summary(Session& session, double trace, const std::vector<double>& residuals,
                   bool converged = true) const;
  const Evaluator& evaluator();

  Expansion expansion_;
  // Between the steps of a fit.
  Phase phase_ = Phase::done;
  Spectral spectral_;
  BlockLanczos lanczos_;
  FeatureScatter scatter_;
  std::uint64_t scored_ = 0;  // rows whose scores are written
  // Between the steps of evaluate, reconstruct, select and convergence.
  double total_error_ = 0, total_distance_ = 0;
  Reconstruction reconstruction_;
  Selection selection_;
  Convergence convergence_;

  // Made from the above when first needed.
  Matrix<double> matrix_;  // given kernel values, or -d^2 / 2
  std::variant<std::monostate, KernelPoints<double>, KernelPoints<float>> packed_;
  std::unique_ptr<Gram> gram_;
  std::optional<RandomFeatures> frequencies_;
  std::optional<Evaluator> evaluator_;
};

}  // namespace ansatz::kernel_pca
