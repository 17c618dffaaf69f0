// The solver features, and landmarks that are means of groups.
#include "call.hpp"
#include "landmarks.hpp"

using namespace kpca;
using Catch::Contains;

namespace {

const Dense x = normal(90, 4, 41), fresh = normal(20, 4, 42);

Settings random_features(std::int64_t features, const char* op = "centred") {
  return {{"length", 2.0},
          {"components", whole(5)},
          {"solver", text("features")},
          {"features", features},
          {"operator", text(op)}};
}

// The features themselves, by the formula, from the frequencies that the model keeps.
Dense feature_rows(const VerbResult& fitted, const Dense& rows) {
  const Array& w = fitted.state.array("model/points/values");
  const std::uint64_t count = w.shape[0];
  Dense f(rows.rows, 2 * count);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    for (std::uint64_t j = 0; j < count; ++j) {
      double phase = 0;
      for (std::size_t k = 0; k < rows.columns; ++k) phase += w.number(j * rows.columns + k) * rows(i, k);
      f(i, j) = std::cos(phase) / std::sqrt(static_cast<double>(count));
      f(i, count + j) = std::sin(phase) / std::sqrt(static_cast<double>(count));
    }
  }
  return f;
}

// Lloyd's iteration by plain loops.
Dense lloyd(const Dense& rows, const Vector& length, Dense means, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    Dense sums(means.rows, means.columns);
    Vector sizes(means.rows);
    for (std::size_t i = 0; i < rows.rows; ++i) {
      std::size_t best = 0;
      double least = INFINITY;
      for (std::size_t g = 0; g < means.rows; ++g) {
        double square = 0;
        for (std::size_t k = 0; k < rows.columns; ++k)
          square += std::pow((rows(i, k) - means(g, k)) / length[length.size() == 1 ? 0 : k], 2);
        if (square < least) least = square, best = g;
      }
      for (std::size_t k = 0; k < rows.columns; ++k) sums(best, k) += rows(i, k);
      ++sizes[best];
    }
    for (std::size_t g = 0; g < means.rows; ++g) {
      for (std::size_t k = 0; k < means.columns; ++k) {
        if (sizes[g] > 0) means(g, k) = sums(g, k) / sizes[g];
      }
    }
  }
  return means;
}

}  // namespace

TEST_CASE("components of random features are principal components of the feature vectors") {
  for (const auto& [op, count] : {std::pair{"centred", 60}, {"uncentred", 60}, {"centred", 600}}) {
    CAPTURE(op, count);
    const VerbResult fitted = fit(x, random_features(count, op));
    const Dense f = feature_rows(fitted, x), g = feature_rows(fitted, fresh);
    REQUIRE(f.columns == static_cast<std::size_t>(count));
    const VerbResult linear =
        fit(f, {{"kernel", text("linear")}, {"components", whole(5)}, {"operator", text(op)}});
    for (const char* port : {"eigenvalues", "explained"}) {
      CHECK(reference::relative_error(list(fitted, port), list(linear, port)) < 1e-10);
    }
    CHECK(difference_of_columns(table(fitted, "scores"), table(linear, "scores")) < 1e-10);
    const Dense one = table(run({"transform", {{"x", array_of(fresh)}}, {}, &fitted}), "scores"),
                two = table(run({"transform", {{"x", array_of(g)}}, {}, &linear}), "scores");
    CHECK(difference_of_columns(one, two) < 1e-10);
    CHECK(largest_difference(list(run({"evaluate", {{"x", array_of(fresh)}}, {}, &fitted}), "error"),
                             list(run({"evaluate", {{"x", array_of(g)}}, {}, &linear}), "error")) < 1e-10);
    CHECK(largest_difference(list(run({"transform", {{"x", array_of(x)}}, {}, &fitted}), "scores"),
                             list(fitted, "scores")) < 1e-10);
  }
}

TEST_CASE("many random features come near the exact eigenvalues, with and without orthogonal frequencies") {
  const Vector exact =
      list(fit(x, {{"length", 2.0}, {"components", whole(5)}, {"solver", text("dense")}}), "eigenvalues");
  for (const bool orthogonal : {false, true}) {
    Settings settings = random_features(600);
    settings["orthogonal"] = orthogonal;
    const VerbResult fitted = fit(x, settings);
    const Vector mu = list(fitted, "eigenvalues");
    const Array& w = fitted.state.array("model/points/values");
    double dot = 0;
    for (std::uint64_t k = 0; k < 4; ++k) dot += w.number(k) * w.number(4 + k);
    CHECK((std::abs(dot) < 1e-14) == orthogonal);
    // An element of F F' is off by about (1 - k^2) / sqrt(D): |K - F F'| is well below n / sqrt(D).
    for (std::size_t j = 0; j < 5; ++j) CHECK(std::abs(mu[j] - exact[j]) < 90 / std::sqrt(600.0));
  }
}

TEST_CASE("random features: what they do not fit") {
  const auto refused = [](const Call& call, const std::vector<std::string>& parts) {
    const VerbResult result = attempt(call);
    CHECK(result.status == ANSATZ_BAD_ARGUMENT);
    for (const std::string& part : parts) CHECK_THAT(result.text, Contains(part));
  };
  refused({"fit", {{"x", array_of(x)}}, {{"solver", text("features")}, {"kernel", text("polynomial")}}},
          {"features", "polynomial", "gaussian, laplacian, matern"});
  refused({"fit", {{"x", array_of(x)}}, random_features(7)}, {"features is 7", "even"});
  refused({"fit", {{"x", array_of(x)}}, random_features(8, "laplacian")},
          {"features", "centred or uncentred"});
  const VerbResult fitted = fit(x, random_features(40));
  for (const char* method : {"fixed-point", "mds", "ridge"}) {
    refused({"reconstruct", {{"x", array_of(x)}}, {}, &fitted, {{"method", text(method)}}},
            {"random features", "nystrom"});
  }
  refused({"transform", {{"x", array_of(normal(3, 5, 1))}}, {}, &fitted}, {"3 x 5", "4 columns"});
  // No more components than features, and than their rank.
  Settings few = random_features(4);
  const VerbResult small = fit(x, few);
  CHECK(list(small, "eigenvalues").size() <= 4);
  CHECK(warned(small, "asked 5, rank "));
}

TEST_CASE("means of groups are those of Lloyd's iteration") {
  Dense rows = normal(300, 3, 71);
  for (std::size_t i = 0; i < 300; ++i) rows(i, 0) += 1000;  // an offset costs no digits
  Dense start(7, 3);
  for (std::size_t g = 0; g < 6; ++g) {
    for (std::size_t k = 0; k < 3; ++k) start(g, k) = rows(17 * g, k);
  }
  for (std::size_t k = 0; k < 3; ++k) start(6, k) = -1e5;  // a group that stays empty
  using ansatz::Matrix;
  const Matrix<double> x_matrix = Eigen::Map<const Matrix<double>>(rows.values.data(), 300, 3),
                       start_matrix = Eigen::Map<const Matrix<double>>(start.values.data(), 7, 3);
  ansatz::SerialExecutor serial;
  for (const Vector& length : {Vector{1}, Vector{1, 0.3, 5}}) {
    const Matrix<double> found = ansatz::kernel_pca::group_means(ansatz::Points{x_matrix}, {.length = length},
                                                                 start_matrix, 4, serial);
    const Dense wanted = lloyd(rows, length, start, 4);
    CHECK(largest_difference({found.data(), found.data() + found.size()}, wanted.values) < 1e-9);
  }
}

TEST_CASE("landmarks that are means of groups reach more of the trace than uniform rows") {
  int better = 0;
  const Dense many = normal(400, 3, 72);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    double left[2];
    for (const char* sampling : {"uniform", "kmeans"}) {
      const Settings settings{{"length", 2.0},
                              {"solver", text("nystrom")},
                              {"landmarks", whole(20)},
                              {"sampling", text(sampling)}};
      const VerbResult fitted = run({"fit", {{"x", array_of(many)}}, settings, nullptr, {}, 1, seed});
      left[text(sampling) == "uniform" ? 0 : 1] = fitted.metrics.back().value;
    }
    better += left[1] < left[0] ? 1 : 0;
  }
  CHECK(better >= 9);
}
