// What is refused or warned of, and what the text says.
#include <limits>
#include <random>

#include "call.hpp"

using namespace kpca;
using Catch::Contains;

namespace {

const Dense x = normal(40, 3, 61);

void refused(const VerbResult& result, int status, const std::vector<std::string>& parts) {
  CHECK(result.status == status);
  for (const std::string& part : parts) CHECK_THAT(result.text, Contains(part));
}
VerbResult try_fit(const Dense& rows, const Settings& settings) {
  return attempt({"fit", {{"x", array_of(rows)}}, settings});
}

}  // namespace

TEST_CASE("more components than the rank: the rank is returned, with a warning") {
  Dense low(40, 6);  // four independent columns, one twice, one constant
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t k = 0; k < 3; ++k) low(i, k) = x(i, k);
    low(i, 3) = x(i, 0) * x(i, 1), low(i, 4) = x(i, 0), low(i, 5) = 7;
  }
  for (const char* solver : {"dense", "lanczos", "nystrom"}) {
    CAPTURE(solver);
    Settings settings{{"kernel", text("linear")}, {"components", whole(10)}, {"solver", text(solver)}};
    if (text(solver) == "nystrom") settings["landmarks"] = whole(20);
    const VerbResult result = fit(low, settings);
    CHECK(list(result, "eigenvalues").size() == 4);
    CHECK(table(result, "scores").columns == 4);
    CHECK(warned(result, "asked 10, rank 4"));
  }
  refused(try_fit(x, {{"components", whole(40)}}), ANSATZ_BAD_ARGUMENT,
          {"components is 40", "40 rows", "at most 39"});
}

TEST_CASE("an indefinite kernel names its smallest and largest eigenvalue") {
  Dense k(12, 12);
  for (std::size_t i = 0; i < 12; ++i) k(i, i) = i == 3 ? -0.5 : 2;
  for (const char* solver : {"dense", "lanczos"}) {
    refused(
        attempt(
            {"fit",
             {{"k", array_of(k)}},
             {{"kernel", text("precomputed")}, {"operator", text("uncentred")}, {"solver", text(solver)}}}),
        ANSATZ_NUMERICAL, {"smallest eigenvalue -0.5", "largest 2", "probe"});
  }
  refused(try_fit(x, {{"kernel", text("sigmoid")}, {"slope", 2.0}, {"offset", 1.0}}), ANSATZ_NUMERICAL,
          {"not positive semidefinite"});
}

TEST_CASE("rows that are all alike, or one row") {
  Dense same(10, 2);
  for (double& value : same.values) value = 1.5;
  for (const char* kernel : {"gaussian", "linear", "polynomial"}) {
    Settings settings{{"kernel", text(kernel)}};
    if (text(kernel) == "gaussian") settings["length"] = 1.0;
    refused(try_fit(same, settings), ANSATZ_BAD_ARGUMENT, {"centred kernel is zero", "10 rows"});
  }
  refused(try_fit(normal(1, 3, 1), {{"components", whole(1)}}), ANSATZ_BAD_ARGUMENT,
          {"centred kernel is zero", "one row"});
  refused(try_fit(same, {}), ANSATZ_BAD_ARGUMENT, {"median", "identical"});
  CHECK(try_fit(Dense(0, 3), {}).status == ANSATZ_BAD_ARGUMENT);
  CHECK(try_fit(Dense(4, 0), {}).status == ANSATZ_BAD_ARGUMENT);
}

TEST_CASE("lengths out of proportion are warned of, with the median") {
  CHECK(warned(fit(x, {{"length", 1e-3}}), "length is too small"));
  CHECK(warned(fit(x, {{"length", 1e4}}), "length is too large"));
  CHECK(warned(fit(x, {{"length", 1e4}}), "the median distance of the rows is "));
  CHECK_FALSE(warned(fit(x, {}), "length"));
}

TEST_CASE("a given matrix must be symmetric, a new one as wide") {
  Dense k(6, 6);
  for (std::size_t i = 0; i < 6; ++i) k(i, i) = 1 + static_cast<double>(i);
  k(4, 2) = 0.25;
  const Settings settings{{"kernel", text("precomputed")}};
  refused(attempt({"fit", {{"k", array_of(k)}}, settings}), ANSATZ_BAD_ARGUMENT,
          {"k(4, 2) is 0.25", "k(2, 4) is 0"});
  k(2, 4) = 0.25;
  const VerbResult fitted = run({"fit", {{"k", array_of(k)}}, settings});
  refused(attempt({"transform", {{"k", array_of(normal(3, 5, 1))}}, {}, &fitted}), ANSATZ_BAD_ARGUMENT,
          {"3 x 5", "6 x 6"});
  refused(attempt({"transform", {{"x", array_of(normal(3, 5, 1))}}, {}, &fitted}), ANSATZ_BAD_ARGUMENT,
          {"port k"});
  refused(attempt({"evaluate", {{"k", array_of(normal(3, 6, 1))}}, {}, &fitted}), ANSATZ_BAD_ARGUMENT,
          {"diagonal"});
  refused(attempt({"fit", {{"x", array_of(x)}}, settings}), ANSATZ_BAD_ARGUMENT, {"wire port k"});
  refused(attempt({"fit", {{"k", array_of(k)}}, {}}), ANSATZ_BAD_ARGUMENT, {"wire port x"});
  refused(attempt({"fit",
                   {{"k", array_of(k)}},
                   {{"kernel", text("precomputed")},
                    {"precomputed", text("distance")},
                    {"operator", text("laplacian")}}}),
          ANSATZ_BAD_ARGUMENT, {"centred"});
}

TEST_CASE("methods that do not apply to a kernel or operator name those that do") {
  struct Case {
    Settings settings;
    const char* method;
    std::string methods;
  };
  for (const Case& c :
       {Case{{{"kernel", text("cosine")}}, "fixed-point", "apply: ridge"},
        Case{{{"kernel", text("polynomial")}}, "mds", "apply: ridge"},
        Case{{{"kernel", text("laplacian")}}, "fixed-point", "apply: ridge"},
        Case{{{"kernel", text("laplacian")}, {"norm", text("l2")}}, "mds", "apply: ridge"},
        Case{{{"kernel", text("matern")}, {"smoothness", 0.5}}, "fixed-point", "apply: mds, ridge"},
        Case{{{"operator", text("diffusion")}}, "fixed-point", "apply: ridge"}}) {
    const VerbResult fitted = fit(x, c.settings);
    refused(attempt({"reconstruct", {{"x", array_of(x)}}, {}, &fitted, {{"method", text(c.method)}}}),
            ANSATZ_BAD_ARGUMENT, {c.method, c.methods});
    run({"reconstruct", {{"x", array_of(x)}}, {}, &fitted, {{"method", text("ridge")}}});
  }
  Dense k(4, 4);
  for (std::size_t i = 0; i < 4; ++i) k(i, i) = 1 + static_cast<double>(i);
  const VerbResult given = run({"fit", {{"k", array_of(k)}}, {{"kernel", text("precomputed")}}});
  refused(attempt({"reconstruct", {{"scores", array_of(normal(2, 2, 1))}}, {}, &given}), ANSATZ_BAD_ARGUMENT,
          {"matrix that was given"});
  const VerbResult fitted = fit(x, {});
  refused(attempt({"reconstruct", {}, {}, &fitted}), ANSATZ_BAD_ARGUMENT, {"port x or port scores"});
  refused(attempt({"reconstruct", {{"scores", array_of(normal(2, 5, 1))}}, {}, &fitted}), ANSATZ_BAD_ARGUMENT,
          {"5 columns", "2 components"});
  const VerbResult graph = fit(x, {{"operator", text("laplacian")}});
  refused(attempt({"evaluate", {{"x", array_of(x)}}, {}, &graph}), ANSATZ_BAD_ARGUMENT, {"graph operator"});
}

TEST_CASE("pre-images that do not settle are flagged, with the best place kept") {
  const VerbResult fitted = fit(x, {{"components", whole(2)}});
  const Call call{"reconstruct", {{"x", array_of(x)}}, {}, &fitted, {{"max_iterations", whole(2)}}};
  const VerbResult result = run(call);
  const Vector iterations = list(result, "iterations");
  CHECK(std::count(iterations.begin(), iterations.end(), -1) > 0);
  CHECK(warned(result, "rows did not settle"));
  // Far away from all rows every weight underflows: nothing to go by.
  Dense far(1, 3);
  far(0, 0) = 1e6;
  const VerbResult lost =
      run({"reconstruct", {{"x", array_of(far)}}, {}, &fitted, {{"start", text("input")}}});
  for (const double value : list(lost, "x")) CHECK(std::isfinite(value));
}

TEST_CASE("a matrix beyond the memory is refused with the bytes, and lanczos takes it") {
  const Dense many = normal(300, 2, 62);
  const Settings tight{{"solver", text("dense")}, {"memory", whole(1)}};
  refused(try_fit(many, tight), ANSATZ_BAD_ARGUMENT, {"2160000 bytes", "300 rows", "1048576", "lanczos"});
  CHECK(try_fit(many, {{"solver", text("lanczos")}, {"memory", whole(1)}}).status == ANSATZ_DONE);
}

TEST_CASE("other columns, and what is not a number") {
  const VerbResult fitted = fit(x, {});
  for (const char* verb : {"transform", "evaluate", "reconstruct"}) {
    refused(attempt({verb, {{"x", array_of(normal(5, 4, 1))}}, {}, &fitted}), ANSATZ_BAD_ARGUMENT,
            {"5 x 4", "3 columns"});
  }
  Dense broken = x;
  broken(7, 1) = std::numeric_limits<double>::quiet_NaN();
  refused(try_fit(broken, {}), ANSATZ_NUMERICAL, {"x", "7"});
  CHECK(table(run({"transform", {{"x", array_of(Dense(0, 3))}}, {}, &fitted}), "scores").columns == 2);
}

TEST_CASE("nystrom: landmarks and operators that do not fit") {
  refused(try_fit(x, {{"solver", text("nystrom")}, {"landmarks", whole(41)}}), ANSATZ_BAD_ARGUMENT,
          {"landmarks is 41", "40 rows"});
  refused(try_fit(x, {{"solver", text("nystrom")}, {"landmarks", whole(9)}, {"operator", text("laplacian")}}),
          ANSATZ_BAD_ARGUMENT, {"nystrom", "centred or uncentred"});
  // A factor of 100 x 2,500 numbers would fit into 2 MiB; with the ten columns proposed at a time it does not.
  const Dense many = normal(2500, 2, 63);
  Settings drawn{{"solver", text("nystrom")},
                 {"landmarks", whole(100)},
                 {"sampling", text("rpcholesky")},
                 {"memory", whole(2)}};
  static_assert(8 * 100 * 2500 < 2 << 20 && 8 * 110 * 2500 > 2 << 20);
  refused(try_fit(many, drawn), ANSATZ_BAD_ARGUMENT,
          {std::to_string(8 * 110 * 2500) + " bytes", "2097152", "uniform"});
  drawn["memory"] = whole(3);
  CHECK(try_fit(many, drawn).status == ANSATZ_DONE);
  refused(attempt({"fit", {{"x", array_of(x)}, {"landmarks", array_of(x)}}, {{"solver", text("dense")}}}),
          ANSATZ_BAD_ARGUMENT, {"landmarks", "nystrom"});
  refused(attempt({"fit",
                   {{"x", array_of(x)}, {"landmarks", array_of(normal(9, 2, 1))}},
                   {{"solver", text("nystrom")}}}),
          ANSATZ_BAD_ARGUMENT, {"landmarks", "d = 2", "d = 3"});
}

TEST_CASE(
    "random problems with repeated rows, constant columns and low ranks: no NaN, no negative error, no rank "
    "beyond") {
  std::mt19937_64 engine{7};
  const char* names[] = {"gaussian", "linear", "polynomial", "laplacian", "matern"};
  const char* solvers[] = {"dense", "lanczos", "nystrom"};
  for (unsigned round = 0; round < 1000; ++round) {
    const std::size_t n = 2 + engine() % 49, d = 1 + engine() % 4;
    Dense rows = normal(n, d, 5000 + round);
    for (std::size_t i = 1; i < n; ++i) {
      if (engine() % 3 == 0) {
        for (std::size_t k = 0; k < d; ++k) rows(i, k) = rows(engine() % i, k);
      }
    }
    if (d > 1 && engine() % 2 == 0) {
      for (std::size_t i = 0; i < n; ++i) rows(i, d - 1) = 3;
    }
    const std::string kernel = names[engine() % 5], solver = solvers[engine() % 3];
    const auto q = static_cast<std::int64_t>(1 + engine() % (n - 1));
    Settings settings{{"kernel", kernel}, {"solver", solver}, {"components", q}};
    if (kernel == "gaussian" || kernel == "laplacian" || kernel == "matern")
      settings["length"] = 0.5 + static_cast<double>(engine() % 30) / 10;
    if (solver == "nystrom") settings["landmarks"] = whole(static_cast<std::int64_t>(1 + engine() % n));
    CAPTURE(round, n, d, kernel, solver, q);
    const VerbResult fitted = try_fit(rows, settings);
    INFO(fitted.text);
    if (fitted.status == ANSATZ_BAD_ARGUMENT) {  // all rows alike
      CHECK_THAT(fitted.text, Contains("zero"));
      continue;
    }
    REQUIRE(fitted.status == ANSATZ_DONE);
    const VerbResult error = run({"evaluate", {{"x", array_of(rows)}}, {}, &fitted});
    double total = 0;
    const Vector shares = list(fitted, "explained"), mu = list(fitted, "eigenvalues");
    for (const double share : shares) total += share;
    CHECK(total <= 1 + 1e-10);
    const double scale = mu.empty() ? 1 : mu[0] / shares[0] / static_cast<double>(n);
    for (const double value : list(error, "error")) CHECK(value >= -1e-10 * scale);
    for (const char* port : {"scores", "eigenvalues", "coefficients"}) {
      for (const double value : list(fitted, port)) CHECK(std::isfinite(value));
    }
    if (kernel == "linear") CHECK(mu.size() <= d);
    CHECK(mu.size() <= n - 1);
  }
}
