#include <cmath>

#include "tables.hpp"

namespace ansatz::prepare {
void Tables::threshold(Session& session, const ThresholdOptions& options) {
  const auto x = session.in<double>("x");
  session.out<double>("x", session.shape("x")) =
      (x.array() > options.at)
          .select(Matrix<double>::Constant(x.rows(), x.cols(), options.high),
                  Matrix<double>::Constant(x.rows(), x.cols(), options.low));
  copy_picture_attributes(session, "x", "x");
}

void Tables::cover(Session& session, const CoverOptions& options) {
  const auto x = session.in<double>("x");
  const auto covered = static_cast<Eigen::Index>(std::llround(options.share * static_cast<double>(x.cols())));
  auto y = session.out<double>("x", session.shape("x"));
  y = x;
  y.rightCols(covered).setConstant(options.fill);
  session.out<bool>("visible", session.shape("x")).leftCols(x.cols() - covered).setConstant(true);
  copy_picture_attributes(session, "x", "x");
}

}  // namespace ansatz::prepare
