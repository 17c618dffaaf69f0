// How many components to keep.
//
//   parallel         eigenvalues against those of rows whose columns are shuffled independently (Joergensen
//                    and Hansen 2012)
//   reconstruction   the fewest whose pre-images of held-out rows are as near as the nearest, to a standard
//                    error (Alam and Fukumizu 2014, "Hyperparameter selection in kernel principal component
//                    analysis"; the rule of one standard error: Breiman et al. 1984)
//   eigengap         those before the largest drop
#pragma once

#include <ansatz/parameters.hpp>
#include <ansatz/session.hpp>
#include <ansatz/state.hpp>

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "config.hpp"

namespace ansatz::kernel_pca {

enum class Criterion { parallel, reconstruction, eigengap };
constexpr auto choices(Criterion) { return std::array{"parallel", "reconstruction", "eigengap"}; }

struct SelectOptions {
  Criterion criterion = Criterion::parallel;
  std::int64_t draws = 40;
  std::int64_t folds = 5;
  std::vector<double> lengths;

  static constexpr auto params =
      std::tuple{param(&SelectOptions::criterion, "criterion",
                       "parallel: eigenvalues above the 95 % quantile of shuffled data; reconstruction: the "
                       "fewest with the least error of held-out rows, to a standard error; eigengap: those "
                       "before the largest drop"),
                 param(&SelectOptions::draws, "draws", "Shuffles of the columns, for each length",
                       at_least(1), used_if("criterion=parallel")),
                 param(&SelectOptions::folds, "folds", "Parts of the rows that are held out in turn",
                       at_least(2), used_if("criterion=reconstruction")),
                 param(&SelectOptions::lengths, "lengths",
                       "Lengths to try: the one with the largest excess is taken; none: the kernel's own",
                       above(0), unit("unit of x"))};
};

class Selection {
 public:
  // One step: a spectrum, of the data or of a shuffle, or a fold.  True while more are needed.
  bool step(Session& session, const Config& config, const SelectOptions& options);
  void state(Archive& archive);

 private:
  void begin(Session& session, const Config& config, const SelectOptions& options, const Matrix<double>& x);
  void hold_out(Session& session, const Config& config, const SelectOptions& options, const Kernel& kernel,
                const Matrix<double>& x, std::uint64_t fold);
  void finish(Session& session, const SelectOptions& options);
  // Of one length: its limits, its excess; returns the components.
  std::uint64_t judge(Criterion criterion, Eigen::Index length, Eigen::RowVectorXd& limits,
                      double& excess) const;

  bool active_ = false;
  std::vector<double> lengths_;
  Matrix<double> observed_;       // lengths x components: eigenvalues, or sums of squared errors
  Matrix<double> squares_;        // of these errors
  Matrix<double> shuffled_;       // lengths draws x components
  std::vector<double> distance_;  // of held-out rows to the mean of the others: a sum of squares a length
  std::uint64_t rows_ = 0;
  std::uint64_t done_ = 0;  // of each length the observed spectrum, then its draws; or its folds
};

}  // namespace ansatz::kernel_pca
