// How many components stand out: eigenvalues against those of rows whose columns are shuffled independently
// (parallel analysis: Joergensen and Hansen 2012), or the largest gap between eigenvalues.
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

enum class Criterion { parallel, eigengap };
constexpr auto choices(Criterion) { return std::array{"parallel", "eigengap"}; }

struct SelectOptions {
  Criterion criterion = Criterion::parallel;
  std::int64_t draws = 40;
  std::vector<double> lengths;

  static constexpr auto params =
      std::tuple{param(&SelectOptions::criterion, "criterion",
                       "parallel: eigenvalues above the 95 % quantile of shuffled data; eigengap: those "
                       "before the largest drop"),
                 param(&SelectOptions::draws, "draws", "Shuffles of the columns, for each length",
                       at_least(1), used_if("criterion=parallel")),
                 param(&SelectOptions::lengths, "lengths",
                       "Lengths to try: the one with the largest summed excess over the mean of shuffled "
                       "data is taken; none: the "
                       "kernel's own",
                       above(0), unit("unit of x"))};
};

class Selection {
 public:
  // One step: a length, or a shuffle.  True while more are needed.
  bool step(Session& session, const Config& config, const SelectOptions& options);
  void state(Archive& archive);

 private:
  void finish(Session& session, const SelectOptions& options);

  bool active_ = false;
  std::vector<double> lengths_;
  Matrix<double> observed_;  // lengths x components
  Matrix<double> shuffled_;  // lengths draws x components
  std::uint64_t done_ = 0;   // spectra found: of each length the observed one, then its draws
};

}  // namespace ansatz::kernel_pca
