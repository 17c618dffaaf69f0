// What a report needs of a run's archive, read as it is asked for: an archive may be larger than memory.
#pragma once

#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "core/tree.hpp"
#include "data/source.hpp"

namespace ansatz::host {

class ArchiveView {
 public:
  // Throws DataError if the file is no archive of a run.
  explicit ArchiveView(std::filesystem::path file);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  // Groups, attributes and small arrays.
  [[nodiscard]] const Tree& outline() const { return outline_; }
  // Points of a sweep; 0: the archive is of a single run.
  [[nodiscard]] std::size_t points() const { return points_; }

  // The first rows of an array by its path in the file; nothing if there is none.
  static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  [[nodiscard]] std::optional<Array> read(const std::string& item, std::uint64_t most_rows = all) const;

  // What a reference of a figure ("step.output", "step.metric", "step.parameter", "seed", "point") means in
  // one point of a sweep, or in the run.
  [[nodiscard]] std::optional<Array> find(const std::string& reference, std::size_t point,
                                          std::uint64_t most_rows = all) const;
  // For all points at once, if it is a column of /summary.
  [[nodiscard]] const Array* column(const std::string& reference) const;
  // The steps at which a metric was taken; nothing if the reference is no metric.
  [[nodiscard]] std::optional<Array> metric_steps(const std::string& reference, std::size_t point) const;

 private:
  [[nodiscard]] std::string step_path(const std::string& step, std::size_t point) const;

  std::filesystem::path file_;
  Tree outline_;
  std::unique_ptr<DataFile> data_;
  std::size_t points_ = 0;
};

// The element as a person reads it.
[[nodiscard]] std::string element_label(const Array& array, std::uint64_t index);
[[nodiscard]] std::string attribute_label(const Tree& tree, const std::string& name);

}  // namespace ansatz::host
