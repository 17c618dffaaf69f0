#include <algorithm>

#include "tables.hpp"

namespace ansatz::prepare {

// Row i draws from its own place in the stream.
void Tables::noise(Session& session, const NoiseOptions& options) {
  const auto x = session.in<double>("x");
  auto y = session.out<double>("x", session.shape("x"));
  copy_picture_attributes(session, "x", "x");
  if (x.size() == 0) return;
  const double least = x.minCoeff(), most = x.maxCoeff();
  session.parallel_for(static_cast<std::uint64_t>(x.rows()), [&](std::uint64_t i, std::uint32_t) {
    Rng random = session.rng("noise", i);
    const auto row = static_cast<Eigen::Index>(i);
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      if (options.kind == NoiseKind::gaussian) {
        y(row, j) = x(row, j) + options.deviation * random.normal();
        continue;
      }
      const double draw = random.uniform();
      y(row, j) = draw < options.share / 2 ? least : draw < options.share ? most : x(row, j);
    }
  });
}

}  // namespace ansatz::prepare
