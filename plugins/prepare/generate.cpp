#include "generate.hpp"

#include <cmath>
#include <numbers>

#include "row_blocks.hpp"

namespace ansatz::prepare {
namespace {

using std::numbers::pi;

// Labels 0, 1, ..., k - 1, 0, 1, ...: every run of rows has all classes in equal parts.
std::span<std::int64_t> cyclic_labels(Session& session, std::uint64_t rows, std::uint64_t classes) {
  const auto labels = session.out_values<std::int64_t>("label", {rows});
  for (std::uint64_t i = 0; i < rows; ++i) labels[i] = static_cast<std::int64_t>(i % classes);
  return labels;
}

// Uniform in the box, each redrawn until it is far enough from those before it.
Matrix<double> draw_centres(Session& session, const BlobsOptions& options) {
  constexpr int attempts = 1000;
  Rng rng = session.rng("centres");
  Matrix<double> centres(options.centres, options.d);
  for (Eigen::Index k = 0; k < centres.rows(); ++k) {
    bool placed = false;
    for (int attempt = 0; attempt < attempts && !placed; ++attempt) {
      for (Eigen::Index j = 0; j < centres.cols(); ++j)
        centres(k, j) = rng.uniform(-options.box, options.box);
      placed =
          options.separation == 0 || k == 0 ||
          (centres.topRows(k).rowwise() - centres.row(k)).rowwise().norm().minCoeff() >= options.separation;
    }
    if (!placed) {
      throw BadArgument(
          "generate.blobs: found no place for centre " + std::to_string(k) + " of " +
          std::to_string(options.centres) + " at separation = " + std::to_string(options.separation) +
          " in box = " + std::to_string(options.box) + "; raise box, or lower separation or centres");
    }
  }
  return centres;
}

}  // namespace

void Generate::blobs(Session& session, const BlobsOptions& options) {
  const auto rows = static_cast<std::uint64_t>(options.count),
             columns = static_cast<std::uint64_t>(options.d);
  const auto blobs = static_cast<std::uint64_t>(options.centres);
  auto centres = session.out<double>("centre", {blobs, columns});
  centres = draw_centres(session, options);
  const auto label = cyclic_labels(session, rows, blobs);
  auto x = session.out<double>("x", {rows, columns});
  for_each_row(session, "points", rows, columns, [&](Eigen::Index i, Rng& rng) {
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      x(i, j) = centres(label[static_cast<std::size_t>(i)], j) + options.spread * rng.normal();
    }
  });
}

void Generate::moons(Session& session, const MoonsOptions& options) {
  const auto rows = static_cast<std::uint64_t>(options.count);
  const auto label = cyclic_labels(session, rows, 2);
  auto x = session.out<double>("x", {rows, 2});
  for_each_row(session, "points", rows, 3, [&](Eigen::Index i, Rng& rng) {
    const double angle = pi * rng.uniform();
    const bool upper = label[static_cast<std::size_t>(i)] == 0;
    x(i, 0) = upper ? std::cos(angle) : 1 - std::cos(angle);
    x(i, 1) = upper ? std::sin(angle) : 0.5 - std::sin(angle);
    for (Eigen::Index j = 0; j < 2; ++j) x(i, j) += options.noise * rng.normal();
  });
}

void Generate::rings(Session& session, const RingsOptions& options) {
  if (options.radii.empty()) throw BadArgument("generate.rings: radii is empty; give one radius a ring");
  const auto rows = static_cast<std::uint64_t>(options.count);
  const auto label = cyclic_labels(session, rows, options.radii.size());
  auto x = session.out<double>("x", {rows, 2});
  for_each_row(session, "points", rows, 3, [&](Eigen::Index i, Rng& rng) {
    const double angle = 2 * pi * rng.uniform();
    const double radius = options.radii[static_cast<std::size_t>(label[static_cast<std::size_t>(i)])];
    x(i, 0) = radius * std::cos(angle) + options.noise * rng.normal();
    x(i, 1) = radius * std::sin(angle) + options.noise * rng.normal();
  });
}

void Generate::patterns(Session& session, const PatternsOptions& options) {
  const auto count = static_cast<std::uint64_t>(options.count),
             size = static_cast<std::uint64_t>(options.size);
  auto x = session.out<std::int32_t>("x", {count, size});
  for_each_row(session, "patterns", count, size, [&](Eigen::Index i, Rng& rng) {
    for (Eigen::Index j = 0; j < x.cols(); ++j) x(i, j) = rng.uniform() < options.activity ? 1 : -1;
  });
}

}  // namespace ansatz::prepare
