#include "targets.hpp"

#include <string>
#include <variant>

namespace ansatz::kernel_ridge {
namespace {

// Rows `chosen` of a list of labels.
Labels subset(const Labels& labels, const std::vector<std::uint64_t>& chosen) {
  return std::visit(
      [&]<class List>(const List& all) -> Labels {
        List some;
        for (const std::uint64_t i : chosen) some.push_back(all[i]);
        return {some};
      },
      labels.values);
}

Targets labelled(Session& session, const std::vector<std::uint64_t>& chosen) {
  if (session.shape("y").size() != 1) {
    throw BadArgument(
        "kernel-ridge.fit: y has integers or texts of rank 2; class labels are one a row, and targets of a "
        "regression are real numbers (f64 or f32)");
  }
  const Labels own = subset(read_labels(session, "y"), chosen);
  Targets targets;
  targets.classes = distinct({&own});
  const std::size_t count = targets.classes.size();
  if (count < 2) {
    throw BadArgument("kernel-ridge.fit: all " + std::to_string(chosen.size()) + " labels in y are " +
                      targets.classes.name(0) +
                      "; a classifier needs at least two classes (for a regression give y as real numbers)");
  }
  const std::string what = std::to_string(count) + " classes in " + std::to_string(chosen.size()) + " rows";
  if (4 * count > chosen.size() && !own.is_text()) {
    session.warn("y has integers, which are class labels: " + what +
                 "; for a regression give y as real numbers");
  } else {
    session.note("y has class labels: " + what);
  }
  targets.single = true;
  targets.values.setZero(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(chosen.size()));
  const std::vector<std::uint32_t> codes = codes_of("kernel-ridge.fit", "y", own, targets.classes);
  for (std::size_t i = 0; i < codes.size(); ++i)
    targets.values(static_cast<Eigen::Index>(codes[i]), static_cast<Eigen::Index>(i)) = 1;
  return targets;
}

}  // namespace

Targets Targets::from(Session& session, const std::vector<std::uint64_t>& chosen) {
  const std::int32_t type = session.type("y");
  if (type != ANSATZ_F64 && type != ANSATZ_F32) return labelled(session, chosen);
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
