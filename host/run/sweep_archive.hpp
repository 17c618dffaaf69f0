// The archive of a sweep, written point by point, so that memory does not grow with their number.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_writer.hpp"
#include "archive/store.hpp"
#include "run/run.hpp"
#include "run/summary.hpp"

namespace ansatz::host {

// Of a deterministic run: an id that the pipeline and the keys of its steps determine.
[[nodiscard]] std::string sweep_id(const Pipeline& pipeline, const RunResult& result,
                                   const std::string& status);

// /points/<n> with steps (one group in the file for each key, linked from every point that needs it), claims and the
// point's values; /steps, those that all points share; /summary, a row a point.  `pipeline` and `result` must outlive
// it; what is not sealed leaves nothing behind.  Equal runs give equal bytes, whenever add_ended() was called.
class SweepArchive {
 public:
  // One of plan.steps as archived; asked for once each, when it has ended.
  using StepTree = std::function<Tree(std::size_t)>;

  // `head`: the archive without points, steps, claims and timeline.
  SweepArchive(const Pipeline& pipeline, const RunResult& result, Tree head, StepTree step_tree,
               const std::filesystem::path& file);
  // Writes the points, in their order, that will not change any more: while the steps of others run.
  void add_ended();
  // Writes what is left.  `result` has the verdicts on claims by now.
  void seal(const std::string& status, const std::string& id, const std::optional<Tree>& timeline);

 private:
  void add(const Tree& tree, const std::string& path);
  void add_point();
  void add_step(std::size_t step);
  [[nodiscard]] std::string path_of(std::size_t step, std::size_t point) const;
  void add_shared();

  const Pipeline& pipeline_;
  const RunResult& result_;
  StepTree step_tree_;
  ArchiveWriter archive_;
  Digest digest_;
  std::size_t points_ = 0;  // written
  // Of each planned step; all their memory is taken at the beginning, since what is kept between the large blocks
  // that HDF5 takes and returns would keep those from being used again.
  std::vector<std::optional<std::size_t>> first_points_;  // where it is written
  std::vector<std::array<char, 64>> digests_;             // in hex
  std::vector<Scalars> scalars_;
};

// /timeline/steps: one table, since a sweep may have many thousand steps; and the last moments of those that failed.
void add_sweep_times(Tree& timeline, const RunResult& result);

// The sweep's frozen.h5 (see partial.hpp): its head, its claims, a frame for each planned step under its label, and
// /points/first, for every point and step of the pipeline the first point that has the same one.
void write_frozen_sweep(const Pipeline& pipeline, const RunResult& nothing_done, const RunOptions& options,
                        const std::string& id, const std::filesystem::path& file);

}  // namespace ansatz::host
