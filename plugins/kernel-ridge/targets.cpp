#include "targets.hpp"

#include <algorithm>
#include <string>

namespace ansatz::kernel_ridge {
namespace {

Targets labels(Session& session, const std::vector<std::uint64_t>& chosen) {
  if (session.shape("y").size() != 1) {
    throw BadArgument(
        "kernel-ridge.fit: y has integers of rank 2; class labels are one integer a row, and targets of a "
        "regression are real numbers (f64 or f32)");
  }
  const auto all = session.values<std::int64_t>("y");
  Targets targets;
  for (const std::uint64_t i : chosen) targets.classes.push_back(all[i]);
  std::ranges::sort(targets.classes);
  targets.classes.erase(std::unique(targets.classes.begin(), targets.classes.end()), targets.classes.end());
  if (targets.classes.size() < 2) {
    throw BadArgument("kernel-ridge.fit: all " + std::to_string(chosen.size()) + " labels in y are " +
                      std::to_string(targets.classes.front()) +
                      "; a classifier needs at least two classes (for a regression give y as real numbers)");
  }
  const std::string what =
      std::to_string(targets.classes.size()) + " classes in " + std::to_string(chosen.size()) + " rows";
  if (4 * targets.classes.size() > chosen.size()) {
    session.warn("y has integers, which are class labels: " + what +
                 "; for a regression give y as real numbers");
  } else {
    session.note("y has class labels: " + what);
  }
  targets.single = true;
  targets.values.setZero(static_cast<Eigen::Index>(targets.classes.size()),
                         static_cast<Eigen::Index>(chosen.size()));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto found = std::ranges::lower_bound(targets.classes, all[chosen[i]]);
    targets.values(found - targets.classes.begin(), static_cast<Eigen::Index>(i)) = 1;
  }
  return targets;
}

}  // namespace

Targets Targets::from(Session& session, const std::vector<std::uint64_t>& chosen) {
  const std::int32_t type = session.type("y");
  if (type != ANSATZ_F64 && type != ANSATZ_F32) return labels(session, chosen);
  const auto y = session.in<double>("y");
  if (y.cols() == 0) throw BadArgument("kernel-ridge.fit: y has no columns; expected at least one target");
  Targets targets;
  targets.single = session.shape("y").size() == 1;
  targets.values.resize(y.cols(), static_cast<Eigen::Index>(chosen.size()));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    targets.values.col(static_cast<Eigen::Index>(i)) =
        y.row(static_cast<Eigen::Index>(chosen[i])).transpose();
  }
  return targets;
}

}  // namespace ansatz::kernel_ridge
