// How many components stand out.
#include "call.hpp"

using namespace kpca;

namespace {
VerbResult selected(const Dense& x, const Settings& settings, const Settings& options,
                    std::uint64_t key = 3) {
  return run({"select", {{"x", array_of(x)}}, settings, nullptr, options, 1, key});
}
}  // namespace

TEST_CASE("parallel analysis keeps nothing of independent columns, at its level of 5 %") {
  int none = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Dense x = normal(24, 3, static_cast<unsigned>(1000 + seed));
    const VerbResult found =
        selected(x, {{"length", 2.0}, {"components", whole(2)}}, {{"draws", whole(39)}}, seed);
    none += ansatz::test::scalar(found, "components") == 0 ? 1 : 0;
  }
  CHECK(none >= 88);
}

TEST_CASE("parallel analysis finds the directions that columns share, and eigengap the drop after them") {
  Dense x = normal(60, 5, 31);
  for (std::size_t i = 0; i < 60; ++i) {
    for (std::size_t k = 1; k < 5; ++k) x(i, k) = (k < 3 ? x(i, 0) : -x(i, 0)) + 0.1 * x(i, k);
  }
  const VerbResult found =
      selected(x, {{"kernel", text("linear")}, {"components", whole(4)}}, {{"draws", whole(19)}});
  CHECK(ansatz::test::scalar(found, "components") == 1);
  const Vector observed = list(found, "observed");
  const Vector fitted = list(fit(x, {{"kernel", text("linear")}, {"components", whole(4)}}), "eigenvalues");
  CHECK(reference::relative_error(observed, fitted) < 1e-12);
  CHECK(list(found, "null")[0] < observed[0]);
  const VerbResult gap =
      selected(x, {{"kernel", text("linear")}, {"components", whole(4)}}, {{"criterion", text("eigengap")}});
  CHECK(ansatz::test::scalar(gap, "components") == 1);
  CHECK(list(gap, "excess")[0] == Approx(fitted[0] - fitted[1]).epsilon(1e-10));
}

TEST_CASE("of a grid of lengths the one with the largest excess is taken") {
  Dense x = normal(40, 3, 32);
  for (std::size_t i = 0; i < 40; ++i) x(i, 1) = x(i, 0) + 0.1 * x(i, 1), x(i, 2) = x(i, 0) - 0.1 * x(i, 2);
  const Vector lengths{1e-3, 1.0, 1e3};
  const VerbResult found =
      selected(x, {{"length", 1.0}, {"components", whole(3)}}, {{"draws", whole(9)}, {"lengths", lengths}});
  const Vector excess = list(found, "excess");
  REQUIRE(excess.size() == 3);
  CHECK(excess[1] == *std::max_element(excess.begin(), excess.end()));
  CHECK(ansatz::test::scalar(found, "best_length") == 1.0);
  CHECK(found.steps == 30);
}

// Every row held out on its own, by the plugin's other verbs: squared distance to its pre-image.
static Dense left_out_errors(const Dense& x, const Settings& settings, std::int64_t most) {
  Dense errors(x.rows, static_cast<std::size_t>(most));
  for (std::size_t i = 0; i < x.rows; ++i) {
    std::vector<std::size_t> others;
    for (std::size_t l = 0; l < x.rows; ++l) {
      if (l != i) others.push_back(l);
    }
    for (std::int64_t q = 1; q <= most; ++q) {
      Settings own = settings;
      own["components"] = q;
      const Dense row = rows_of(x, {i});
      const VerbResult fitted = fit(rows_of(x, others), own);
      const Dense z = table(run({"reconstruct", {{"x", array_of(row)}}, {}, &fitted}), "x");
      for (std::size_t k = 0; k < x.columns; ++k)
        errors(i, static_cast<std::size_t>(q - 1)) += std::pow(z(0, k) - row(0, k), 2);
    }
  }
  return errors;
}

TEST_CASE("held-out errors are those of fit and reconstruct, and the least to a standard error is taken") {
  Dense x = normal(24, 4, 33);
  for (std::size_t i = 0; i < 24; ++i) x(i, 1) = x(i, 0) + 0.1 * x(i, 1), x(i, 3) *= 0.2;
  for (const Settings& kernel : {Settings{{"kernel", text("linear")}}, Settings{{"length", 2.0}}}) {
    Settings settings = kernel;
    const Dense errors = left_out_errors(x, settings, 4);
    settings["components"] = whole(4);
    const VerbResult found =
        selected(x, settings, {{"criterion", text("reconstruction")}, {"folds", whole(24)}});
    CHECK(found.steps == 24);
    Vector mean(4);
    for (std::size_t i = 0; i < 24; ++i) {
      for (std::size_t j = 0; j < 4; ++j) mean[j] += errors(i, j) / 24;
    }
    CHECK(reference::relative_error(list(found, "observed"), mean) < 1e-5);
    const std::size_t best =
        static_cast<std::size_t>(std::min_element(mean.begin(), mean.end()) - mean.begin());
    double variance = 0;
    for (std::size_t i = 0; i < 24; ++i) variance += std::pow(errors(i, best) - mean[best], 2) / 24;
    const double limit = mean[best] + std::sqrt(variance / 24);
    CHECK(list(found, "null")[0] == Approx(limit).epsilon(1e-4).margin(1e-9 * mean[0]));
    std::size_t fewest = 0;
    while (mean[fewest] > limit * (1 + 1e-6) + 1e-9 * mean[0]) ++fewest;
    CHECK(ansatz::test::scalar(found, "components") == static_cast<double>(fewest + 1));
    // The rows' own variance, each about the mean of the others.
    double about = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < 24; ++i) sum += x(i, k);
      for (std::size_t i = 0; i < 24; ++i) about += std::pow(x(i, k) - (sum - x(i, k)) / 23, 2) / 24;
    }
    CHECK(list(found, "excess")[0] == Approx(about - mean[best]).epsilon(1e-5));
  }
}

TEST_CASE(
    "reconstruction chooses a length between ones that are far off, in the same bytes however it is run") {
  Dense x(80, 4);  // a closed curve in four dimensions: three linear components miss one of them
  const Dense noise = normal(80, 4, 34);
  for (std::size_t i = 0; i < 80; ++i) {
    const double angle = 2 * M_PI / 80 * static_cast<double>(i);
    for (std::size_t k = 0; k < 4; ++k) {
      const double turns = k < 2 ? angle : 2 * angle;
      x(i, k) = (k % 2 == 0 ? std::cos(turns) : std::sin(turns)) + 0.02 * noise(i, k);
    }
  }
  const Call call{"select",
                  {{"x", array_of(x)}},
                  {{"components", whole(3)}, {"length", 1.0}},
                  nullptr,
                  {{"criterion", text("reconstruction")}, {"lengths", Vector{1e-3, 1.0, 1e3}}}};
  const VerbResult one = run(call);
  CHECK(ansatz::test::scalar(one, "best_length") == 1.0);
  CHECK(one.steps == 15);
  Call more = call;
  more.threads = 3;
  CHECK(ansatz::test::same_bytes(run(more), one));
}

TEST_CASE("reconstruction: what it does not fit") {
  const Dense x = normal(20, 3, 35);
  const auto refused = [&](const Settings& settings, const Settings& options, const std::string& part) {
    Settings all = options;
    all["criterion"] = text("reconstruction");
    const VerbResult result = attempt({"select", {{"x", array_of(x)}}, settings, nullptr, all});
    CHECK(result.status == ANSATZ_BAD_ARGUMENT);
    CHECK_THAT(result.text, Catch::Contains(part));
  };
  refused({{"kernel", text("cosine")}}, {}, "cosine: it needs pre-images");
  refused({{"operator", text("laplacian")}}, {}, "centred or uncentred");
  refused({}, {{"folds", whole(21)}}, "folds is 21, and x has 20 rows");
  refused({{"components", whole(16)}}, {}, "16, and x has 16 rows beside a fold");
}
