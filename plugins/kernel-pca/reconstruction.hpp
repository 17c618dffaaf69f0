// Pre-images: rows whose image in feature space is nearest to a projection P phi(x) = sum_i c_i phi(p_i).
//
//   fixed-point   z <- sum_i w_i p_i / sum_i w_i, w_i = -c_i kappa'(|z - p_i|^2) (Mika et al. 1999, equations
//   8-10) mds           distances to the nearest support points, then classical scaling (Kwok and Tsang 2004)
//   ridge         a map learned by kernel ridge regression from scores to rows (Bakir, Weston and Schoelkopf
//   2004) linear kernel: sum_i c_i p_i, whatever the method but for ridge
#pragma once

#include <ansatz/parameters.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <tuple>
#include <vector>

#include "expansion.hpp"
#include "preimages.hpp"

namespace ansatz::kernel_pca {

enum class Method { fixed_point, mds, ridge };
constexpr auto choices(Method) { return std::array{"fixed-point", "mds", "ridge"}; }
enum class Start { input, nearest, mean };
constexpr auto choices(Start) { return std::array{"input", "nearest", "mean"}; }

struct ReconstructOptions {
  Method method = Method::fixed_point;
  Start start = Start::input;
  std::int64_t max_iterations = 300;
  std::int64_t neighbours = 10;
  double penalty = 1e-3;

  static constexpr auto params = std::tuple{
      param(&ReconstructOptions::method, "method", "How rows are found; linear kernels have a closed form"),
      param(&ReconstructOptions::start, "start",
            "Where the iteration starts: the row itself, the training row nearest to the projection (also if "
            "scores "
            "are given), or the mean of the training rows",
            used_if("method=fixed-point")),
      param(&ReconstructOptions::max_iterations, "max_iterations",
            "Iterations before a row counts as not settled", at_least(1), used_if("method=fixed-point")),
      param(&ReconstructOptions::neighbours, "neighbours", "Support points that locate a row", at_least(1),
            used_if("method=mds")),
      param(&ReconstructOptions::penalty, "penalty", "Of the ridge regression from scores to rows", above(0),
            used_if("method=ridge"))};
};

class Reconstruction {
 public:
  // One step: an iteration for all rows, or a block of rows.  True while more are needed.
  bool step(Session& session, const Expansion& expansion, const Evaluator& evaluator,
            const ReconstructOptions& options, std::uint64_t memory);
  void state(Archive& archive);

 private:
  void begin(Session& session, const Expansion& expansion, const Evaluator& evaluator,
             const ReconstructOptions& options);
  void start(Session& session, Start rule);
  void iterate(Session& session, const ReconstructOptions& options);
  void locate_block(Session& session, const Expansion& expansion, const ReconstructOptions& options,
                    std::uint64_t memory);
  void finish(Session& session, const Expansion& expansion);

  bool active_ = false;
  std::uint64_t located_ = 0;  // rows that mds or ridge have done
  Matrix<double> scores_;      // of the rows, not divided
  Matrix<double> current_;     // z
  Matrix<double> best_;
  std::vector<double> gap_;               // of best_
  std::vector<std::int64_t> iterations_;  // so far
  std::vector<std::uint8_t> open_;        // 0: settled or given up
  std::vector<std::uint8_t> restarted_;

  // Made when first needed.
  std::unique_ptr<PreImages> images_;
};

}  // namespace ansatz::kernel_pca
